const KEEP_S = 5; // a picture that nobody was shown by for so long gives its row to another

interface Kept {
  readonly key: string;
  readonly parts: readonly string[];
  readonly row: number;
  drawn: boolean;
  seen: number;
}

/** All faces are alike from afar, and glasses are not seen. */
export function seenFromAfar(parts: readonly string[]): string[] {
  const seen = parts.filter((part) => !part.startsWith('glasses-'));
  return seen.map((part) => (part.startsWith('face-') ? 'face-oval' : part));
}

/**
 * Which row of the pictures shows which clothes. Row 0 is a plain figure; who finds no row free,
 * and who is not drawn yet, is shown by the row that is most like them.
 */
export class Shelf {
  private readonly kept = new Map<string, Kept>();
  private readonly free: number[];
  private now = 0;

  constructor(rows: number) {
    this.free = Array.from({ length: rows - 1 }, (_, at) => rows - 1 - at);
  }

  begin(now: number): void {
    this.now = now;
  }

  /** The row to show these parts by; `key` tells them apart. */
  rowOf(key: string, parts: readonly string[]): number {
    const kept = this.kept.get(key) ?? this.add(key, parts);
    if (kept) kept.seen = this.now;
    return kept?.drawn ? kept.row : this.mostLike(parts);
  }

  private add(key: string, parts: readonly string[]): Kept | undefined {
    const row = this.free.pop() ?? this.unseen();
    if (row === undefined) return undefined;
    const kept = { key, parts, row, drawn: false, seen: this.now };
    this.kept.set(key, kept);
    return kept;
  }

  private unseen(): number | undefined {
    for (const { key, row, seen } of this.kept.values()) {
      if (this.now - seen < KEEP_S) continue;
      this.kept.delete(key);
      return row;
    }
    return undefined;
  }

  private mostLike(parts: readonly string[]): number {
    let [best, alike] = [0, 0];
    for (const one of this.kept.values()) {
      const same = one.drawn ? one.parts.filter((part) => parts.includes(part)).length : 0;
      if (same > alike) [best, alike] = [one.row, same];
    }
    return best;
  }

  /** Draws one of those that wait for it, whose parts have come. */
  drawNext(draw: (parts: readonly string[], row: number) => boolean): void {
    for (const one of this.kept.values()) {
      if (one.drawn || this.now > one.seen) continue;
      one.drawn = draw(one.parts, one.row);
      if (one.drawn) return;
    }
  }
}
