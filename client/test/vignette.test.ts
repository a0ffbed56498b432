// Promise: while something else than our legs moves us, the edges of what we see are dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as THREE from '../src/view/three.ts';
import { Vignette } from '../src/view/xr/marks.ts';

test('edges darken round the eyes while one glides, and are clear again after', () => {
  const vignette = new Vignette();
  const [head, turn] = [new THREE.Vector3(1, 1.6, -2), new THREE.Quaternion(0, 1, 0, 0)];
  const after = (wished: number, seconds: number) => {
    for (let t = 0; t < seconds; t += 1 / 72) vignette.show(head, turn, wished, 1 / 72);
    return vignette.dark;
  };
  assert.ok(after(0, 1) === 0 && !vignette.mesh.visible, 'who stands sees all');
  assert.ok(after(1, 0.02) < 0.3, 'it comes softly');
  assert.ok(after(1, 1) > 0.95 && vignette.mesh.visible);
  assert.deepEqual(vignette.mesh.position, head);
  assert.ok(vignette.mesh.quaternion.equals(turn));
  assert.ok(after(0, 1) === 0 && !vignette.mesh.visible);
});
