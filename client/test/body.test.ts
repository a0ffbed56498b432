// Promise: we climb steps and slopes, stop at walls, fall and jump, and never leave the world.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeshBVH } from 'three-mesh-bvh';
import { Body, RADIUS_M } from '../src/input/body.ts';
import { CameraRig } from '../src/input/camera-rig.ts';
import * as THREE from '../src/view/three.ts';

function solid(
  geometry: THREE.BufferGeometry,
  x: number,
  y: number,
  z: number,
  tilt = 0,
): THREE.Mesh {
  geometry.rotateX(tilt).translate(x, y, z);
  (geometry as unknown as { boundsTree: unknown }).boundsTree = new MeshBVH(geometry);
  return new THREE.Mesh(geometry);
}

const box = (w: number, h: number, d: number, x: number, y: number, z: number, tilt = 0) =>
  solid(new THREE.BoxGeometry(w, h, d), x, y, z, tilt);
const floor = () => box(60, 1, 60, 0, -0.5, 0);

function walker(x = 0, y = 0, z = 0): Body {
  const body = new Body();
  body.place(x, y, z);
  body.held = false;
  return body;
}

function walk(
  body: Body,
  seconds: number,
  dx: number,
  dz: number,
  world: THREE.Mesh[],
  hz = 60,
): void {
  for (let i = 0; i < seconds * hz; i++) body.step(1 / hz, dx, dz, world);
}

test('walking on a level floor stays on it', () => {
  const body = walker();
  walk(body, 2, 2, 0, [floor()]);
  assert.ok(Math.abs(body.position.x - 4) < 0.01 && Math.abs(body.position.y) < 0.02);
  assert.ok(body.grounded);
});

test('a wall stops us at our own width, at ten frames a second too', () => {
  for (const hz of [60, 10]) {
    const body = walker();
    walk(body, 2, 5, 0, [floor(), box(0.2, 3, 10, 3, 1.5, 0)], hz);
    assert.ok(Math.abs(body.position.x - (2.9 - RADIUS_M)) < 0.06, `${body.position.x} at ${hz}`);
  }
});

test('along a wall we slide', () => {
  const body = walker();
  walk(body, 2, 2, 2, [floor(), box(0.2, 3, 40, 1, 1.5, 0)]);
  assert.ok(body.position.x < 0.7 && body.position.z > 1.8);
});

test('who runs at a wall nearly head-on stops', () => {
  const body = walker();
  walk(body, 2, 5, 1.5, [floor(), box(0.2, 3, 40, 1, 1.5, 0)]);
  const { z } = body.position;
  walk(body, 1, 5, 1.5, [floor(), box(0.2, 3, 40, 1, 1.5, 0)]);
  assert.ok(Math.abs(body.position.z - z) < 0.02, `${body.position.z - z}`);
});

test('stairs are climbed without a jump', () => {
  const steps = [0, 1, 2, 3, 4].map((i) =>
    box(4, 0.17 * (i + 1), 0.3, 0, (0.17 * (i + 1)) / 2, -2 - i * 0.3),
  );
  const body = walker();
  walk(body, 1.6, 0, -2, [floor(), ...steps, box(4, 0.85, 4, 0, 0.425, -5.35)]);
  assert.ok(Math.abs(body.position.y - 0.85) < 0.05, `${body.position.y}`);
});

test('a slope of thirty degrees is walked up, one of seventy is not', () => {
  const gentle = walker(0, 0, 3);
  walk(gentle, 3, 0, -2, [floor(), box(6, 0.2, 8, 0, 1, -2, Math.PI / 6)]);
  assert.ok(gentle.position.y > 1, `${gentle.position.y}`);
  const steep = walker(0, 0, 3);
  walk(steep, 3, 0, -2, [floor(), box(6, 0.2, 8, 0, 2, 0, (70 * Math.PI) / 180)]);
  assert.ok(steep.position.y < 0.6, `${steep.position.y}`);
});

test('over an edge we fall, and land', () => {
  const body = walker(0, 2, 0);
  walk(body, 2, 2, 0, [floor(), box(2, 2, 2, 0, 1, 0)]);
  assert.ok(Math.abs(body.position.y) < 0.02 && body.grounded);
});

test('a jump comes down again', () => {
  const body = walker();
  body.jump();
  walk(body, 0.2, 0, 0, [floor()]);
  assert.ok(body.position.y > 0.4 && !body.grounded);
  walk(body, 1.5, 0, 0, [floor()]);
  assert.ok(Math.abs(body.position.y) < 0.02 && body.grounded);
});

test('where there is no floor at all one stands on the plain', () => {
  const body = walker();
  walk(body, 1, 1, 1, []);
  assert.equal(body.position.y, 0);
});

test('while the world loads nobody falls, and then one stands on what came', () => {
  const body = walker(0, 1.2, 0);
  body.held = true;
  walk(body, 1, 0, 0, []);
  assert.equal(body.position.y, 1.2);
  body.settle([floor(), box(4, 1, 4, 0, 0.5, 0)]);
  assert.ok(Math.abs(body.position.y - 1) < 1e-6);
});

test('the camera does not go through a wall behind us', () => {
  const rig = new CameraRig();
  rig.pitch = 0;
  const camera = new THREE.PerspectiveCamera();
  rig.follow(camera, new THREE.Vector3(), [box(10, 6, 0.2, 0, 3, 2)], 0.016);
  assert.ok(camera.position.z < 1.9, `${camera.position.z}`);
});

test('the camera looks over the right shoulder, but never from within the wall beside us', () => {
  const sideOf = (colliders: THREE.Mesh[], aspect = 1.8, yaw = 0) => {
    const rig = new CameraRig();
    rig.yaw = yaw;
    const camera = new THREE.PerspectiveCamera(50, aspect);
    rig.follow(camera, new THREE.Vector3(), colliders, 0.016);
    return camera.position.x;
  };
  const open = sideOf([]);
  assert.ok(open > 0.5 && open < 0.8, `${open}`);
  assert.ok(Math.abs(sideOf([], 1.8, Math.PI) + open) < 1e-6);
  assert.ok(sideOf([], 0.5) < open / 2);
  assert.ok(sideOf([box(0.2, 6, 20, 0.6, 3, 0)]) < 0.35);
  const rig = new CameraRig();
  for (let i = 0; i < 20; i++) rig.zoom(0.8);
  const camera = new THREE.PerspectiveCamera(50, 1.8);
  rig.cut();
  rig.follow(camera, new THREE.Vector3(), [], 0.016);
  assert.ok(Math.abs(camera.position.x) < 1e-6);
});

test('zooming in ends in our own eyes, and zooming out leaves them', () => {
  const rig = new CameraRig();
  for (let i = 0; i < 20; i++) rig.zoom(0.8);
  assert.ok(rig.firstPerson);
  rig.zoom(1.2);
  assert.ok(!rig.firstPerson);
});
