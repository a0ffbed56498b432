// Promise: what a face does is seen of a VRM as well: eyes turn, lids shut and open, a mouth opens.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  VRMExpression,
  VRMExpressionManager,
  VRMExpressionMorphTargetBind,
  VRMHumanoid,
  type VRMHumanBones,
  VRMLookAt,
  VRMLookAtBoneApplier,
  VRMLookAtRangeMap,
} from '@pixiv/three-vrm-core';
import { Gait } from '../src/view/avatars/gait.ts';
import type { Motion } from '../src/view/avatars/rig.ts';
import { type Listing, Skeleton } from '../src/view/avatars/skeleton.ts';
import { Body } from '../src/view/avatars/vrm/body.ts';
import * as THREE from '../src/view/three.ts';

const baked = new URL('../../worldloom/studio/baked/avatars/wardrobe.json', import.meta.url);
const figure = new Skeleton(JSON.parse(readFileSync(baked, 'utf8')) as Listing);
const BONES: readonly [name: string, parent: string, x: number, y: number][] = [
  ['hips', '', 0, 0.85],
  ['spine', 'hips', 0, 0.1],
  ['head', 'spine', 0, 0.4],
  ['leftEye', 'head', 0.03, 0.06],
  ['rightEye', 'head', -0.03, 0.06],
];
const SIDES: readonly (readonly [name: string, parent: string, x: number, y: number])[] = [
  ['UpperArm', 'spine', 0.14, 0.25],
  ['LowerArm', 'UpperArm', 0.23, 0],
  ['Hand', 'LowerArm', 0.21, 0],
  ['UpperLeg', 'hips', 0.08, -0.05],
  ['LowerLeg', 'UpperLeg', 0, -0.36],
  ['Foot', 'LowerLeg', 0, -0.36],
];

/** A body of bones alone, with a face that can blink and speak. */
function someone() {
  const nodes = new Map([['', new THREE.Object3D()]]);
  const hang = (name: string, parent: string, x: number, y: number) => {
    const node = new THREE.Object3D();
    node.position.set(x, y, 0);
    nodes.get(parent)!.add(node);
    nodes.set(name, node);
  };
  for (const bone of BONES) hang(...bone);
  for (const [side, way] of [['left', 1], ['right', -1]] as const)
    for (const [name, parent, x, y] of SIDES)
      hang(side + name, nodes.has(parent) ? parent : side + parent, x * way, y);
  const scene = nodes.get('')!;
  scene.updateMatrixWorld(true);
  nodes.delete('');
  const all = [...nodes].map(([name, node]) => [name, { node }]);
  const humanoid = new VRMHumanoid(Object.fromEntries(all) as VRMHumanBones);
  scene.add(humanoid.normalizedHumanBonesRoot);
  const range = new VRMLookAtRangeMap(90, 90);
  const eyes = new VRMLookAt(
    humanoid,
    new VRMLookAtBoneApplier(humanoid, range, range, range, range),
  );
  const face = new THREE.Mesh();
  face.morphTargetInfluences = [0, 0];
  const faces = new VRMExpressionManager();
  ['blink', 'aa'].forEach((name, index) => {
    const expression = new VRMExpression(name);
    expression.addBind(new VRMExpressionMorphTargetBind({ primitives: [face], index, weight: 1 }));
    faces.registerExpression(expression);
  });
  const parts = { vrmHumanoid: humanoid, vrmExpressionManager: faces, vrmLookAt: eyes };
  const view = {} as ConstructorParameters<typeof Body>[3]; // nothing of it is drawn
  const body = new Body(scene, parts, false, view, figure);
  const { motion } = new Gait(0);
  return {
    face: face.morphTargetInfluences,
    does: (more: Partial<Motion>) => body.move({ ...motion, ...more }, 1 / 60),
    /** Where a bone looks beside the head: to its left, and down, in radians. */
    looks(bone: string): [number, number] {
      const turn = nodes.get('head')!.getWorldQuaternion(new THREE.Quaternion()).invert();
      turn.multiply(nodes.get(bone)!.getWorldQuaternion(new THREE.Quaternion()));
      const ahead = new THREE.Vector3(0, 0, 1).applyQuaternion(turn);
      return [Math.atan2(ahead.x, ahead.z), Math.asin(-ahead.y)];
    },
  };
}

test('the eyes of a VRM turn beside its head, and come back', () => {
  const one = someone();
  for (const eye of ['leftEye', 'rightEye'])
    for (const [eyeYaw, eyePitch] of [[0.3, 0], [-0.3, 0], [0, 0.2], [0, -0.2], [0, 0]] as const) {
      one.does({ eyeYaw, eyePitch, yaw: 0.4 });
      const [left, down] = one.looks(eye);
      assert.ok(Math.abs(left - eyeYaw) < 0.02, `${eye}: ${left} to the left, not ${eyeYaw}`);
      assert.ok(Math.abs(down - eyePitch) < 0.02, `${eye}: ${down} down, not ${eyePitch}`);
    }
});

test('the lids of a VRM shut and open again, and its mouth moves by itself', () => {
  const one = someone();
  one.does({ lids: 1 });
  assert.deepEqual(one.face, [1, 0]);
  one.does({ lids: 0.25, mouth: 0.5 });
  assert.deepEqual(one.face, [0.25, 0.5]);
  one.does({ lids: 0, mouth: 0 });
  assert.deepEqual(one.face, [0, 0]);
});
