// Promise: others move smoothly a tenth of a second late, and nobody glides or moves by another's
// slot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MotionFrame } from '../src/net/motion.ts';
import { FAR_TICKS, type JoinedRow, type LeftRow } from '../src/net/wire.generated.ts';
import { Presence } from '../src/world/presence.ts';

function someone(): Presence {
  const presence = new Presence();
  presence.reset(20);
  const joined: JoinedRow[] = [[3, 1, 'v1', 'Ada', 'ABC', '', false, 1]];
  presence.update({ type: 'visitors', joined, left: [], changed: [] });
  return presence;
}

interface Drawn {
  x: number;
  generation?: number;
  phase_ms?: number;
}

function frameOf(tick: number, some: Drawn[], full = false, divider = 1): MotionFrame {
  const places = some.flatMap(({ x }) => [x, 0, 0, 0]);
  const flags = some.map(
    ({ generation = 1, phase_ms = 0 }) => 1 | (generation << 4) | (Math.round(phase_ms * 4) << 8),
  );
  const slots = Uint16Array.from(some, () => 3);
  const columns = { flags: Uint16Array.from(flags), places: Float64Array.from(places) };
  return { tick, full, divider, slots, ...columns };
}

function frame(tick: number, x: number, generation = 1): MotionFrame {
  return frameOf(tick, [{ x, generation }]);
}

test('a pose is read in between two ticks, a tenth of a second late', () => {
  const presence = someone();
  for (let tick = 1; tick <= 6; tick++) presence.take(frame(tick, tick), tick * 50);
  const x = presence.poseOf('v1', 300)!.x;
  assert.ok(x > 4.9 && x < 5.1, `${x}`);
  assert.ok(Math.abs(presence.poseOf('v1', 325)!.x - 5.5) < 0.1);
});

test('who stood still for long does not glide from where they stood', () => {
  const presence = someone();
  presence.take(frame(1, 0), 50);
  presence.take(frame(100, 1), 5000);
  assert.equal(presence.poseOf('v1', 4000)!.x, 0);
});

test('where somebody stops is shown, also when the pose before it came late into its tick', () => {
  const presence = someone();
  const walking = frameOf(5, [{ x: 1, phase_ms: 63 }]); // a busy server's tick: longer than meant
  const stopped = frameOf(6, [{ x: 2, phase_ms: 2 }]);
  presence.take(walking, 250);
  presence.take(stopped, 300);
  assert.equal(presence.poseOf('v1', 600)!.x, 2);
  assert.equal(presence.lastPose('v1')!.x, 2);
});

test('who is not in a full frame is out of sight until the next pose', () => {
  const presence = someone();
  presence.take(frame(1, 9), 50);
  presence.take(frameOf(2, []), 100);
  assert.equal(presence.poseOf('v1', 300)!.x, 9);
  presence.take(frameOf(3, [], true), 150);
  assert.equal(presence.poseOf('v1', 350), null);
  presence.take(frame(4, 7), 200);
  assert.equal(presence.poseOf('v1', 400)!.x, 7);
});

test("a pose of a slot's last owner moves nobody", () => {
  const presence = someone();
  presence.take(frame(1, 9, 0), 50);
  assert.equal(presence.poseOf('v1', 200), null);
});

test('who went is forgotten, and who is named twice came once', () => {
  const presence = someone();
  const again = presence.update({
    type: 'visitors',
    joined: [[3, 1, 'v1', 'Ada', 'ABC', '', false, 1]],
    left: [],
    changed: [],
  });
  assert.deepEqual(again.joined, []);
  const gone: LeftRow[] = [[3, 1, 'v1']];
  const { left } = presence.update({ type: 'visitors', joined: [], left: gone, changed: [] });
  assert.equal(left[0]?.name, 'Ada');
  assert.equal(presence.visitors.size, 0);
});

test('who looks otherwise is the same visitor in other clothes', () => {
  const presence = someone();
  presence.take(frame(1, 9), 50);
  const { joined, changed } = presence.update({
    type: 'visitors',
    joined: [],
    left: [],
    changed: [[3, 1, 'v1', 'Ada', 'XYZ', 'f'.repeat(64), false, 1]],
  });
  assert.equal(joined.length, 0);
  assert.deepEqual(
    changed.map(({ id, avatar }) => [id, avatar]),
    [['v1', 'XYZ']],
  );
  assert.equal(presence.poseOf('v1', 200)!.x, 9);
});

/** How far a walker at one metre a second is drawn from one frame to the next, least and most. */
function strides(
  divider: number,
  jitter_ms: number,
  rests: (tick: number) => boolean = () => false,
): { least: number; most: number } {
  const presence = someone();
  let seed = 3;
  const chance = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const way: { tick: number; comes: number }[] = [];
  for (let tick = divider; tick < 400; tick += divider) {
    const last = way.at(-1)?.comes ?? 0;
    way.push({ tick, comes: Math.max(last, tick * 50 + jitter_ms * chance()) });
  }
  let [least, most, before] = [Infinity, 0, Number.NaN];
  for (let now = 0; now < 18_000; now += 20) {
    while (way[0] && way[0].comes <= now) {
      const { tick } = way.shift()!;
      const walker = rests(tick) ? [] : [{ x: (tick * 50) / 1000 }];
      presence.take(frameOf(tick, walker, false, divider), now);
    }
    const x = presence.poseOf('v1', now)?.x ?? Number.NaN;
    if (now > 6000) {
      least = Math.min(least, x - before);
      most = Math.max(most, x - before);
    }
    before = x;
  }
  return { least, most };
}

test('a walker goes evenly, also where a busy server sends ten or five frames a second', () => {
  for (const divider of [1, 2, 4]) {
    const { least, most } = strides(divider, 20);
    assert.ok(least > 0.01 && most < 0.03, `${divider}: ${least} to ${most} m`);
  }
});

test('a walker far away, who is told of five times a second, goes as evenly', () => {
  for (const divider of [1, 2]) {
    const { least, most } = strides(divider, 20, (tick) => tick % FAR_TICKS !== 0);
    assert.ok(least > 0.01 && most < 0.03, `${divider}: ${least} to ${most} m`);
  }
});

test('who comes near is drawn a tenth of a second late again, without a jump on the way', () => {
  const { least, most } = strides(1, 20, (tick) => tick < 200 && tick % FAR_TICKS !== 0);
  assert.ok(least > 0.01 && most < 0.04, `${least} to ${most} m`);
  const presence = someone();
  for (let tick = 4; tick <= 200; tick += tick < 100 ? FAR_TICKS : 1) {
    presence.take(frame(tick, tick), tick * 50);
    presence.poseOf('v1', tick * 50);
  }
  assert.ok(Math.abs(presence.poseOf('v1', 10_000)!.x - 199) < 0.3);
});

test('the picture is a tenth of a second late again when the server has time', () => {
  const presence = someone();
  for (let tick = 4; tick <= 200; tick += 4) {
    presence.take({ ...frame(tick, tick), divider: 4 }, tick * 50);
  }
  assert.ok(10_000 - presence.timeAt(10_000)! > 250);
  for (let tick = 201; tick <= 400; tick++) presence.take(frame(tick, tick), tick * 50);
  assert.ok(20_000 - presence.timeAt(20_000)! < 110);
});

/** Numbers from 0 to 1 that are the same in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** The share of drawn frames in which a steady walker stands, on a way that is late by chance. */
function standing(jitter_ms: number): number {
  const [presence, late] = [someone(), chance(7)];
  const arrivals: [number, number][] = [];
  for (let tick = 1, before = 0; tick <= 600; tick++) {
    before = Math.max(before, tick * 50 + jitter_ms * late()); // nothing overtakes on one line
    arrivals.push([before, tick]);
  }
  let [stood, drawn, last] = [0, 0, 0];
  for (let now = 0; now < 30_000; now += 1000 / 60) {
    while (arrivals.length > 0 && arrivals[0]![0] <= now) {
      const [at, tick] = arrivals.shift()!;
      presence.take(frame(tick, tick * 0.07), at);
    }
    const x = presence.poseOf('v1', now)?.x ?? 0;
    if (now > 8_000 && now < 29_000) {
      drawn += 1;
      if (x - last < 0.001) stood += 1;
    }
    last = x;
  }
  return stood / drawn;
}

test('on a way that jitters a walker goes on evenly, a little later', () => {
  for (const jitter_ms of [0, 20, 60, 100, 150])
    assert.ok(standing(jitter_ms) < 0.02, `${jitter_ms} ms: ${standing(jitter_ms)}`);
});

test('on a way that jitters no longer others are drawn a tenth of a second late again', () => {
  const [presence, late] = [someone(), chance(3)];
  for (let tick = 1; tick <= 800; tick++)
    presence.take(frame(tick, tick), tick * 50 + (tick < 200 ? 150 * late() : 0));
  assert.ok(Math.abs(presence.timeAt(800 * 50)! - (800 * 50 - 100)) < 5);
});

test('however late frames come, others are drawn less than half a second late', () => {
  const [presence, late] = [someone(), chance(5)];
  for (let tick = 1; tick <= 400; tick++)
    presence.take(frame(tick, tick), tick * 50 + 900 * late());
  assert.ok(400 * 50 - presence.timeAt(400 * 50)! < 1_400);
});
