import type { Pace } from '../quality.ts';

const LATE = 1.15; // of a headset's period: it has missed a picture
const IN_TIME = 1.06;
const KEPT = 90;
const PERIOD_MS_MIN = 1000 / 144;
const PERIOD_MS_MAX = 1000 / 30; // a phone's camera gives the frames of what it is held before

/** A headset that wants a picture every so many ms: what comes late is felt at once. */
export function wornPace(period_ms: number): Pace {
  const slow = period_ms * LATE;
  return { slow, smooth: period_ms * IN_TIME, strain: slow };
}

/** A headset's period by its frames, where it does not tell: the shortest that is no chance. */
export class Cadence {
  private readonly between: number[] = [];
  private last = Number.NaN;

  /** Takes a frame's own time; answers the period in ms. */
  note(ms: number): number {
    if (ms > this.last) this.between.push(ms - this.last);
    if (this.between.length > KEPT) this.between.shift();
    this.last = ms;
    const sorted = [...this.between].sort((a, b) => a - b);
    const shortest = sorted[Math.floor(sorted.length / 10)] ?? PERIOD_MS_MAX;
    return Math.min(PERIOD_MS_MAX, Math.max(PERIOD_MS_MIN, shortest));
  }
}
