import type { Target } from './film.ts';

/** The film all round this visitor, as they watch it: theirs alone, and from its beginning. */
class Own {
  playing = false;
  private entity: number | null = null;
  private position = 0;
  private since = 0;
  private leaps = false;

  /** Begins with a film, unless it is the one that goes on; null: out of all of them. */
  enter(entity: number | null, ms: number): void {
    if (entity === this.entity) return;
    this.entity = entity;
    this.playing = true;
    this.seek(0, ms);
  }

  seconds(ms: number): number {
    return this.position + (this.playing ? Math.max(0, ms - this.since) / 1000 : 0);
  }

  play(on: boolean, ms: number): void {
    this.position = this.seconds(ms);
    this.since = ms;
    this.playing = on;
  }

  seek(seconds: number, ms: number): void {
    this.position = seconds;
    this.since = ms;
    this.leaps = true;
  }

  /** Where a film should be for this visitor; null where it is not the one around them. */
  of(entity: number, clock: { ms: number; rate: number }): Target | null {
    if (entity !== this.entity) return null;
    return { seconds: this.seconds(clock.ms), rate: this.playing ? clock.rate : 0 };
  }

  /** Whether it goes on from elsewhere, once. */
  get leapt(): boolean {
    const { leaps } = this;
    this.leaps = false;
    return leaps;
  }
}

export const own = new Own();
