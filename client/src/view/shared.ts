/** Things made once per key and freed when the last user lets go. */
export class Shared<T> {
  private readonly kept = new Map<string, { thing: T; uses: number }>();

  private readonly free: (thing: T) => void;

  constructor(free: (thing: T) => void) {
    this.free = free;
  }

  take(key: string, make: () => T): T {
    let entry = this.kept.get(key);
    if (!entry) {
      entry = { thing: make(), uses: 0 };
      this.kept.set(key, entry);
    }
    entry.uses += 1;
    return entry.thing;
  }

  release(key: string): void {
    const entry = this.kept.get(key);
    if (!entry) return;
    entry.uses -= 1;
    if (entry.uses > 0) return;
    this.kept.delete(key);
    this.free(entry.thing);
  }

  get size(): number {
    return this.kept.size;
  }
}
