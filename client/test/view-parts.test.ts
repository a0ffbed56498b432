import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heightAt } from '../src/view/ground.ts';
import { farFigure } from '../src/view/avatars/far-figure.ts';
import { tagText } from '../src/world/naming.ts';
import { Gait } from '../src/view/avatars/gait.ts';
import { Shared } from '../src/view/shared.ts';
import { type ShapeKind, solid } from '../src/view/solids.ts';
import { drawnAt, readExtras } from '../src/view/surfaces.ts';
import * as THREE from '../src/view/three.ts';

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

test('a simple figure is as tall as anyone, of few triangles, and faces outward', () => {
  const figure = farFigure();
  figure.computeBoundingBox();
  const { min, max } = figure.boundingBox!;
  assert.ok(figure.getIndex()!.count / 3 < 1200);
  assert.ok(Math.abs(max.y - 1.67) < 0.04 && min.y < 0.1 && min.y > -0.02, `${min.y} ${max.y}`);
  assert.equal(inwardFaces(figure), 0);
});

test('software is told apart by a word over its head, not by a sign', () => {
  assert.equal(tagText('Echo', true), 'Echo · agent');
  assert.equal(tagText('Ada', false), 'Ada');
});
