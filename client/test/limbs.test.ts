import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReaches, encodeReach, type Limb } from '../src/net/limbs.ts';
import { solveTwoBones } from '../src/view/avatars/limbs.ts';

test('head and hands come back as they were sent, to a few millimetres', () => {
  const half = Math.SQRT1_2;
  const limb = (x: number, grip: number): Limb => ({
    place: [x, 1.2, -0.4],
    turn: [0, half, 0, -half],
    grip,
  });
  const head: Limb = { place: [0, 1.6, 0], turn: [0, 0, 0, 1], grip: 0 };
  const claim = encodeReach({ head, left: limb(-0.3, 2), right: null });
  const frame = new Uint8Array(4 + 2 + claim.length);
  frame[4] = 7;
  frame.set(claim, 6);
  const [{ slot, limbs }] = decodeReaches(frame) as [ReturnType<typeof decodeReaches>[0]];
  assert.equal(slot, 7);
  assert.equal(limbs.right, null);
  assert.equal(limbs.left!.grip, 2);
  limbs.left!.place.forEach((at, k) => assert.ok(Math.abs(at - [-0.3, 1.2, -0.4][k]!) < 0.002));
  const [, y, , w] = limbs.left!.turn;
  assert.ok(Math.abs(Math.abs(y * half - w * half) - 1) < 0.01);
});

test('two bones end at what they can reach and point at what they cannot', () => {
  const near = solveTwoBones([0.2, -0.3, 0.2], 0.28, 0.25, [0, -1, -1]);
  near.end.forEach((at, k) => assert.ok(Math.abs(at - [0.2, -0.3, 0.2][k]!) < 1e-6));
  assert.ok(Math.abs(Math.hypot(...near.middle) - 0.28) < 1e-6);
  const far = solveTwoBones([0, 0, 3], 0.28, 0.25, [0, -1, 0]);
  assert.ok(Math.hypot(...far.end) < 0.531 && far.end[2] > 0.52);
});
