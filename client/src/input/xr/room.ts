import * as THREE from '../../view/three.ts';

const UP = new THREE.Vector3(0, 1, 0);
const EYES_M = 1.6;
const LIFT_M_MAX = 1;

/**
 * Where the floor that one really stands on lies in the world. Every pose of the headset is asked
 * for in `space`, and is then a pose in the world.
 */
export class Room {
  /** The space of the poses of this frame. */
  space: XRReferenceSpace;
  /** How much higher the eyes are than they really are, for who sits. */
  lift = 0;
  private readonly floor: XRReferenceSpace;
  private readonly place = new THREE.Vector3();
  private readonly turn = new THREE.Quaternion();
  private changed = true;

  constructor(floor: XRReferenceSpace) {
    this.floor = this.space = floor;
  }

  /** Carries the room along, by metres of the world. */
  move(by: THREE.Vector3): void {
    if (by.lengthSq() === 0) return;
    this.place.add(by);
    this.changed = true;
  }

  /** Lifts the real floor over the world's, by metres. */
  raise(metres: number): void {
    this.lift += metres;
    this.changed = true;
  }

  /** Turns the room about an upright line through a place of the world. */
  turnAbout(pivot: THREE.Vector3, radians: number): void {
    if (radians === 0) return;
    const by = new THREE.Quaternion().setFromAxisAngle(UP, radians);
    this.place.sub(pivot).applyQuaternion(by).add(pivot);
    this.turn.premultiply(by);
    this.changed = true;
  }

  /** Lifts who sits so that the eyes, really at `eyes_m`, are where they are when one stands. */
  seat(seated: boolean, eyes_m: number): void {
    this.lift = seated ? Math.min(LIFT_M_MAX, Math.max(0, EYES_M - eyes_m)) : 0;
    this.changed = true;
  }

  /** Where a place of the world is over the floor that one really stands on. */
  really(place: readonly [number, number, number]): [number, number, number] {
    const there = new THREE.Vector3(...place).sub(this.place);
    there.y -= this.lift;
    return there.applyQuaternion(this.turn.clone().invert()).toArray();
  }

  /** Where a place over the real floor is in the world. */
  seen(place: readonly [number, number, number]): [number, number, number] {
    const there = new THREE.Vector3(...place).applyQuaternion(this.turn).add(this.place);
    there.y += this.lift;
    return there.toArray();
  }

  /** Makes the next frame's space; true when it is another one. */
  refresh(): boolean {
    if (!this.changed) return false;
    this.changed = false;
    const back = this.turn.clone().invert();
    const up = this.place.y + this.lift;
    const { x, y, z } = this.place.clone().setY(up).negate().applyQuaternion(back);
    this.space = this.floor.getOffsetReferenceSpace(new XRRigidTransform({ x, y, z }, back));
    return true;
  }
}
