const SAMPLES = 8;

interface Sample {
  offset: number;
  took: number;
}

/**
 * The server's clock as this page knows it: each ping brings its time, and of the last few the one
 * that was quickest there and back is believed, as its way was held up least (NTP's clock filter).
 */
export class ServerClock {
  private readonly samples: Sample[] = [];
  private best: Sample | null = null;

  /** Takes one answer: sent and heard by the page's steady clock, `server_ms` in UTC. */
  add(sent_ms: number, heard_ms: number, server_ms: number): void {
    const took = heard_ms - sent_ms;
    this.samples.push({ offset: server_ms - (sent_ms + heard_ms) / 2, took });
    if (this.samples.length > SAMPLES) this.samples.shift();
    this.best = this.samples.reduce((best, one) => (one.took < best.took ? one : best));
  }

  /** Half of the believed way there and back: the most that the time can be wrong by. */
  get doubt_ms(): number {
    return this.best ? this.best.took / 2 : Number.POSITIVE_INFINITY;
  }

  /** The server's time in UTC milliseconds; our own clock's until it has answered. */
  at(now_ms: number): number {
    return now_ms + (this.best?.offset ?? performance.timeOrigin);
  }
}
