import type { Mark } from '../../ui/history/scale.ts';
import { groupsOf } from '../../ui/history/groups.ts';
import type { Archive } from '../../world/archive.ts';
import { Axis, type Knot } from '../../world/axis.ts';
import { msOf, type LogRecord } from '../../world/moment.ts';

const WHOLE_MAX = 4000; // a log up to this many records is read as a whole
const SAMPLES = 64;
const AT_ONCE = 6;
const RECENT = 500;

/** Where in time everything happened: the whole of a short log, samples of a long one. */
export class Survey {
  axis = new Axis([]);
  marks: readonly Mark[] = [];
  private readonly archive: Archive;
  private readonly samples = new Map<number, Knot>();
  private done = 0;

  constructor(archive: Archive) {
    this.archive = archive;
  }

  /** Reads what is new; tells whether anything is. */
  async read(): Promise<boolean> {
    const { head } = this.archive;
    if (head === this.done) return false;
    const from = head <= WHOLE_MAX ? 0 : Math.max(0, head - RECENT);
    await this.archive.ensure(from, head);
    if (from > 0) await this.sample(from);
    this.done = head;
    const groups = groupsOf(this.archive.between(from, head));
    this.marks = groups.map(({ last, category }) => ({ seq: last, category }));
    const knots = groups.map(({ last, ms }) => ({ seq: last, ms }));
    this.axis = new Axis([...this.samples.values(), ...knots]);
    return true;
  }

  private async sample(until: number): Promise<void> {
    const wanted = Array.from({ length: SAMPLES }, (_, i) =>
      Math.max(1, Math.floor((i * until) / SAMPLES)),
    ).filter((seq) => !this.samples.has(seq) && this.samples.size < SAMPLES);
    for (let i = 0; i < wanted.length; i += AT_ONCE) {
      const found = await Promise.all(
        wanted.slice(i, i + AT_ONCE).map((seq) => this.archive.one(seq)),
      );
      for (const record of found) if (record?.time) this.samples.set(record.seq, knotOf(record));
    }
  }
}

const knotOf = (record: LogRecord): Knot => ({ seq: record.seq, ms: msOf(record) });
