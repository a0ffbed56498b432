import type { Tier } from '../change.ts';
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

/** How coarse the rim of the view gets (0 to 1), and how many of all pixels a side are drawn. */
const EYES = [
  { foveation: 0.35, scale: 1 },
  { foveation: 1, scale: 1 },
  { foveation: 1, scale: 0.8 },
] as const;

/** How a headset's eyes are drawn for; its picture keeps its size for as long as it is worn. */
export class Eyes {
  /** Of all its pixels a side, how many the picture has. */
  whole = 1;

  /**
   * How far they save by now, before a picture is missed: of all pixels, and which part of this
   * picture that is. `strain`: null where people choose the quality; they get all its pixels.
   */
  at(strain: number | null): { foveation: number; scale: number; part: number } {
    const { foveation, scale } = EYES[strain ?? 0]!;
    const least = Math.min(scale, this.whole);
    return { foveation, scale: least, part: least / this.whole };
  }

  /** The headset is off: the next picture is as this one had to be, or has all its pixels again. */
  over(strain: number | null, tier: Tier): void {
    this.whole = tier === 'low' && strain !== null ? this.at(strain).scale : 1;
  }
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
