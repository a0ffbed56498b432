// Promise: a body of other proportions moves as the figures do: it hangs its arms, stands on its
// feet, sits at the height of the seat, and its hands are where a headset has them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Gait } from '../src/view/avatars/gait.ts';
import type { Motion } from '../src/view/avatars/rig.ts';
import { type Listing, Skeleton } from '../src/view/avatars/skeleton.ts';
import { type Bones, Retarget } from '../src/view/avatars/vrm/retarget.ts';
import * as THREE from '../src/view/three.ts';

const baked = new URL('../../worldloom/studio/baked/avatars/wardrobe.json', import.meta.url);
const figure = new Skeleton(JSON.parse(readFileSync(baked, 'utf8')) as Listing);

const MIDDLE: [string, string, number, number][] = [
  ['hips', '', 0.83, 0],
  ['spine', 'hips', 0.93, 0],
  ['chest', 'spine', 1.06, 0],
  ['neck', 'chest', 1.25, 0],
  ['head', 'neck', 1.32, 0],
];
const SIDES: [string, string, number, number, number][] = [
  ['Shoulder', 'chest', 0.03, 1.21, 0],
  ['UpperArm', 'Shoulder', 0.14, 1.2, 0],
  ['LowerArm', 'UpperArm', 0.37, 1.2, 0],
  ['Hand', 'LowerArm', 0.58, 1.2, 0],
  ['IndexProximal', 'Hand', 0.66, 1.2, 0.02],
  ['IndexIntermediate', 'IndexProximal', 0.69, 1.2, 0.02],
  ['UpperLeg', 'hips', 0.08, 0.8, 0],
  ['LowerLeg', 'UpperLeg', 0.085, 0.44, 0],
  ['Foot', 'LowerLeg', 0.085, 0.08, -0.01],
];

/** A body in the T-pose, larger by a factor, without the bones that it need not have. */
function body(size = 1, without: readonly string[] = []): Bones {
  const places = new Map<string, readonly [number, number, number]>();
  const above = new Map<string, string>();
  for (const [name, parent, y, z] of MIDDLE) {
    places.set(name, [0, y * size, z * size]);
    if (parent) above.set(name, parent);
  }
  for (const [side, sign] of [['left', 1], ['right', -1]] as const) {
    for (const [name, parent, x, y, z] of SIDES) {
      places.set(side + name, [sign * x * size, y * size, z * size]);
      above.set(side + name, /^[A-Z]/.test(parent) ? side + parent : parent);
    }
  }
  for (const name of without) places.delete(name);
  const parents = new Map<string, string>();
  for (const name of places.keys()) {
    let parent = above.get(name);
    while (parent && !places.has(parent)) parent = above.get(parent);
    if (parent) parents.set(name, parent);
  }
  return { places, parents };
}

/** Where the bones are after a pose, as three.js has them. */
function posed(bones: Bones, motion: Motion): Map<string, THREE.Vector3> {
  const nodes = new Map<string, THREE.Object3D>();
  for (const [name, place] of bones.places) {
    const node = new THREE.Object3D();
    const parent = bones.parents.get(name);
    const from = parent ? bones.places.get(parent)! : [0, 0, 0];
    node.position.set(place[0] - from[0]!, place[1] - from[1]!, place[2] - from[2]!);
    nodes.set(name, node);
  }
  for (const [name, parent] of bones.parents) nodes.get(parent)!.add(nodes.get(name)!);
  const hips = nodes.get('hips')!;
  const rest = hips.position.clone();
  new Retarget(figure, bones).pose(motion, {
    turn: (bone, x, y, z, w) => nodes.get(bone)!.quaternion.set(x, y, z, w),
    hips: (x, y, z) => hips.position.set(x, y, z).add(rest),
  });
  hips.updateMatrixWorld(true);
  const entries = [...nodes].map(
    ([name, node]) => [name, node.getWorldPosition(new THREE.Vector3())] as const,
  );
  return new Map(entries);
}

function doing(name: keyof Motion['weights']): Motion {
  const { motion } = new Gait(0);
  motion.weights.idle = 0;
  motion.weights[name] = 1;
  return motion;
}

const SMALL = ['chest', 'neck', 'leftShoulder', 'rightShoulder'];
const BODIES: [string, Bones, number][] = [
  ['as tall as ours', body(), 1],
  ['a giant', body(1.6), 1.6],
  ['a child without chest, neck and shoulders', body(0.6, SMALL), 0.6],
];

for (const [title, bones, size] of BODIES) {
  test(`${title}: standing, the arms hang and the feet stay on the ground`, () => {
    const at = posed(bones, doing('idle'));
    for (const side of ['left', 'right']) {
      const shoulder = at.get(`${side}UpperArm`)!;
      const hand = at.get(`${side}Hand`)!;
      assert.ok(hand.y < shoulder.y - 0.3 * size, `${hand.y} under ${shoulder.y}`);
      assert.ok(Math.sign(hand.x) === (side === 'left' ? 1 : -1));
      const foot = at.get(`${side}Foot`)!;
      assert.ok(Math.abs(foot.y - 0.08 * size) < 0.03 * size, `${side} foot at ${foot.y}`);
    }
    assert.ok(at.get('head')!.y > 1.25 * size);
  });

  test(`${title}: sitting, the hips are as high as the seat`, () => {
    const at = posed(bones, doing('sit'));
    assert.ok(Math.abs(at.get('hips')!.y - 0.525) < 0.05, `${at.get('hips')!.y}`);
    assert.ok(at.get('leftLowerLeg')!.z > 0.25 * size, 'the knees are before it');
  });

  test(`${title}: walking, one foot is before the other, and then behind it`, () => {
    const motion = doing('walk');
    const apart = [0, 0.5].map((phase) => {
      motion.phases.walk = phase;
      const at = posed(bones, motion);
      return (at.get('leftFoot')!.z - at.get('rightFoot')!.z) / size;
    });
    assert.ok(Math.abs(apart[0]!) > 0.1 && apart[0]! * apart[1]! < 0, `${apart}`);
  });

  test(`${title}: a hand is where the headset has it`, () => {
    const motion = doing('idle');
    const place: [number, number, number] = [0.25 * size, 1.15 * size, 0.3 * size];
    const turn: [number, number, number, number] = [0, 0, 0, 1];
    motion.worn = {
      head: { place: [0, 1.435 * size, 0], turn, grip: 0 },
      left: { place, turn, grip: 1 },
      right: null,
      share: 1,
    };
    const hand = posed(bones, motion).get('leftHand')!;
    assert.ok(hand.distanceTo(new THREE.Vector3(...place)) < 0.03 * size, `${hand.toArray()}`);
  });
}

test('all joints of a finger bend', () => {
  const bones = body();
  const motion = doing('idle');
  const turn: [number, number, number, number] = [0, 0, 0, 1];
  const place: [number, number, number] = [0.3, 1.1, 0.3];
  const head = { place: [0, 1.435, 0] as [number, number, number], turn, grip: 0 };
  const reach = [3, 1].map((grip) => {
    motion.worn = { head, left: { place, turn, grip }, right: null, share: 1 };
    const at = posed(bones, motion);
    const along = at.get('leftIndexProximal')!.clone().sub(at.get('leftHand')!).normalize();
    const tip = at.get('leftIndexIntermediate')!.clone().sub(at.get('leftIndexProximal')!);
    return tip.normalize().dot(along);
  });
  assert.ok(reach[0]! > reach[1]! + 0.3, `open ${reach[0]}, closed ${reach[1]}`);
});

test('a turned head takes the head along and leaves the feet', () => {
  const motion = doing('idle');
  motion.yaw = 0.8;
  const bones = body();
  const [straight, turned] = [posed(bones, doing('idle')), posed(bones, motion)];
  assert.ok(straight.get('leftFoot')!.distanceTo(turned.get('leftFoot')!) < 1e-4);
});
