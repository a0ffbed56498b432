/** What a hold does to the widget that it guards, and how it tells the server. */
export interface Hand<T> {
  /** Tells a value; false when there is no open line. */
  send(value: T, n: number, done: boolean): boolean;
  show(value: T): void;
  /** Whether what the hand did last is known to be kept. */
  unsaved(is: boolean): void;
}

const UNSAVED_MS = 2000;

/**
 * The echo rule: what a hand holds is never moved by the server, and once the server has seen the
 * hand's last move, its word counts. `n` counts a connection's moves of one widget.
 */
export class Hold<T = unknown> {
  private readonly hand: Hand<T>;
  private readonly every_ms: number;
  private readonly now: () => number;
  private sent = 0;
  private seen = 0;
  private held = false;
  private stash: { value: T } | null = null;
  private waiting: ReturnType<typeof setTimeout> | null = null;
  private overdue: ReturnType<typeof setTimeout> | null = null;
  private sentAt = Number.NEGATIVE_INFINITY;
  private last: { value: T; done: boolean } | null = null;

  constructor(hand: Hand<T>, every_ms = 50, now: () => number = () => performance.now()) {
    this.hand = hand;
    this.every_ms = every_ms;
    this.now = now;
  }

  /** A hand is on it. */
  take(): void {
    this.held = true;
  }

  /** The hand is off; what came meanwhile is shown once the hand's last move was seen. */
  release(): void {
    this.held = false;
    this.settle();
  }

  /** The hand moved it; `done`: it has come to its end, and that is sent in any case. */
  move(value: T, done: boolean): void {
    if (!done && this.last !== null && same(this.last.value, value)) return;
    this.last = { value, done };
    const rest = this.sentAt + this.every_ms - this.now();
    if (done || rest <= 0) this.tell();
    else this.waiting ??= setTimeout(() => this.tell(), rest);
  }

  /** The server's word; `n`: it has seen so many of our moves. */
  hear(value: T, n?: number): void {
    if (n !== undefined) this.seen = Math.max(this.seen, n);
    this.stash = { value };
    this.settle();
  }

  /** A new connection counts anew; what was not seen on the old one is sent again. */
  restart(): void {
    const lost = this.seen < this.sent || this.waiting !== null || this.held;
    this.sent = 0;
    this.seen = 0;
    this.stop();
    if (lost && this.last !== null) this.tell();
  }

  dispose(): void {
    this.stop();
  }

  private get settled(): boolean {
    return !this.held && this.waiting === null && this.seen >= this.sent;
  }

  private settle(): void {
    if (this.seen >= this.sent) {
      if (this.overdue !== null) clearTimeout(this.overdue);
      this.overdue = null;
      this.hand.unsaved(false);
    }
    if (!this.settled || this.stash === null) return;
    const { value } = this.stash;
    this.stash = null;
    this.last = null;
    this.hand.show(value);
  }

  private tell(): void {
    if (this.waiting !== null) clearTimeout(this.waiting);
    this.waiting = null;
    this.sentAt = this.now();
    const { value, done } = this.last!;
    // Without a line it stays unsaved; the next connection is told.
    this.sent += 1;
    this.hand.send(value, this.sent, done);
    this.overdue ??= setTimeout(() => this.hand.unsaved(true), UNSAVED_MS);
  }

  private stop(): void {
    if (this.waiting !== null) clearTimeout(this.waiting);
    if (this.overdue !== null) clearTimeout(this.overdue);
    this.waiting = null;
    this.overdue = null;
  }
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
