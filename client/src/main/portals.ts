import type { Vector3 } from 'three';

import type { Here } from './here.ts';

const HEIGHT_M = 3;
const INSIDE = 0.55; // the share of a portal's radius that counts as having gone through

/** Walking into a portal enters its world; one has to have been outside of it first. */
export class Portals {
  private armed = false;
  private landing: Vector3 | null = null; // where we were let in, until it is looked at

  /** A new arrival: standing in a portal does not count until one has stepped out. */
  arrived(at: Vector3): void {
    this.armed = false;
    this.landing = at.clone();
  }

  /** Looks whether we stand in a portal; call some times a second. */
  check(here: Here): void {
    const { session, walker, enter } = here;
    // Before we stand, what is here is not all told and drawn: no portal does not mean outside.
    if (!session || walker.body.held) return;
    // Who was let in outside was outside, however soon they are in one: looks are rare.
    if (this.landing && leadsTo(here, this.landing) === null) this.armed = true;
    this.landing = null;
    const inside = leadsTo(here, walker.body.position);
    if (inside === null) this.armed = true;
    else if (this.armed && inside !== session.world) {
      this.armed = false;
      void enter(inside);
    }
  }
}

/** The world that the portal around a place leads to; null outside of all. */
function leadsTo({ session, stage }: Here, { x, y, z }: Vector3): string | null {
  for (const id of session!.state.having('Portal')) {
    const { world, radius } = session!.state.value(id, 'Portal')!;
    const place = stage.worldPosition(id);
    if (!place || Math.abs(place[1] - y) > HEIGHT_M) continue;
    if (Math.hypot(place[0] - x, place[2] - z) < radius * INSIDE) return world;
  }
  return null;
}
