const RATE_MOST = 0.05;
const GAIN_PER_S = 0.9;
const REST_S = 0.003; // a correction goes on until it is this close
const WAKE_S = 0.008; // and begins when it is this far
const JUMP_S = 1;
const START_JUMP_S = 0.1; // right after a start a leap is not noticed, and saves seconds
const START_JUMPS = 2;
const LASTING_S = 0.2; // an error that lasts in spite of the rates is worth a leap, at first soon
const PATIENCE_MS = 3000; // and then three times as rarely each time
const STILL_S = 0.02; // what stands is put right to half a frame
const CALM_MS = 160; // after a leap the player's own clock is not yet to be trusted
const LATENCY_S = 0.08;

/** What a player is to do: run at a rate, and leap to a second where it is not null. */
export interface Order {
  rate: number;
  leap: number | null;
}

/**
 * Keeps a player in step with a target without anyone hearing it: rates within 5 % take small
 * errors away, a leap only what is far off. It aims ahead by what leaps have taken before.
 */
export class Steering {
  /** How far the player is ahead of the target, in seconds, smoothed over three looks. */
  error = 0;
  private readonly last: number[] = [];
  private correcting = false;
  private leaps = 0;
  private patience = PATIENCE_MS;
  private leaptAt = Number.NEGATIVE_INFINITY;
  private calmUntil = Number.NEGATIVE_INFINITY;
  private latency = LATENCY_S;

  /** The target is another one: the next leaps count as a start's. */
  begin(): void {
    this.leaps = 0;
    this.patience = PATIENCE_MS;
    this.correcting = false;
    this.last.length = 0;
  }

  /**
   * Looks at where the player is and where it should be (seconds); `rate` is the target's, 0 where
   * it stands; a looped film of `length` seconds has no far end.
   */
  look(position: number, target: number, rate: number, now_ms: number, length = 0): Order {
    let error = position - target;
    if (length > 0) error -= length * Math.round(error / length);
    this.last.push(error);
    if (this.last.length > 3) this.last.shift();
    const sorted = [...this.last].sort((a, b) => a - b);
    this.error = sorted[sorted.length >> 1]!;
    if (now_ms < this.calmUntil) return { rate: rate || 1, leap: null };
    if (this.leapIsDue(rate, now_ms)) return this.leap(target, rate, now_ms, length);
    return { rate: rate === 0 ? 1 : rate * this.correction(), leap: null };
  }

  private leapIsDue(rate: number, now_ms: number): boolean {
    const far = Math.abs(this.error);
    if (rate === 0) return far > STILL_S;
    if (far > (this.leaps < START_JUMPS ? START_JUMP_S : JUMP_S)) return true;
    if (far < LASTING_S || now_ms - this.leaptAt < this.patience) return false;
    this.patience *= 3;
    return true;
  }

  private correction(): number {
    const far = Math.abs(this.error);
    this.correcting = far > (this.correcting ? REST_S : WAKE_S);
    if (!this.correcting) return 1;
    return 1 - Math.max(-RATE_MOST, Math.min(RATE_MOST, this.error * GAIN_PER_S));
  }

  private leap(target: number, rate: number, now_ms: number, length: number): Order {
    this.leaps += 1;
    this.leaptAt = now_ms;
    this.calmUntil = now_ms + 3000; // until it is told that it has landed
    this.last.length = 0;
    const ahead = target + rate * this.latency;
    return { rate: rate || 1, leap: length > 0 ? ahead % length : ahead };
  }

  /** The player has landed. */
  landed(now_ms: number): void {
    const took = (now_ms - this.leaptAt) / 1000;
    if (took < 2) this.latency += (took - this.latency) * 0.5;
    this.calmUntil = now_ms + CALM_MS;
  }
}
