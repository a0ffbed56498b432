// Promise: what a face does is seen of the figure: lids shut, eyes and head turn, and come back.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Gait } from '../src/view/avatars/gait.ts';
import { type Motion, Rig } from '../src/view/avatars/rig.ts';
import { type Listing, Skeleton } from '../src/view/avatars/skeleton.ts';

const baked = new URL('../../worldloom/studio/baked/avatars/wardrobe.json', import.meta.url);
const skeleton = new Skeleton(JSON.parse(readFileSync(baked, 'utf8')) as Listing);
const build = { stretch: new Float32Array(skeleton.count * 3).fill(1), scale: 1 };

/** How far a joint is turned by what a face does, in radians: its matrix as it goes to be drawn. */
function turned(joint: string, does: Partial<Motion>): number {
  const rig = new Rig(skeleton);
  const [still, now] = [{}, does].map((more) => {
    const { motion } = new Gait(0);
    const out = new Float32Array(skeleton.count * 12);
    rig.pose({ ...motion, ...more }, build, out, 0);
    const at = skeleton.names.indexOf(joint) * 12;
    return [0, 1, 2, 4, 5, 6, 8, 9, 10].map((k) => out[at + k]!);
  });
  const trace = still!.reduce((sum, part, k) => sum + part * now![k]!, 0);
  return Math.acos(Math.min(1, (trace - 1) / 2));
}

test('lids that are shut are drawn shut, and what is open is not moved', () => {
  assert.ok(turned('lids', { lids: 1 }) > 0.8);
  assert.ok(turned('lids', { lids: 0 }) < 0.01);
  assert.ok(turned('head', { lids: 1 }) < 0.01, 'the head nods at no blink');
});

test('a head that looks aside is drawn so with lids and eyes; eyes turn by themselves', () => {
  for (const joint of ['head', 'lids', 'lEye', 'rEye'])
    assert.ok(Math.abs(turned(joint, { yaw: 0.6 }) - 0.6) < 0.05, joint);
  assert.ok(turned('spine', { yaw: 0.6 }) < 0.01);
  assert.ok(turned('lEye', { eyeYaw: 0.3 }) > 0.28);
  assert.ok(turned('head', { eyeYaw: 0.3 }) < 0.01);
});
