import type { Here } from './here.ts';

const HEIGHT_M = 3;
const INSIDE = 0.55; // the share of a portal's radius that counts as having gone through

/** Walking into a portal enters its world; one has to have been outside of it first. */
export class Portals {
  private armed = false;

  /** A new arrival: standing in a portal does not count until one has stepped out. */
  disarm(): void {
    this.armed = false;
  }

  /** Looks whether we stand in a portal; call some times a second. */
  check({ session, stage, walker, enter }: Here): void {
    // Before we stand, what is here is not all told and drawn: no portal does not mean outside.
    if (!session || walker.body.held) return;
    const { x, y, z } = walker.body.position;
    let inside: string | null = null;
    for (const id of session.state.having('Portal')) {
      const { world, radius } = session.state.value(id, 'Portal')!;
      const place = stage.worldPosition(id);
      if (!place || Math.abs(place[1] - y) > HEIGHT_M) continue;
      if (Math.hypot(place[0] - x, place[2] - z) < radius * INSIDE) inside = world;
    }
    if (inside === null) this.armed = true;
    else if (this.armed && inside && inside !== session.world) {
      this.armed = false;
      void enter(inside);
    }
  }
}
