import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swing } from '../src/input/throwing.ts';
import { decodeBodies, encodeHold, packTurn, unpackTurn } from '../src/net/body-frames.ts';
import type { Quat, Vec } from '../src/net/body-frames.ts';
import { fromHex, toHex } from '../src/net/bytes.ts';
import { BodyTracks } from '../src/world/body-tracks.ts';

// Made by the server's own encoder: worldloom/presence/bodyframes.py.
const FRAME =
  'd204000002000101feff020001000000090000006a18000000ca0ee000c000300000ffff0100000007000000f4' +
  '010000000208e0000c00f0';
const HOLD = '0103f401e20412fd00ca0ee0';
const near = (a: readonly number[], b: readonly number[], within: number) => {
  a.forEach((part, i) => assert.ok(Math.abs(part - b[i]!) <= within, `${a} is not near ${b}`));
};
const level: Quat = [0, 0, 0, 1];
const frame = (tick: number, x: number, entity = 5) => ({
  tick,
  full: false,
  samples: [{ entity, position: [x, 0, 0] as Vec, rotation: level }],
});

test('a frame that the server encoded is read as it was meant', () => {
  const { tick, full, samples } = decodeBodies(fromHex(FRAME));
  assert.equal(tick, 1234);
  assert.equal(full, true);
  assert.deepEqual(
    samples.map(({ entity }) => entity),
    [9, 7],
  );
  near(samples[0]!.position, [-40, 3.125, 70], 0.001);
  near(samples[0]!.rotation, [0, 0.6, 0, 0.8], 0.002);
  near(samples[1]!.position, [1.5, 0.25, -2], 0.001);
});

test('a held thing is told in the bytes that the server reads', () => {
  assert.equal(toHex(encodeHold(1, 3, [0.5, 1.25, -0.75], [0, 0.6, 0, 0.8])), HOLD);
  assert.equal(encodeHold(0, 0, [99, -99, Number.NaN], level).length, 12);
});

test('a turn in four bytes comes back, whichever part is the largest and whatever its sign', () => {
  for (const turn of [[1, 0, 0, 0], [0, -1, 0, 0], [0.5, 0.5, -0.5, 0.5], [0, 0, 0.8, -0.6]]) {
    const back = unpackTurn(packTurn(turn as Quat));
    const dot = back.reduce((sum, part, i) => sum + part * turn[i]!, 0);
    assert.ok(Math.abs(Math.abs(dot) - 1) < 1e-5);
  }
});

test('a body is drawn between two ticks, and stays where it was seen last', () => {
  const tracks = new BodyTracks();
  tracks.take(frame(1, 0), 50);
  tracks.take(frame(2, 1), 50);
  near(tracks.poseAt(5, 75)!.position, [0.5, 0, 0], 1e-9);
  near(tracks.poseAt(5, 900)!.position, [1, 0, 0], 1e-9);
  tracks.take(frame(2, 7), 50); // late: it says nothing new
  near(tracks.poseAt(5, 900)!.position, [1, 0, 0], 1e-9);
  assert.equal(tracks.poseAt(6, 75), null);
});

test('a body that lay still does not glide from where it lay, and a jump is no way', () => {
  const tracks = new BodyTracks();
  tracks.take(frame(1, 0), 50);
  tracks.take(frame(20, 1), 50);
  near(tracks.poseAt(5, 900)!.position, [0, 0, 0], 1e-9);
  tracks.take(frame(21, 50), 50);
  near(tracks.poseAt(5, 1010)!.position, [1, 0, 0], 1e-9);
});

test('a track ends when nothing new comes and the log agrees', () => {
  const tracks = new BodyTracks();
  tracks.take(frame(1, 2), 50);
  assert.equal(tracks.rests(5, 100, [2, 0, 0]), false);
  assert.equal(tracks.rests(5, 600, [3, 0, 0]), false);
  assert.equal(tracks.rests(5, 600, [2.005, 0, 0]), true);
});

test('what a hand lets go of flies as the hand just moved, and not after a rest', () => {
  const swing = new Swing();
  for (let at = 0; at <= 200; at += 20) swing.note([at / 100, 0, 0], at);
  near(swing.velocity(200), [10, 0, 0], 1e-9);
  assert.deepEqual(swing.velocity(900), [0, 0, 0]);
  assert.deepEqual(new Swing().velocity(0), [0, 0, 0]);
});
