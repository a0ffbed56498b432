import type { Archive } from '../../world/archive.ts';
import type { LogRecord } from '../../world/moment.ts';
import type { Reader } from '../../ui/history/names.ts';

const AT_ONCE = 4;
const TOLD_MS = 60; // what comes in so short a time is drawn at once

/** Looks single records up, wherever in the log; what is missing is fetched and told of later. */
export class Lookup implements Reader {
  private readonly archive: Archive;
  private readonly changed: () => void;
  private readonly asked = new Set<number>();
  private readonly queue: number[] = [];
  private underway = 0;
  private told: ReturnType<typeof setTimeout> | undefined;

  constructor(archive: Archive, changed: () => void) {
    this.archive = archive;
    this.changed = changed;
  }

  look(seq: number): LogRecord | undefined {
    const record = seq > 0 ? this.archive.get(seq) : undefined;
    if (!record && seq > 0 && seq <= this.archive.head && !this.asked.has(seq)) {
      this.asked.add(seq);
      this.queue.push(seq);
      this.work();
    }
    return record;
  }

  /** The value that a record took away; undefined while it is fetched, or when there was none. */
  before(record: LogRecord): unknown {
    const previous = record.data?.['previous'];
    const { kind, data } = this.look(typeof previous === 'number' ? previous : 0) ?? {};
    if (kind === 'Changed') return data?.['data'];
    if (kind !== 'Spawned') return undefined;
    return (data?.['components'] as Record<string, unknown>)[record.data!['component'] as string];
  }

  private work(): void {
    while (this.underway < AT_ONCE && this.queue.length > 0) {
      this.underway += 1;
      this.archive
        .one(this.queue.pop()!)
        .then(() => this.tell())
        .catch(() => undefined) // a name that cannot be had is shown as a number
        .finally(() => {
          this.underway -= 1;
          this.work();
        });
    }
  }

  private tell(): void {
    clearTimeout(this.told);
    this.told = setTimeout(this.changed, TOLD_MS);
  }
}
