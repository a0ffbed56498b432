import type { Hand } from '../../input/xr/hand.ts';
import * as THREE from '../../view/three.ts';
import { wristMenu, type WristEvents } from '../../ui/xr/wrist.ts';
import type { Here } from '../here.ts';
import { Surface } from './surface.ts';

const WIDE_M = 0.2;
const SEEN = Math.cos((55 * Math.PI) / 180);
const FAR_M = 0.9;
const OVER_M = 0.2; // it hangs over the hand, which would hide it
const BEFORE_M = 0.5; // called, it hangs before the eyes
const LOWER_M = 0.12;
const LEFT_BEHIND_M = 1.5;

const way = new THREE.Vector3();
const ahead = new THREE.Vector3();

/**
 * The menu over the wrist of the hand that does not point; the world's own panels hang below. Who
 * has no second hand, or does not like to raise it, calls the menu before their eyes.
 */
export class Wrist extends Surface {
  private called = false;
  private hung = false;

  constructor(here: Here, host: HTMLElement, events: WristEvents, on: [boolean, boolean]) {
    const root = wristMenu(events, ...on);
    host.append(root);
    super(here, root, WIDE_M);
  }

  /** Calls it before the eyes, or sends it away. */
  call(): void {
    this.called = !this.called;
    this.hung = false;
  }

  /** It is there while it is called, or while the wrist is up before the eyes. */
  frame(hand: Hand, head: THREE.Vector3, look: THREE.Quaternion, ms: number): void {
    if (this.called) return this.frameCalled(head, look, ms);
    way.subVectors(hand.place, head);
    const far = way.length();
    ahead.set(0, 0, -1).applyQuaternion(look);
    this.shown = hand.seen && hand.solid && far < FAR_M && ahead.dot(way.normalize()) > SEEN;
    this.hang(way.copy(hand.place).setY(hand.place.y + OVER_M), head);
    this.paint(ms);
  }

  private frameCalled(head: THREE.Vector3, look: THREE.Quaternion, ms: number): void {
    if (!this.hung) {
      ahead.set(0, 0, -1).applyQuaternion(look).setY(0).normalize();
      way.copy(head).addScaledVector(ahead, BEFORE_M);
      this.hang(way.setY(head.y - LOWER_M), head);
      this.hung = this.shown = true;
    }
    this.called = this.place.distanceTo(head) < LEFT_BEHIND_M; // one has gone away from it
    this.paint(ms);
  }
}
