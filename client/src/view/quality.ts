import type { Tier } from './change.ts';

const order: readonly Tier[] = ['low', 'medium', 'high'];
const WINDOW_SECONDS = 2.5;
const SETTLE_SECONDS = 2;
const TRIAL_AFTER_SECONDS = 8;
const PAUSE_SECONDS = WINDOW_SECONDS / 3; // so a window has at least three frames
const STRAIN_MOST = 2;

/** How long frames may last, in ms: from when they are too slow, smooth, or a strain even so. */
export interface Pace {
  readonly slow: number;
  readonly smooth: number;
  readonly strain: number;
}

/** A screen: nobody is sick of 35 frames a second. */
export const FLAT: Pace = { slow: 29, smooth: 18, strain: 52 };

/** Guesses a tier from the name of the graphics device; software drawing is always low. */
export function guessTier(device: string, touch: boolean): Tier {
  if (isSoftware(device)) return 'low';
  if (touch || /mali|adreno [1-5]\d\d|powervr|intel.*(hd|uhd) graphics/i.test(device))
    return 'medium';
  return 'high';
}

export function isSoftware(device: string): boolean {
  return /llvmpipe|swiftshader|softpipe|software|basic render/i.test(device);
}

/**
 * Chooses the tier by measured frame time, with hysteresis: down when the median of a window is too
 * slow, up as a trial after a long smooth stretch, and never again up into a tier that was too slow
 * once. The pixels that the lowest tier saves come back likewise, before a better tier is tried.
 * What was too slow while the world came in is no proof: it is tried again.
 */
export class Governor {
  private samples: number[] = [];
  private started = 0;
  private last = Number.NaN;
  private loading = false;
  private smoothSince = Number.NaN;
  private ceiling: number;
  private readonly highest: number;
  private pace = FLAT;
  tier: Tier;
  /** How far the lowest tier has to save pixels as well: 0, 1 or 2. */
  strain = 0;
  private leastStrain = 0;
  private eased = false;

  constructor(tier: Tier, highest: Tier = 'high') {
    this.tier = tier;
    this.highest = this.ceiling = order.indexOf(highest);
  }

  /** Judges by other limits from now on: a headset was put on, or taken off. */
  follow(pace: Pace, now: number): void {
    this.pace = pace;
    this.strain = this.leastStrain = 0;
    this.eased = false;
    this.ceiling = this.highest; // what was too slow for one may do for the other
    this.restart(now);
  }

  /**
   * One frame: its length in milliseconds (capped or not), the time in seconds, and whether parts
   * of the world still come in. Answers the new tier when it changes.
   */
  frame(milliseconds: number, now: number, loads = false): Tier | null {
    // A hidden tab or a breakpoint says nothing about drawing.
    if (!(now - this.last < PAUSE_SECONDS)) this.restart(now);
    this.last = now;
    if (now - this.started < SETTLE_SECONDS) return null;
    this.loading ||= loads;
    this.samples.push(milliseconds);
    if (now - this.started < SETTLE_SECONDS + WINDOW_SECONDS) return null;
    const middle = median(this.samples);
    const proof = !this.loading;
    this.begin(now - SETTLE_SECONDS);
    return this.judge(middle, now, proof);
  }

  private judge(middle: number, now: number, proof: boolean): Tier | null {
    const at = order.indexOf(this.tier);
    if (middle > this.pace.strain && at === 0 && this.strain < STRAIN_MOST) {
      this.strain += 1;
      if (this.eased && proof) this.leastStrain = this.strain;
      this.eased = false;
      return this.go(0, now);
    }
    if (middle > this.pace.slow && at > 0) {
      if (proof) this.ceiling = Math.min(this.ceiling, at - 1);
      return this.go(at - 1, now);
    }
    const strained = this.strain > this.leastStrain;
    if (middle > this.pace.smooth || !(strained || at < this.ceiling)) {
      this.smoothSince = Number.NaN;
      return null;
    }
    if (Number.isNaN(this.smoothSince)) this.smoothSince = now;
    if (now - this.smoothSince < TRIAL_AFTER_SECONDS) return null;
    if (!strained) return this.go(at + 1, now);
    this.strain -= 1;
    this.eased = true;
    return this.go(at, now);
  }

  private go(to: number, now: number): Tier {
    this.tier = order[to]!;
    this.restart(now);
    return this.tier;
  }

  private restart(now: number): void {
    this.begin(now);
    this.smoothSince = Number.NaN;
  }

  private begin(at: number): void {
    this.started = at;
    this.samples = [];
    this.loading = false;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
