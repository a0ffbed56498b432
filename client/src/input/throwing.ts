import type { Vec } from '../net/body-frames.ts';

const WINDOW_MS = 140;
const STALE_MS = 120;
const THROW_M_PER_S = 8;
const THROW_UP = 0.35;

/** How fast a thing flies that is thrown the way one looks: a little up, metres per second. */
export function thrown([x, y, z]: Vec): Vec {
  const up = Math.max(-0.2, y) + THROW_UP;
  const share = THROW_M_PER_S / Math.hypot(x, up, z);
  return [x * share, up * share, z * share];
}

/** How fast a hand moved just now: what it lets go of flies on like that. */
export class Swing {
  private readonly places: { at: number; place: Vec }[] = [];

  /** Notes where the hand is; `now_ms` is any steady clock. */
  note(place: Vec, now_ms: number): void {
    this.places.push({ at: now_ms, place });
    while (this.places.length > 2 && now_ms - this.places[0]!.at > WINDOW_MS) this.places.shift();
  }

  /** Metres per second; none for a hand that has stopped. */
  velocity(now_ms: number): Vec {
    const first = this.places[0];
    const last = this.places.at(-1);
    if (!first || !last || now_ms - last.at > STALE_MS || last.at - first.at < 8) return [0, 0, 0];
    const seconds = (last.at - first.at) / 1000;
    return last.place.map((part, i) => (part - first.place[i]!) / seconds) as Vec;
  }
}
