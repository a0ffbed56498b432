import type { LogRecord } from './moment.ts';

/** How many records are asked for at once. */
export const PAGE_RECORDS = 250;
const PAGES_MAX = 160;
const SINGLES_MAX = 4000;

/** Asks for at most `limit` records after a seq. */
export type LoadRecords = (after: number, limit: number) => Promise<LogRecord[]>;

/** A world's log as far as it was asked for: pages of records, fetched once, kept for a while. */
export class Archive {
  private readonly pages = new Map<number, LogRecord[]>();
  private readonly singles = new Map<number, LogRecord>();
  private readonly underway = new Map<number, Promise<void>>();
  private readonly load: LoadRecords;
  private newest: number;

  constructor(load: LoadRecords, head: number) {
    this.load = load;
    this.newest = head;
  }

  /** The end of the newest whole group that we know of; it only grows. */
  get head(): number {
    return this.newest;
  }

  set head(seq: number) {
    this.newest = Math.max(this.newest, seq);
  }

  /** A record that is at hand. */
  get(seq: number): LogRecord | undefined {
    const page = Math.floor((seq - 1) / PAGE_RECORDS);
    return this.pages.get(page)?.[seq - 1 - page * PAGE_RECORDS] ?? this.singles.get(seq);
  }

  /** Whether every record of after < seq <= until is at hand. */
  has(after: number, until: number): boolean {
    for (let seq = until; seq > after; seq--) if (!this.get(seq)) return false;
    return true;
  }

  /** The records of after < seq <= until that are at hand, in order, up to the first gap. */
  *between(after: number, until: number): IterableIterator<LogRecord> {
    for (let seq = after + 1; seq <= until; seq++) {
      const record = this.get(seq);
      if (!record) return;
      yield record;
    }
  }

  /** Fetches whatever of after < seq <= until is missing. */
  async ensure(after: number, until: number): Promise<void> {
    const last = Math.min(until, this.newest);
    if (last <= after) return;
    const first = Math.floor(after / PAGE_RECORDS);
    const pages: Promise<void>[] = [];
    for (let page = first; page * PAGE_RECORDS < last; page++) {
      const end = Math.min(last, (page + 1) * PAGE_RECORDS);
      pages.push(this.fill(page, end));
    }
    await Promise.all(pages);
  }

  /** One record, wherever in the log; without the page around it. */
  async one(seq: number): Promise<LogRecord | null> {
    const known = this.get(seq);
    if (known) return known;
    const [record] = await this.load(seq - 1, 1);
    if (record?.seq !== seq) return null;
    this.singles.set(seq, record);
    if (this.singles.size > SINGLES_MAX) this.singles.delete(this.singles.keys().next().value!);
    return record;
  }

  private async fill(page: number, end: number): Promise<void> {
    while (this.endOf(page) < end) {
      const waiting = this.underway.get(page) ?? this.fetch(page);
      this.underway.set(page, waiting);
      const before = this.endOf(page);
      await waiting;
      if (this.endOf(page) === before) return; // the log has no more: the head was a wish
    }
    this.touch(page);
  }

  private endOf(page: number): number {
    return page * PAGE_RECORDS + (this.pages.get(page)?.length ?? 0);
  }

  private async fetch(page: number): Promise<void> {
    try {
      const after = this.endOf(page);
      const found = await this.load(after, (page + 1) * PAGE_RECORDS - after);
      const known = this.pages.get(page) ?? [];
      this.pages.set(page, known);
      for (const record of found) if (record.seq === this.endOf(page) + 1) known.push(record);
    } finally {
      this.underway.delete(page);
    }
  }

  /** Keeps the pages that were used last. */
  private touch(page: number): void {
    const records = this.pages.get(page);
    if (!records) return;
    this.pages.delete(page);
    this.pages.set(page, records);
    if (this.pages.size > PAGES_MAX) this.pages.delete(this.pages.keys().next().value!);
  }

  /** The same as `wholeAt`, when what must be looked at is at hand; else null. */
  wholeNow(seq: number): number | null {
    if (seq <= 0) return 0;
    if (seq >= this.newest) return this.newest;
    const next = this.get(seq + 1);
    if (next?.group === undefined) return null;
    return next.group <= seq ? next.group - 1 : seq;
  }

  /** The end of the newest whole group at or before a seq; fetches what it must look at. */
  async wholeAt(seq: number): Promise<number> {
    if (seq <= 0) return 0;
    for (let next = seq + 1; next <= this.newest; next++) {
      await this.ensure(next - 1, next);
      const record = this.get(next);
      if (!record) break;
      if (record.group === undefined) continue; // redacted: it tells nothing of its group
      return record.group <= seq ? record.group - 1 : seq;
    }
    return Math.min(seq, this.newest);
  }

  /** The last record of the group that follows a whole moment; the same seq where none does. */
  async nextGroup(seq: number): Promise<number> {
    if (seq >= this.newest) return seq;
    await this.ensure(seq, seq + PAGE_RECORDS);
    let group: number | undefined;
    for (let at = seq + 1; at <= this.newest; at++) {
      if (!this.get(at)) await this.ensure(at - 1, at);
      const record = this.get(at);
      if (record?.group === undefined) continue;
      if (group !== undefined && record.group !== group) return at - 1;
      group = record.group;
    }
    return this.newest;
  }

  /** The moment before the group that ends at a whole moment; 0 before the first. */
  async previousGroup(seq: number): Promise<number> {
    await this.ensure(Math.max(0, seq - PAGE_RECORDS), seq);
    for (let at = seq; at > 0; at--) {
      if (!this.get(at)) await this.ensure(at - 1, at);
      const record = this.get(at);
      if (record?.group !== undefined) return this.wholeAt(record.group - 1);
    }
    return 0;
  }
}
