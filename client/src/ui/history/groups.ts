import { msOf, type LogRecord } from '../../world/moment.ts';

/** What sort of thing happened; the filter's words. */
export type Category = 'made' | 'changed' | 'talk' | 'people' | 'other';

/** The records of one cause, as one line of the history. */
export interface Group {
  readonly first: number;
  /** The last record that is known to belong to it. */
  readonly last: number;
  readonly ms: number;
  readonly actor: string;
  readonly category: Category;
  readonly records: readonly LogRecord[];
  /** Ids of the entities that it touched. */
  readonly things: readonly number[];
}

const CATEGORIES: Record<string, Category> = {
  Spawned: 'made',
  Despawned: 'made',
  Changed: 'changed',
  Removed: 'changed',
  Undone: 'changed',
  Said: 'talk',
  Entered: 'people',
  Left: 'people',
  Went: 'people',
  Granted: 'people',
  Banned: 'people',
};
const RANK: readonly Category[] = ['made', 'changed', 'talk', 'people', 'other'];

/** The category that a record counts to. */
export const categoryOf = (record: LogRecord): Category =>
  CATEGORIES[record.kind ?? ''] ?? 'other';

/** The entity that a record is about, or null. */
export function thingOf({ kind, data }: LogRecord): number | null {
  const id = kind === 'Click' ? data?.['entity'] : data?.['id'];
  return typeof id === 'number' ? id : null;
}

/** Puts records in order of the log together by their groups; redacted ones stand in none. */
export function groupsOf(records: Iterable<LogRecord>): Group[] {
  const found: LogRecord[][] = [];
  for (const record of records) {
    if (record.group === undefined) continue;
    const last = found.at(-1);
    if (last?.[0]!.group === record.group) last.push(record);
    else found.push([record]);
  }
  return found.map(groupOf);
}

function groupOf(records: LogRecord[]): Group {
  const first = records[0]!;
  const categories = new Set(records.map(categoryOf));
  const things = new Set(records.map(thingOf).filter((id) => id !== null));
  return {
    first: first.group!,
    last: records.at(-1)!.seq,
    ms: msOf(first),
    actor: first.actor ?? '',
    category: RANK.find((category) => categories.has(category)) ?? 'other',
    records,
    things: [...things],
  };
}

/** What the reader wants to see; empty fields let everything through. */
export interface Filter {
  readonly actor: string;
  readonly category: Category | '';
  readonly thing: number | null;
}

export const EVERYTHING: Filter = { actor: '', category: '', thing: null };

/** Whether a group is among what the reader wants to see. */
export function passes(group: Group, { actor, category, thing }: Filter): boolean {
  if (actor && group.actor !== actor) return false;
  if (category && !group.records.some((record) => categoryOf(record) === category)) return false;
  return thing === null || group.things.includes(thing);
}
