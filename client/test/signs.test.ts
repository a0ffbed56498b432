// Promise: signs over things never cover each other: they stand where there is room for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOM_M, Signs, signsOf } from '../src/view/signs.ts';
import * as THREE from '../src/view/three.ts';

test('a sign stands over a thing alone, and over none of neighbours', () => {
  const signs = new Signs();
  const [alone, left, right] = [5, 0, ROOM_M * 0.9].map((x) => new THREE.Vector3(x, 1, 0));
  for (const place of [alone!, left!, right!]) signs.add(place);
  assert.deepEqual([alone!, left!, right!].map((place) => signs.hasRoom(place)), [
    true, false, false,
  ]); // prettier-ignore
  right!.x = ROOM_M * 1.1; // it was carried away
  assert.ok(signs.hasRoom(left!) && signs.hasRoom(right!));
  right!.x = 0.1;
  signs.remove(right!);
  assert.ok(signs.hasRoom(left!));
});

test('each scene has signs of its own', () => {
  const [one, other] = [new THREE.Scene(), new THREE.Scene()];
  assert.equal(signsOf(one), signsOf(one));
  assert.notEqual(signsOf(one), signsOf(other));
});
