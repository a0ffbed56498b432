// Promise: bare hands are read joint by joint, drawn as they are, and do what a controller does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hand } from '../src/input/xr/hand.ts';
import { Summons } from '../src/input/xr/summons.ts';
import type { Clicks } from '../src/main/clicks.ts';
import type { Here } from '../src/main/here.ts';
import { Acting } from '../src/main/xr/acting.ts';
import { Going } from '../src/main/xr/going.ts';
import * as THREE from '../src/view/three.ts';
import { HandShape } from '../src/view/xr/hands.ts';

const FINGERS = ['thumb', 'index-finger', 'middle-finger', 'ring-finger', 'pinky-finger'];
const BONES = ['metacarpal', 'phalanx-proximal', 'phalanx-intermediate', 'phalanx-distal', 'tip'];
const NAMES = FINGERS.flatMap((finger, f) =>
  BONES.filter((bone) => f > 0 || bone !== 'phalanx-intermediate').map((b) => `${finger}-${b}`),
);
const JOINTS = ['wrist', ...NAMES]; // the order of the standard
const REACH_M = [0.03, 0.08, 0.12, 0.145, 0.16]; // of a straight finger's joints before the wrist
const FLAT = new THREE.Quaternion();
const UPWARD = new THREE.Quaternion().setFromAxisAngle(new THREE.Vector3(1, 0, 0), Math.PI / 2);

interface Held {
  /** Which fingers are bent into the palm. */
  bent?: readonly string[];
  /** Its own space says where the hand is; else its wrist does. */
  grip?: boolean;
  way?: THREE.Quaternion;
  /** A controller, and no fingers. */
  controller?: boolean;
}

const WRIST = new THREE.Vector3(0.2, 1.1, -0.3);

/** Where a joint is of a hand that lies level and points ahead (−Z), in metres of the room. */
function jointAt(name: string, bent: readonly string[]): THREE.Vector3 {
  if (name === 'wrist') return WRIST;
  const finger = FINGERS.findIndex((one) => name.startsWith(one));
  const bone = BONES.findIndex((one) => name.endsWith(one));
  const curls = bent.includes(FINGERS[finger]!) && bone > 1;
  const along = curls ? REACH_M[4 - bone + 1]! : REACH_M[bone]!;
  const down = curls ? 0.03 : 0;
  return new THREE.Vector3((finger - 2) * 0.02, -down, -along).add(WRIST);
}

/** Tells a hand of one frame, as a headset would. */
function read(hand: Hand, { bent = [], grip = true, way = FLAT, controller = false }: Held): void {
  const spaces = JOINTS.map((jointName) => ({ jointName }));
  const pose = (position: THREE.Vector3) => ({ transform: { position, orientation: way } });
  const source = {
    targetRayMode: 'tracked-pointer',
    targetRaySpace: { jointName: 'aim' },
    gripSpace: grip ? { jointName: 'grip' } : undefined,
    hand: controller ? undefined : new Map(spaces.map((one) => [one.jointName, one])),
  };
  const places: Record<string, THREE.Vector3> = {
    aim: new THREE.Vector3(0.2, 1.15, -0.4),
    grip: new THREE.Vector3(0.2, 1.12, -0.36),
  };
  const where = ({ jointName }: { jointName: string }) =>
    pose(places[jointName] ?? jointAt(jointName, bent));
  hand.source = source as unknown as XRInputSource;
  const frame = { getPose: where, getJointPose: where } as unknown as XRFrame;
  hand.read(frame, null as unknown as XRReferenceSpace);
}

function held(how: Held): Hand {
  const hand = new Hand('right');
  read(hand, how);
  return hand;
}

function near(one: THREE.Vector3, other: THREE.Vector3, what: string): void {
  assert.ok(one.distanceTo(other) < 1e-6, `${what}: ${one.toArray()} is not ${other.toArray()}`);
}

test('every joint of a bare hand is where the headset says, and its index finger pokes', () => {
  const hand = held({});
  assert.ok(hand.seen && hand.bare && hand.solid);
  assert.equal(hand.joints.length, 25);
  JOINTS.forEach((name, at) => near(hand.joints[at]!, jointAt(name, []), name));
  near(hand.tip, jointAt('index-finger-tip', []), 'what pokes');
  const controller = held({ controller: true });
  assert.ok(!controller.bare);
  near(controller.tip, new THREE.Vector3(0.2, 1.15, -0.425), 'the front of a controller');
});

test('a bare hand is at its grip, and without one at its wrist', () => {
  near(held({}).place, new THREE.Vector3(0.2, 1.12, -0.36), 'with a grip');
  near(held({ grip: false }).place, WRIST, 'without');
});

test('others see a flat hand, a fist and a pointing finger as they are held', () => {
  const [, index, ...rest] = FINGERS;
  assert.equal(held({}).grip, 3, 'open');
  assert.equal(held({ bent: [index!, ...rest] }).grip, 1, 'a fist');
  assert.equal(held({ bent: rest }).grip, 2, 'pointing');
  assert.equal(held({ bent: [index!] }).grip, 3, 'a pinch is no fist');
});

/** What a drawn hand consists of now. */
function drawn(shape: HandShape) {
  const [fingers, bones, handle] = shape.root.children as [
    THREE.InstancedMesh,
    THREE.InstancedMesh,
    THREE.Mesh,
  ];
  return { fingers, bones, handle };
}

test('bare fingers are drawn joint by joint with bones between; a controller is a handle', () => {
  const shape = new HandShape();
  const { joints, place, turn } = held({});
  shape.show(place, turn, joints);
  const { fingers, bones, handle } = drawn(shape);
  assert.ok(fingers.visible && bones.visible && !handle.visible);
  const [matrix, at, size] = [new THREE.Matrix4(), new THREE.Vector3(), new THREE.Vector3()];
  JOINTS.forEach((name, i) => {
    fingers.getMatrixAt(i, matrix);
    near(at.setFromMatrixPosition(matrix), joints[i]!, name);
    if (i === 0) return;
    const before = joints[name.endsWith('metacarpal') ? 0 : i - 1]!;
    bones.getMatrixAt(i, matrix);
    const middle = before.clone().add(joints[i]!).multiplyScalar(0.5);
    near(at.setFromMatrixPosition(matrix), middle, `the bone before ${name}`);
    size.setFromMatrixScale(matrix);
    assert.ok(Math.abs(size.y - before.distanceTo(joints[i]!)) < 1e-6, `${name} is joined`);
    assert.ok(size.x < 0.02, `${name} is no log`);
  });
  shape.show(place, turn, null);
  assert.ok(!fingers.visible && !bones.visible && handle.visible);
  near(handle.position, place, 'the handle');
});

test('a long pinch upward calls the menu once; a short one and one ahead do not', () => {
  const calls = (way: THREE.Quaternion, seconds: number) => {
    const [summons, hand] = [new Summons(), held({ way })];
    hand.select.down = true;
    let made = 0;
    for (let t = 0; t < seconds; t += 0.1) made += +summons.made(hand, 0.1);
    hand.select.down = false;
    for (let t = 0; t < 2; t += 0.1) made += +summons.made(hand, 0.1);
    return made;
  };
  assert.equal(calls(UPWARD, 1.5), 1);
  assert.equal(calls(UPWARD, 0.4), 0);
  assert.equal(calls(FLAT, 1.5), 0);
});

/** A hand in a world with nothing or one thing to take, and what became of its presses. */
function acts(hand: Hand, thing: number | null = null) {
  const taken: number[] = [];
  const known = {
    open: () => undefined,
    beside: () => thing,
    seize: (id: number) => taken.push(id) > 0,
    sketching: { grab: () => false },
  };
  const stage = { colliders: () => [] };
  const parts = { hands: { known }, stage, time: { past: false }, panels: null };
  const here = parts as unknown as Here;
  const clicks = { under: () => null, answers: () => false } as unknown as Clicks;
  const scene = new THREE.Scene();
  const going = new Going(here);
  const acting = new Acting(here, clicks, going, hand, scene);
  return { acting, going, scene, taken };
}

test('a bare hand is drawn while it is seen, by its joints', () => {
  const hand = held({});
  const { acting, scene } = acts(hand);
  acting.frame(0.01, [], true);
  assert.ok(scene.children.includes(acting.shape.root) && acting.shape.root.visible);
  const { fingers, handle } = drawn(acting.shape);
  assert.ok(fingers.visible && !handle.visible);
  assert.ok(scene.children.includes(acting.beam.root) && acting.beam.root.visible, 'and its ray');
  hand.lose();
  acting.frame(0.01, [], true);
  assert.ok(!acting.shape.root.visible && !acting.beam.root.visible, 'it is not there any more');
  read(hand, { controller: true });
  acting.frame(0.01, [], true);
  assert.ok(acting.shape.root.visible && handle.visible && !fingers.visible);
});

test('a pinch at nothing aims where one goes, and a trigger at nothing does not', () => {
  for (const controller of [false, true]) {
    const hand = held({ controller });
    const { acting, going } = acts(hand);
    hand.select.down = hand.select.began = true;
    acting.frame(0.01, [], true);
    assert.equal(going.aimer, controller ? null : hand);
    going.frame();
    assert.equal(going.landing.root.visible, !controller, 'an arc shows where one would land');
    const [, ring] = going.landing.root.children as [THREE.Line, THREE.Mesh];
    assert.ok(controller || (ring.visible && ring.position.z < -2 && ring.position.y < 0.1));
  }
});

test('a pinch takes what the hand is at, as a grip does', () => {
  for (const how of ['pinch', 'grip'] as const) {
    const hand = held({ controller: how === 'grip' });
    const { acting, going, taken } = acts(hand, 7);
    const press = how === 'pinch' ? hand.select : hand.squeeze;
    press.down = press.began = true;
    acting.frame(0.01, [], true);
    assert.deepEqual(taken, [7], how);
    assert.equal(going.aimer, null, 'it goes nowhere');
  }
});
