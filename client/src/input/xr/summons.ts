import type { Hand } from './hand.ts';

const HELD_S = 0.8;
const UPWARD = 0.6; // of a ray's length: nobody wants to go there

/** How the hand that points calls its menu: by its upper button, or bare by a long pinch upward. */
export class Summons {
  private held = 0;

  /** Whether it is called in this frame, `dt` seconds after the last. */
  made(hand: Hand, dt: number): boolean {
    if (!hand.seen) return false;
    if (!hand.bare) return hand.upper.began;
    const before = this.held;
    this.held = hand.select.down && hand.ray.direction.y > UPWARD ? before + dt : 0;
    return before < HELD_S && this.held >= HELD_S;
  }
}
