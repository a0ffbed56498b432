import type { Hand } from '../../input/xr/hand.ts';
import * as THREE from '../../view/three.ts';
import { wristMenu, type WristEvents } from '../../ui/xr/wrist.ts';
import type { Here } from '../here.ts';
import { Surface } from './surface.ts';

const WIDE_M = 0.2;
const SEEN = Math.cos((55 * Math.PI) / 180);
const FAR_M = 0.9;
const OVER_M = 0.2; // it hangs over the hand, which would hide it

const way = new THREE.Vector3();
const ahead = new THREE.Vector3();

/** The menu over the wrist of the hand that does not point; the world's own panels hang below. */
export class Wrist extends Surface {
  constructor(here: Here, host: HTMLElement, events: WristEvents, on: [boolean, boolean]) {
    const root = wristMenu(events, ...on);
    host.append(root);
    super(here, root, WIDE_M);
  }

  /** It is there while the wrist is up before the eyes. */
  frame(hand: Hand, head: THREE.Vector3, look: THREE.Quaternion, ms: number): void {
    way.subVectors(hand.place, head);
    const far = way.length();
    ahead.set(0, 0, -1).applyQuaternion(look);
    this.shown = hand.seen && hand.solid && far < FAR_M && ahead.dot(way.normalize()) > SEEN;
    this.hang(way.copy(hand.place).setY(hand.place.y + OVER_M), head);
    this.paint(ms);
  }
}
