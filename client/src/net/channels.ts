import type { ToClient } from './wire.generated.ts';

/** A message's type, or the number of a channel of raw bytes. */
export type Topic = ToClient['type'] | number;
type Taker = (message: never) => void;

const WAITING_MAX = 256;

/**
 * Live talk beside the log. A part of the page that is loaded late gets what came for it before;
 * where that is too much, the newest of raw bytes.
 */
export class Channels {
  private readonly takers = new Map<Topic, Taker>();
  private readonly loaders = new Map<Topic, () => void>();
  private readonly waiting = new Map<Topic, unknown[]>();

  /** Runs `load` once, when the first message of a topic comes that nobody takes yet. */
  whenFirst(topics: readonly Topic[], load: () => void): void {
    const once = () => {
      for (const topic of topics) this.loaders.delete(topic);
      load();
    };
    for (const topic of topics) {
      this.loaders.set(topic, once);
      if (this.waiting.has(topic)) return once();
    }
  }

  /** Takes messages of one type, those that wait first. */
  on<T extends ToClient['type']>(
    type: T,
    take: (message: Extract<ToClient, { type: T }>) => void,
  ): void {
    this.attach(type, take as Taker);
  }

  /** Takes the raw frames of a channel, without their head. */
  onBytes(number: number, take: (bytes: Uint8Array) => void): void {
    this.attach(number, take as Taker);
  }

  /** Passes a message on; it waits where nobody takes it yet. */
  deliver(topic: Topic, message: unknown): void {
    const take = this.takers.get(topic);
    if (take) return take(message as never);
    const queue = this.waiting.get(topic) ?? [];
    if (queue.length >= WAITING_MAX && typeof topic === 'number') queue.shift();
    if (queue.length < WAITING_MAX) queue.push(message);
    this.waiting.set(topic, queue);
    this.loaders.get(topic)?.();
  }

  /** Hear that a new connection begins, which tells everything anew. */
  readonly renewed: (() => void)[] = [];

  /** Forgets what waits: a new connection tells everything anew. */
  reset(): void {
    this.waiting.clear();
    for (const hear of this.renewed) hear();
  }

  private attach(topic: Topic, take: Taker): void {
    this.takers.set(topic, take);
    const queue = this.waiting.get(topic) ?? [];
    this.waiting.delete(topic);
    for (const message of queue) take(message as never);
  }
}
