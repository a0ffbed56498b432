const GATHER_MS = 1500;
const QUIET_MS = 8000; // so long after a line about a thing the next one about it waits
const LINES_MAX = 4;

/**
 * Gathers news for who listens: what happens at once is told together, of a thing that never rests
 * the newest is told now and then, and of a flood only its beginning and how much more there is.
 */
export class Gathered {
  private readonly tell: (text: string) => void;
  private readonly more: (count: number) => string;
  private readonly waiting = new Map<string, { line: string; due: number }>();
  private readonly quiet = new Map<string, number>();
  private readonly muted = new Map<string, number>();

  constructor(tell: (text: string) => void, more: (count: number) => string) {
    this.tell = tell;
    this.more = more;
  }

  /** Takes a line about `key`: the newest line about it counts. */
  take(key: string, line: string, now_ms: number): void {
    if ((this.muted.get(key) ?? 0) > now_ms) return;
    const due = this.waiting.get(key)?.due ?? now_ms + GATHER_MS;
    this.waiting.set(key, { line, due: Math.max(due, this.quiet.get(key) ?? 0) });
  }

  /** Lets `key` be for a while: what happens to it is told otherwise. */
  mute(key: string, now_ms: number): void {
    this.waiting.delete(key);
    this.muted.set(key, now_ms + QUIET_MS);
  }

  /** Tells what was gathered long enough, with all else that may be told by now. */
  flush(now_ms: number): void {
    for (const until of [this.quiet, this.muted])
      for (const [key, at] of until) if (at <= now_ms) until.delete(key);
    if (![...this.waiting.values()].some(({ due }) => due <= now_ms)) return;
    const lines = [...this.waiting].filter(([key]) => !this.quiet.has(key));
    for (const [at, [key, { line }]] of lines.entries()) {
      this.waiting.delete(key);
      if (at >= LINES_MAX) continue;
      this.quiet.set(key, now_ms + QUIET_MS);
      this.tell(line);
    }
    if (lines.length > LINES_MAX) this.tell(this.more(lines.length - LINES_MAX));
  }
}
