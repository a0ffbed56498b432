import type { Archive } from '../../world/archive.ts';
import { msOf, type LogRecord } from '../../world/moment.ts';

const SILENCE_MS = 2500; // of a longer pause only the end is played
const LEAD_MS = 500;
const AHEAD = 250; // so many records are fetched ahead of the clock

export interface PlayEvents {
  /** Whether people's motion was recorded at a time: then silence is not empty. */
  covers(ms: number): boolean;
  /** When recorded motion begins next after a time; Infinity: never. */
  begins(ms: number): number;
  /** Shows a moment; tells what was said on the way there. */
  show(seq: number, said: readonly LogRecord[]): void;
  /** There is nothing further. */
  end(): void;
}

/** The clock of the past: it runs at a rate, and quickly over times in which nothing happened. */
export class Play {
  playing = false;
  rate = 1;
  /** The time that is shown, in UTC milliseconds. */
  ms = 0;
  /** The seq at which it stops; null: at the end of all. */
  until: number | null = null;
  private readonly archive: Archive;
  private readonly events: PlayEvents;
  private seq = 0;
  private reading = false;

  constructor(archive: Archive, events: PlayEvents) {
    this.archive = archive;
    this.events = events;
  }

  /** Sets the clock to a moment. */
  set(seq: number, ms: number): void {
    this.seq = seq;
    this.ms = ms;
  }

  /** Lets `dt` seconds go by. */
  frame(dt: number): void {
    if (!this.playing || this.reading) return;
    if (this.until !== null && this.seq >= this.until && this.isOver(this.until)) {
      this.playing = false;
      this.until = null;
      return;
    }
    if (this.seq >= this.archive.head && !this.events.covers(this.ms)) {
      this.playing = false;
      this.events.end();
      return;
    }
    const until = Math.min(this.archive.head, this.seq + AHEAD);
    if (!this.archive.has(this.seq, Math.min(until, this.seq + 1))) {
      void this.read(until);
      return;
    }
    this.ms += dt * 1000 * this.rate;
    this.skip();
    this.follow(until);
  }

  private skip(): void {
    const next = this.archive.get(this.seq + 1);
    if (!next?.time || this.events.covers(this.ms)) return;
    const wakes = Math.min(msOf(next), this.events.begins(this.ms));
    const pause = wakes - this.ms;
    if (pause > SILENCE_MS * Math.max(1, this.rate)) this.ms = wakes - LEAD_MS * this.rate;
  }

  /** Shows the newest whole group whose time has come. */
  private follow(until: number): void {
    let { seq } = this;
    const said: LogRecord[] = [];
    for (let at = this.seq + 1; at <= until && seq < (this.until ?? Infinity); at++) {
      const record = this.archive.get(at);
      if (!record || msOf(record) > this.ms) break; // what is hidden has no time, and comes at once
      if (record.kind === 'Said') said.push(record);
      if (this.archive.wholeNow(at) === at) seq = at;
    }
    if (seq === this.seq) return;
    this.seq = seq;
    this.events.show(seq, said);
  }

  /**
   * Whether the time of the last record to be played is over. Of a hidden one that is known by what
   * follows it; where nothing does, by the end of all motion.
   */
  private isOver(until: number): boolean {
    for (let seq = until; ; seq++) {
      const record = this.archive.get(seq);
      if (!record) return !this.events.covers(this.ms);
      if (record.time) return msOf(record) <= this.ms;
    }
  }

  private async read(until: number): Promise<void> {
    this.reading = true;
    try {
      await this.archive.ensure(this.seq, until);
    } finally {
      this.reading = false;
    }
  }
}
