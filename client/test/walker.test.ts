// Promise: a step that the server takes back turns nobody's eyes and ends nobody's way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stillness } from '../src/input/intent.ts';
import { Walker } from '../src/input/walker.ts';

function walking(): Walker {
  const walker = new Walker();
  walker.arrive([0, 0, 0], 0.5);
  walker.body.held = false;
  walker.walkTo(0, -10, 0.5);
  for (let frame = 0; frame < 30; frame++) walker.step(1 / 60, stillness(), []);
  return walker;
}

test('a small correction moves the body alone: eyes, look and way stay ours', () => {
  const walker = walking();
  walker.rig.yaw = 1;
  const [yaw, z] = [walker.yaw, walker.body.position.z];
  assert.ok(walker.correct([0.4, 0, z + 0.5]));
  assert.deepEqual(walker.body.position.toArray(), [0.4, 0, z + 0.5]);
  assert.deepEqual([walker.yaw, walker.rig.yaw], [yaw, 1]);
  for (let frame = 0; frame < 30; frame++) walker.step(1 / 60, stillness(), []);
  assert.ok(walker.body.position.z < z, 'it goes on to where it was going');
});

test('what is far is another place: nothing is done by halves there', () => {
  const walker = walking();
  const before = walker.body.position.toArray();
  assert.equal(walker.correct([8, 0, 0]), false);
  assert.deepEqual(walker.body.position.toArray(), before);
});
