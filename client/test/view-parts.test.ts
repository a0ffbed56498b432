import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heightAt } from '../src/view/ground.ts';
import { farFigure } from '../src/view/avatars/far-figure.ts';
import { tagText } from '../src/world/naming.ts';
import { Gait } from '../src/view/avatars/gait.ts';
import { Governor, guessTier } from '../src/view/quality.ts';
import { Shared } from '../src/view/shared.ts';
import { type ShapeKind, solid } from '../src/view/solids.ts';
import { drawnAt, readExtras } from '../src/view/surfaces.ts';
import * as THREE from '../src/view/three.ts';
import { Cadence, wornPace } from '../src/view/xr/pace.ts';

const kinds: ShapeKind[] = ['box', 'sphere', 'cylinder', 'cone', 'plane', 'torus', 'capsule'];

test('every shape fills its size and its faces look outward', () => {
  for (const kind of kinds) {
    const geometry = solid(kind, [1.2, kind === 'torus' ? 0.3 : 0.8, 1.2], 0.03);
    geometry.computeBoundingBox();
    const size = geometry.boundingBox!.getSize(new THREE.Vector3());
    assert.ok(Math.abs(size.x - 1.2) < 0.06, `${kind} is ${size.x} wide`);
    assert.ok(inwardFaces(geometry) === 0, `${kind} has faces turned inward`);
  }
});

test('a chamfered box has 24 vertices and 44 triangles', () => {
  const geometry = solid('box', [1, 2, 3], 0.05);
  assert.equal(geometry.getAttribute('position').count, 24);
  assert.equal(geometry.getIndex()!.count / 3, 44);
});

function inwardFaces(geometry: THREE.BufferGeometry): number {
  const positions = geometry.getAttribute('position');
  const normals = geometry.getAttribute('normal');
  const index = geometry.getIndex()!;
  let inward = 0;
  const at = (i: number) => new THREE.Vector3().fromBufferAttribute(positions, index.getX(i));
  for (let i = 0; i < index.count; i += 3) {
    const across = at(i + 1).sub(at(i)).cross(at(i + 2).sub(at(i)));
    if (across.length() < 1e-9) continue;
    const outward = new THREE.Vector3();
    for (let k = 0; k < 3; k++) {
      outward.add(new THREE.Vector3().fromBufferAttribute(normals, index.getX(i + k)));
    }
    if (across.dot(outward) < 0) inward += 1;
  }
  return inward;
}

/** Feeds frames of one length for some seconds; answers every change of tier. */
function run(governor: Governor, milliseconds: number, seconds: number, from: number): string[] {
  const changes: string[] = [];
  for (let t = from; t < from + seconds; t += milliseconds / 1000) {
    const next = governor.frame(milliseconds, t);
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

test('unknown glTF extras are plain and drawn in every tier', () => {
  const read = readExtras({ worldloom: { surface: 'cheese', tier: 7 } });
  assert.equal(read.surface, 'plain');
  assert.ok(drawnAt('low', read.tier, read.until) && drawnAt('high', read.tier, read.until));
  const low = readExtras({ worldloom: { surface: 'paving', until: 'low' } });
  assert.equal(low.surface, 'paving');
  assert.ok(drawnAt('low', low.tier, low.until) && !drawnAt('medium', low.tier, low.until));
});

test('a shared thing is made once and freed after its last user', () => {
  const freed: number[] = [];
  const shared = new Shared<number>((n) => freed.push(n));
  let made = 0;
  const make = () => (made += 1);
  shared.take('a', make);
  shared.take('a', make);
  shared.release('a');
  assert.deepEqual([made, freed], [1, []]);
  shared.release('a');
  assert.deepEqual(freed, [1]);
});

test('a visitor who is moved walks, arrives and stands again', () => {
  const gait = new Gait(3);
  gait.goal({ x: 0, y: 0, z: 0, yaw: 0, anim: 0 });
  for (let i = 1; i <= 60; i++) {
    gait.goal({ x: i * 0.03, y: 0, z: 0, yaw: 0, anim: 1 });
    gait.step(1 / 60);
  }
  assert.ok(gait.motion.weights.walk > 0.9);
  gait.goal({ x: 1.8, y: 0, z: 0, yaw: 0, anim: 0 });
  for (let i = 0; i < 120; i++) gait.step(1 / 60);
  assert.ok(Math.abs(gait.pose.x - 1.8) < 1e-3);
  assert.ok(gait.motion.weights.idle > 0.99);
});

test('land of our own is flat where people walk, closes the sky, and joins itself', () => {
  for (let angle = 0; angle < 6.3; angle += 0.1) {
    assert.equal(heightAt(60, angle), 0);
    assert.ok(heightAt(400, angle) > 15);
    assert.ok(Math.abs(heightAt(300, angle) - heightAt(300, angle + 2 * Math.PI)) < 1e-9);
  }
});

test('who is far away is a figure as tall, and of a third of the triangles', () => {
  const [fine, coarse] = [farFigure(1), farFigure(0.5)];
  for (const figure of [fine, coarse]) figure.computeBoundingBox();
  const [near, far] = [fine.getIndex()!.count / 3, coarse.getIndex()!.count / 3];
  assert.ok(near < 1200 && far < near / 2.5, `${near} and ${far} triangles`);
  assert.ok(Math.abs(fine.boundingBox!.max.y - coarse.boundingBox!.max.y) < 0.04);
  assert.ok(coarse.boundingBox!.min.y < 0.1 && coarse.boundingBox!.min.y > -0.02);
  assert.equal(inwardFaces(coarse), 0);
});

test('software is told apart by a word over its head, not by a sign', () => {
  assert.equal(tagText('Echo', true), 'Echo · agent');
  assert.equal(tagText('Ada', false), 'Ada');
});
