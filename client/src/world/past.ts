import type { Archive } from './archive.ts';
import { NOTHING, foldMoment, momentOf, type Moment } from './moment.ts';
import type { WorldState } from './state.ts';

/** How many records are folded in one go: some milliseconds of work. */
export const FOLD_MAX = 2000;
const FETCH_MAX = 500; // more missing records than this cost more than the whole state
const CHECKPOINT_RECORDS = 400;
const CHECKPOINTS_MAX = 64;

/** Asks for the state at a seq, rounded down to a whole group. */
export type LoadState = (seq: number) => Promise<WorldState>;

/** A moment as the server has it, byte by byte, so that its hash can be computed here. */
export interface Exact {
  readonly moment: Moment;
  readonly state: WorldState;
}

/** Any moment of a world, folded from the nearest one that is known. */
export class Past {
  private readonly archive: Archive;
  private readonly load: LoadState;
  /** Moments from which others are folded, the one that was used last at the end. */
  private readonly checkpoints = new Map<number, Moment>([[0, NOTHING]]);

  constructor(archive: Archive, load: LoadState) {
    this.archive = archive;
    this.load = load;
  }

  /** Takes a moment that is known anyway, such as the live one. */
  know(moment: Moment): void {
    this.keep(moment);
  }

  /** The moment at or right before a seq: whole groups only. */
  async at(seq: number): Promise<Moment> {
    const whole = await this.archive.wholeAt(seq);
    const ready = this.ready(whole);
    if (ready) return ready;
    const from = this.nearest(whole);
    const missing = whole - from.seq;
    if (missing > FOLD_MAX || (missing > FETCH_MAX && !this.archive.has(from.seq, whole)))
      return this.fetch(whole);
    await this.archive.ensure(from.seq, whole);
    return this.ready(whole) ?? this.fetch(whole);
  }

  /** The moment at or right before a seq when everything for it is at hand; else null. */
  now(seq: number): Moment | null {
    const whole = this.archive.wholeNow(seq);
    return whole === null ? null : this.ready(whole);
  }

  /** The moment of a whole group's end when everything for it is at hand; else null. */
  ready(whole: number): Moment | null {
    const from = this.nearest(whole);
    if (from.seq === whole) return from;
    if (whole - from.seq > FOLD_MAX || !this.archive.has(from.seq, whole)) return null;
    const moment = foldMoment(from, this.archive.between(from.seq, whole));
    if (moment.seq - from.seq >= CHECKPOINT_RECORDS) this.keep(moment);
    return moment;
  }

  private nearest(seq: number): Moment {
    let best = NOTHING;
    for (const moment of this.checkpoints.values())
      if (moment.seq <= seq && moment.seq > best.seq) best = moment;
    return best;
  }

  /** The moment with the bytes that it is made of; what was folded before gives way to it. */
  async exact(seq: number): Promise<Exact> {
    const state = await this.load(seq);
    const moment = momentOf(state, this.ready(state.seq) ?? this.closest(state.seq));
    this.keep(moment);
    return { moment, state };
  }

  private async fetch(seq: number): Promise<Moment> {
    return (await this.exact(seq)).moment;
  }

  /** The known moment on either side that is least far away: most of it will be equal. */
  private closest(seq: number): Moment {
    const known = [...this.checkpoints.values()];
    return known.reduce((a, b) => (Math.abs(b.seq - seq) < Math.abs(a.seq - seq) ? b : a));
  }

  private keep(moment: Moment): void {
    this.checkpoints.delete(moment.seq);
    this.checkpoints.set(moment.seq, moment);
    for (const seq of this.checkpoints.keys()) {
      if (this.checkpoints.size <= CHECKPOINTS_MAX) return;
      if (seq !== 0) this.checkpoints.delete(seq);
    }
  }

  /** Reads and folds the whole log ahead of need, so that going through it never waits. */
  async prepare(until: number, pause: () => Promise<void>): Promise<void> {
    for (let at = 0; at < until; ) {
      const next = Math.min(until, at + CHECKPOINT_RECORDS);
      await this.archive.ensure(at, next);
      const whole = await this.archive.wholeAt(next);
      if (whole > at) this.ready(whole);
      at = next;
      await pause();
    }
  }
}
