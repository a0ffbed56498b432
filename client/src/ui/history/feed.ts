import { PAGE_RECORDS, type Archive } from '../../world/archive.ts';
import type { LogRecord } from '../../world/moment.ts';
import { EVERYTHING, groupsOf, passes, type Filter, type Group } from './groups.ts';

/** The groups of a world, newest first: read page by page backwards, and on as the world lives. */
export class Feed {
  /** Those that pass the filter, newest first. */
  shown: Group[] = [];
  filter: Filter = EVERYTHING;
  /** Everything after this seq has been read. */
  low: number;
  private high: number;
  private all: Group[] = [];
  /** The end of a group whose beginning lies on a page that is not read yet. */
  private cut: LogRecord[] = [];
  private reading: Promise<void> | null = null;
  private readonly archive: Archive;
  private readonly learn: (record: LogRecord) => void;

  constructor(archive: Archive, learn: (record: LogRecord) => void) {
    this.archive = archive;
    this.learn = learn;
    this.low = this.high = archive.head;
  }

  /** Whether the beginning of the world has been read. */
  get whole(): boolean {
    return this.low === 0;
  }

  /** Reads one page further back. */
  older(): Promise<void> {
    this.reading ??= this.readOlder().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async readOlder(): Promise<void> {
    if (this.whole) return;
    const from = Math.max(0, this.low - PAGE_RECORDS);
    await this.archive.ensure(from, this.low);
    const records = [...this.archive.between(from, this.low)];
    if (records.length < this.low - from) throw new Error('the log has a gap');
    const groups = groupsOf([...records, ...this.cut]);
    const first = groups[0];
    const torn = first !== undefined && first.first <= from;
    this.cut = torn ? [...first.records] : [];
    if (torn) groups.shift();
    this.low = from;
    this.all.push(...this.taken(groups));
    this.shown.push(...groups.filter((group) => passes(group, this.filter)));
  }

  /** Reads what was written since; answers how many groups of it are shown. */
  async newer(): Promise<number> {
    const { head } = this.archive;
    if (head <= this.high) return 0;
    await this.archive.ensure(this.high, head);
    if (head <= this.high) return 0; // another call was quicker
    const groups = this.taken(groupsOf(this.archive.between(this.high, head)));
    this.high = head;
    this.all.unshift(...groups);
    const more = groups.filter((group) => passes(group, this.filter));
    this.shown.unshift(...more);
    return more.length;
  }

  /** Newest first, after every name in them was learned. */
  private taken(groups: Group[]): Group[] {
    for (const group of groups) for (const record of group.records) this.learn(record);
    return groups.reverse();
  }

  /** Shows only what passes; what was read stays read. */
  choose(filter: Filter): void {
    this.filter = filter;
    this.shown = this.all.filter((group) => passes(group, filter));
  }

  /** Everyone who did something that was read, the latest first. */
  actors(): string[] {
    return [...new Set(this.all.map(({ actor }) => actor))];
  }

  /** The entities that were touched in what was read, the latest first. */
  things(): number[] {
    return [...new Set(this.all.flatMap(({ things }) => things))];
  }

  /** The group that a moment ends in, if it was read. */
  at(seq: number): Group | undefined {
    const { all } = this; // newest first
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle]!.first <= seq) high = middle;
      else low = middle + 1;
    }
    const found = all[low];
    return found && seq <= found.last ? found : undefined;
  }
}
