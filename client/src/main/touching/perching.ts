import type { Perch } from '../../input/walker.ts';
import type { Seats } from '../../net/wire.generated.ts';
import * as THREE from '../../view/three.ts';
import type { Session } from '../../world/session.ts';
import { ask, type Here } from '../here.ts';

const HIP_M = 0.45; // how high over the feet one sits on a chair
const AHEAD = new THREE.Vector3(0, 0, 1);
const AGAIN_MS = 1000;
const SEEK_MS = 1000;
const SEAT_M = 0.55; // what is drawn so near to a seat is its chair
const FLOOR_M = 0.08;
const BACK_M = 1.1;

/** Who sits where; while we do, we are where our seat is. */
export class Perching implements Perch {
  private readonly here: Here;
  private readonly session: Session;
  private readonly sitters = new Map<number, string>();
  private askedAt = Number.NEGATIVE_INFINITY;
  private bare: number[] = [];
  private soughtAt = Number.NEGATIVE_INFINITY;

  constructor(here: Here, session: Session) {
    this.here = here;
    this.session = session;
  }

  take({ rows }: Seats): void {
    for (const [seat, visitor] of rows) {
      if (visitor) this.sitters.set(seat, visitor);
      else this.sitters.delete(seat);
    }
    this.here.walker.perch = this.mine === null ? null : this;
  }

  dispose(): void {
    if (this.here.walker.perch === this) this.here.walker.perch = null;
  }

  /** Whether nobody sits there. */
  isFree(seat: number): boolean {
    return !this.sitters.has(seat);
  }

  /** The seat that belongs to what is drawn at a point, where it has no body of its own. */
  near([x, y, z]: readonly number[]): number | null {
    const { entities } = this.session.state;
    const now = performance.now();
    if (now - this.soughtAt > SEEK_MS) {
      this.soughtAt = now;
      this.bare = [...entities.values()]
        .filter(({ cells }) => cells.has('Seat') && !cells.has('Shape') && !cells.has('Model'))
        .map(({ id }) => id);
    }
    const isNear = (id: number) => {
      const [sx, sy, sz] = this.here.stage.worldPosition(id) ?? [Number.NaN, 0, 0];
      const above = y! - sy;
      return Math.hypot(sx - x!, sz - z!) < SEAT_M && above > FLOOR_M && above < BACK_M;
    };
    return this.bare.find((id) => entities.has(id) && isNear(id)) ?? null;
  }

  private get mine(): number | null {
    const me = this.session.me?.visitor;
    for (const [seat, visitor] of this.sitters) if (visitor === me) return seat;
    return null;
  }

  /** A new connection is a new visitor, who sits nowhere. */
  frame(): void {
    const { walker } = this.here;
    if (walker.perch === this && this.mine === null) walker.perch = null;
  }

  at(): { position: [number, number, number]; yaw: number } | null {
    const seat = this.mine;
    const where = seat === null ? null : this.here.stage.worldPosition(seat);
    if (seat === null || !where) return null;
    const height = this.session.state.value(seat, 'Seat')?.height ?? HIP_M;
    const ahead = AHEAD.clone().applyQuaternion(this.here.stage.worldRotation(seat));
    const yaw = Math.atan2(ahead.x, ahead.z) + Math.PI;
    return { position: [where[0], where[1] + height - HIP_M, where[2]], yaw };
  }

  rise(): void {
    const now = performance.now();
    if (now - this.askedAt < AGAIN_MS) return;
    this.askedAt = now;
    void ask(this.here, 'stand_up', {});
  }
}
