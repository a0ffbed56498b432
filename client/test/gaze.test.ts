// Promise: a figure looks at who is near it and before it, at who speaks above all; eyes go ahead
// of the head, and a blink ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gait } from '../src/view/avatars/gait.ts';
import { type Face, Gaze } from '../src/view/avatars/gaze.ts';
import type { Motion } from '../src/view/avatars/rig.ts';

const FRAME_S = 1 / 60;
const GLANCE = 0.2; // eyes wander so far from what they look at, in radians

const at = (id: string, x: number, z: number, y = 1.5): Face => ({ id, x, y, z, speaking: false });
const me = at('me', 0, 0);

/** Where a figure at the origin, which faces −Z, looks after some seconds among faces. */
function looked(faces: readonly Face[], seconds: number, yaw = 0, gaze = new Gaze(3)): Motion {
  const { motion } = new Gait(3);
  for (let now = 10; now < 10 + seconds; now += FRAME_S)
    gaze.step(FRAME_S, now, motion, me, yaw, [me, ...faces]);
  return motion;
}

test('a head turns to who stands beside it, up or down to their face, and else looks ahead', () => {
  assert.equal(looked([], 3).yaw, 0);
  const left = looked([at('ann', -1, -1)], 3);
  assert.ok(left.yaw > 0.5, `${left.yaw}`);
  assert.ok(looked([at('ann', 1, -1)], 3).yaw < -0.5);
  assert.ok(looked([at('child', 0, -1, 1)], 3).pitch > 0.25);
  assert.ok(looked([at('tall', 0, -1, 2)], 3).pitch < -0.25);
  assert.ok(Math.abs(looked([at('ann', -1, -1)], 3, Math.PI / 4).yaw) < 0.01, 'it faces her');
  assert.ok(looked([at('ann', 1, 1)], 3, Math.PI).yaw > 0.5, 'who has turned round, too');
});

test('nobody behind, far away or in the same place turns a head', () => {
  for (const face of [at('behind', 0.3, 2), at('far', -4, -4), at('within', -0.1, -0.1)])
    assert.equal(looked([face], 3).yaw, 0, face.id);
  const before = at('before', -2.4, -2.4);
  assert.ok(looked([at('behind', 0, 0.4), before], 1).yaw > 0.5, 'nor keeps it from another');
});

test('of two the nearer is looked at first, and a group shares its looks', () => {
  const group = [at('near', -1, -1.2), at('next', 1.1, -1.3)];
  assert.ok(looked(group, 1).yaw > 0.3);
  const yaws = Array.from({ length: 20 }, (_, s) => looked(group, s).yaw);
  assert.ok(Math.min(...yaws) < -0.3, 'the other one has its turn');
});

test('who speaks is looked at, though another is nearer, and from farther than one notices', () => {
  const near = at('near', -1, -1);
  const speaker = at('speaker', 4, -5);
  assert.ok(looked([near, speaker], 3).yaw > 0.3);
  const speaking = { ...speaker, speaking: true };
  assert.ok(looked([near, speaking], 3).yaw < -0.3);
  const unheard = { ...at('afar', 8, -8), speaking: true };
  assert.equal(looked([unheard], 3).yaw, 0, 'out of earshot');
  assert.ok(looked([near, unheard], 3).yaw > 0.3);
});

test('our own words do not make us look elsewhere', () => {
  const motion = looked([at('ann', -1, -1), { ...me, speaking: true }], 3);
  assert.ok(motion.yaw > 0.5);
});

test('eyes turn at once and the head after them; together they meet the face', () => {
  const ann = at('ann', -1, -1.4);
  const angle = Math.atan2(1, 1.4);
  const begun = looked([ann], 2 * FRAME_S);
  assert.ok(begun.yaw < 0.2, 'a head is slow');
  assert.ok(begun.eyeYaw > 0.35, 'eyes are not');
  const met = looked([ann], 3);
  assert.ok(Math.abs(met.yaw + met.eyeYaw - angle) < GLANCE);
  assert.ok(met.eyeYaw > 0.03 && met.eyeYaw < begun.eyeYaw, 'the head took over most of it');
  assert.ok(looked([at('child', 0, -1, 0.9)], 2 * FRAME_S).eyePitch > 0.2);
});

test('eyes that look at nothing wander, and never out of their sockets', () => {
  const seen = new Set<number>();
  for (let s = 0; s < 15; s++) {
    const { eyeYaw, eyePitch } = looked([], s + 0.1);
    seen.add(Math.round(eyeYaw * 100));
    assert.ok(Math.abs(eyeYaw) < GLANCE && Math.abs(eyePitch) < GLANCE);
  }
  assert.ok(seen.size > 4, `${[...seen]}`);
});

test('a figure blinks: lids shut and are open again within a fifth of a second', () => {
  for (const seed of [0, 1, 7, 255]) {
    const [gaze, { motion }] = [new Gaze(seed), new Gait(seed)];
    const blinks: number[][] = [];
    let open = true;
    for (let now = 0; now < 60; now += FRAME_S) {
      gaze.step(FRAME_S, now, motion, me, 0, [me]);
      if (motion.lids > 0 && open) blinks.push([]);
      if (motion.lids > 0) blinks.at(-1)!.push(motion.lids);
      open = motion.lids === 0;
    }
    assert.ok(blinks.length > 8 && blinks.length < 30, `${blinks.length} in a minute`);
    for (const lids of blinks) {
      assert.ok(lids.length * FRAME_S < 0.2, `shut for ${lids.length} frames`);
      assert.ok(Math.max(...lids) > 0.75 && Math.max(...lids) <= 1);
    }
  }
});

test('a mouth moves while its owner speaks, and is shut soon after', () => {
  const gaze = new Gaze(3);
  gaze.level = 0.8;
  assert.ok(looked([], 2, 0, gaze).mouth > 0.02);
  gaze.level = 0;
  assert.equal(looked([], 2, 0, gaze).mouth, 0);
});
