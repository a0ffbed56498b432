// Promise: a picture is drawn as well as its machine can hold it, and no better.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Governor, guessTier } from '../src/view/quality.ts';
import type { Tier } from '../src/view/change.ts';
import { Cadence, Eyes, wornPace } from '../src/view/xr/pace.ts';

const CAP_MS = 250; // the frame loop tells of no longer frames

/** Feeds frames of one length for some seconds; answers every change of tier. */
function run(
  governor: Governor,
  milliseconds: number,
  seconds: number,
  from: number,
  loads = false,
): string[] {
  const changes: string[] = [];
  for (let t = from; t < from + seconds; t += milliseconds / 1000) {
    const next = governor.frame(Math.min(CAP_MS, milliseconds), t, loads);
    if (next) changes.push(next);
  }
  return changes;
}

test('slow frames step the quality down to low and no further', () => {
  assert.deepEqual(run(new Governor('high'), 45, 60, 0), ['medium', 'low']);
});

test('smooth frames step it up once, and a failed trial is not tried again', () => {
  const governor = new Governor('medium');
  assert.deepEqual(run(governor, 16.7, 30, 0), ['high']);
  assert.deepEqual(run(governor, 45, 5, 30), ['medium']);
  assert.deepEqual(run(governor, 16.7, 120, 35), []);
});

test('a hidden tab is no reason to draw less', () => {
  const governor = new Governor('high');
  assert.deepEqual(run(governor, 1000, 60, 0), []);
});

test('a pause in the midst of smooth frames is not measured, nor is what came before it', () => {
  const governor = new Governor('low', 'low');
  let strained = 0;
  for (let from = 0; from < 120; from += 6) {
    run(governor, 240, 4, from); // just as long as it takes to judge, were it not for the pause
    strained += governor.strain;
  }
  assert.equal(strained, 0);
});

test('frames that are few and long are judged as well, by three at least', () => {
  for (const milliseconds of [250, 500, 790]) {
    const governor = new Governor('medium');
    assert.deepEqual(run(governor, milliseconds, 4, 0), [], 'not by the first of them');
    assert.deepEqual(run(governor, milliseconds, 4, 4), ['low'], `${milliseconds} ms`);
  }
});

test('what is slow while the world loads is drawn with less, and tried again once it is here', () => {
  const governor = new Governor('high');
  assert.deepEqual(run(governor, 45, 12, 0, true), ['medium', 'low']);
  assert.deepEqual(run(governor, 16, 60, 12), ['medium', 'high']);
  const strained = new Governor('low', 'low');
  run(strained, 80, 20, 0);
  run(strained, 16, 12, 20);
  assert.equal(strained.strain, 1);
  run(strained, 80, 5, 32, true); // somebody brought a large thing
  assert.equal(strained.strain, 2);
  run(strained, 16, 60, 37);
  assert.equal(strained.strain, 0, 'it is not held against what was tried then');
});

test('a window that was slow as the world came in is no proof, though it ended after', () => {
  const governor = new Governor('high');
  run(governor, 45, 3.5, 0, true);
  assert.deepEqual(run(governor, 45, 2, 3.5), ['medium']);
  assert.deepEqual(run(governor, 16, 30, 5.5), ['high']);
});

test('the lowest tier saves pixels when even it is too slow', () => {
  const governor = new Governor('low', 'low');
  run(governor, 80, 60, 0);
  assert.equal(governor.tier, 'low');
  assert.equal(governor.strain, 2);
});

test('a short load costs no pixels for long, and what did not do twice is kept', () => {
  const governor = new Governor('low', 'low');
  run(governor, 80, 20, 0);
  assert.equal(governor.strain, 2);
  run(governor, 16, 60, 20);
  assert.equal(governor.strain, 0, 'all pixels are back');
  run(governor, 80, 5, 80);
  assert.equal(governor.strain, 1);
  run(governor, 16, 120, 85);
  assert.equal(governor.strain, 1, 'all of them were too slow once they were back');
});

test('all pixels come back before a better tier is tried', () => {
  const governor = new Governor('low');
  run(governor, 80, 20, 0);
  assert.deepEqual(run(governor, 16, 60, 20), ['low', 'low', 'medium', 'high']);
});

test('a headset of 72 pictures a second is not smooth at 20 ms, as a screen is', () => {
  const screen = new Governor('high');
  assert.deepEqual(run(screen, 20, 30, 0), []);
  const worn = new Governor('high');
  worn.follow(wornPace(1000 / 72), 0);
  assert.deepEqual(run(worn, 20, 60, 0), ['medium', 'low', 'low', 'low']);
  assert.equal(worn.strain, 2, 'and the lowest tier saves pixels last');
});

test('a headset whose pictures all come in time is drawn better, and keeps it', () => {
  const worn = new Governor('medium');
  worn.follow(wornPace(1000 / 90), 0);
  assert.deepEqual(run(worn, 11.2, 60, 0), ['high']);
  assert.equal(worn.strain, 0);
});

test('who takes a headset off is judged as before', () => {
  const governor = new Governor('low');
  governor.follow(wornPace(1000 / 72), 0);
  run(governor, 20, 30, 0);
  governor.follow({ slow: 29, smooth: 18, strain: 52 }, 30);
  assert.deepEqual(run(governor, 16, 30, 30), ['medium', 'high']);
});

/** Wears a headset of 72 pictures a second for a minute, where all pixels take `full` ms. */
function wear(eyes: Eyes, full: number, tier: Tier = 'low', highest: Tier = 'low'): number[] {
  const governor = new Governor(tier, highest);
  governor.follow(wornPace(1000 / 72), 0);
  const drawn: number[] = [];
  for (let t = 0; t < 60; ) {
    const { part } = eyes.at(governor.strain);
    const scale = eyes.whole * part;
    if (drawn.at(-1) !== scale) drawn.push(scale);
    const ms = Math.max(1000 / 72, full * scale ** 2);
    t += ms / 1000;
    governor.frame(ms, t);
  }
  eyes.over(governor.strain, governor.tier);
  return drawn;
}

test('a headset draws four fifths of its pixels a side at the least, however often it is worn', () => {
  const eyes = new Eyes();
  assert.deepEqual(wear(eyes, 40), [1, 0.8]);
  for (let again = 0; again < 3; again++)
    assert.deepEqual(wear(eyes, 40), [0.8], 'and begins with them, once they were needed');
});

test('what did with four fifths of the pixels begins with them; what has time for all gets all', () => {
  const eyes = new Eyes();
  assert.deepEqual(wear(eyes, 20), [1, 0.8, 1, 0.8], 'all of them are tried once more');
  for (let again = 0; again < 3; again++) assert.deepEqual(wear(eyes, 20), [0.8]);
  assert.deepEqual(wear(eyes, 12, 'low', 'high'), [0.8], 'a picture keeps its size while worn');
  assert.deepEqual(wear(eyes, 12, 'low', 'high'), [1]);
});

test('a headset that does not tell its rate is measured by its frames', () => {
  const cadence = new Cadence();
  let [at, period] = [0, 0];
  for (let frame = 0; frame < 200; frame++) {
    at += frame % 3 === 0 ? 1000 / 72 : 2000 / 72; // most are missed
    period = cadence.note(at);
  }
  assert.ok(Math.abs(period - 1000 / 72) < 0.1, `${period} ms`);
});

test('software drawing starts low', () => {
  assert.equal(guessTier('ANGLE (Mesa/X.org, llvmpipe (LLVM 15.0.6 256 bits))', false), 'low');
  assert.equal(guessTier('ANGLE (Google, Vulkan SwiftShader)', false), 'low');
  assert.equal(guessTier('NVIDIA GeForce RTX 4070', false), 'high');
});
