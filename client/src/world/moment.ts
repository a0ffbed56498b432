import { DEFAULTS } from './components.generated.ts';
import type { StateChange, WorldState } from './state.ts';

const PRIVATE_MARK = '~';
const MICROSECONDS_PER_MS = 1000;

/** One entry of the log as `GET …/events` has it; a redacted one is a seq and a hash alone. */
export interface LogRecord {
  readonly seq: number;
  readonly hash: string;
  readonly redacted?: true;
  readonly group?: number;
  /** UTC microseconds. */
  readonly time?: number;
  readonly actor?: string;
  readonly cause?: string;
  readonly kind?: string;
  readonly version?: number;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An entity at one moment. Never changed, only replaced: what is equal is the same object. */
export interface Thing {
  readonly id: number;
  readonly name: string;
  readonly parent: number | null;
  readonly components: Readonly<Record<string, unknown>>;
}

/** A whole world as it was after a whole group of records. */
export interface Moment {
  readonly seq: number;
  readonly things: ReadonlyMap<number, Thing>;
}

/** Before the first record there is nothing. */
export const NOTHING: Moment = { seq: 0, things: new Map() };

const defaults = DEFAULTS as unknown as Record<string, object>;
const filled = (component: string, fields: unknown): unknown => ({
  ...defaults[component],
  ...(fields as object),
});

/** The milliseconds of a record's time. */
export const msOf = (record: LogRecord): number => (record.time ?? 0) / MICROSECONDS_PER_MS;

/** The moment that a state is at; what equals `like` becomes the same objects. */
export function momentOf(state: WorldState, like: Moment = NOTHING): Moment {
  const things = new Map<number, Thing>();
  for (const { id, name, parent, cells } of state.entities.values()) {
    const components: Record<string, unknown> = {};
    for (const component of cells.keys()) components[component] = state.value(id, component);
    things.set(id, likened({ id, name, parent, components }, like.things.get(id)));
  }
  return { seq: state.seq, things };
}

function likened(thing: Thing, like: Thing | undefined): Thing {
  if (!like || like.name !== thing.name || like.parent !== thing.parent) return thing;
  const components = { ...thing.components };
  let all = Object.keys(like.components).length === Object.keys(components).length;
  for (const [component, value] of Object.entries(components)) {
    if (component in like.components && same(value, like.components[component]))
      components[component] = like.components[component];
    else all = false;
  }
  return all ? like : { ...thing, components };
}

/** Folds whole groups onto a moment; the moment itself stays as it is. */
export function foldMoment(from: Moment, records: Iterable<LogRecord>): Moment {
  const things = new Map(from.things);
  let { seq } = from;
  for (const record of records) {
    if (record.seq !== seq + 1) throw new Error(`record ${record.seq} came after ${seq}`);
    seq = record.seq;
    if (record.data) foldRecord(things, record.kind!, record.data);
  }
  return { seq, things };
}

function foldRecord(
  things: Map<number, Thing>,
  kind: string,
  data: Readonly<Record<string, unknown>>,
): void {
  const id = data['id'] as number;
  const component = data['component'] as string;
  const thing = things.get(id);
  switch (kind) {
    case 'Spawned': {
      const given = data['components'] as Record<string, object>;
      const shown = Object.entries(given).filter(([name]) => !name.startsWith(PRIVATE_MARK));
      const components = Object.fromEntries(shown.map(([name, f]) => [name, filled(name, f)]));
      const parent = data['parent'] as number | null;
      things.set(id, { id, name: data['name'] as string, parent, components });
      return;
    }
    case 'Changed': {
      if (!thing || component.startsWith(PRIVATE_MARK)) return;
      const value = filled(component, data['data']);
      things.set(id, { ...thing, components: { ...thing.components, [component]: value } });
      return;
    }
    case 'Removed': {
      if (!thing) return;
      const { [component]: _gone, ...components } = thing.components;
      things.set(id, { ...thing, components });
      return;
    }
    case 'Despawned':
      things.delete(id);
      return;
    default: // a fact: it changes nothing that is to be seen
  }
}

/** Tells whether two values of components are equal, by what they hold. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      key in b && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

/** How one entity differs between two moments. */
export interface Difference {
  readonly id: number;
  readonly kind: 'made' | 'gone' | 'changed';
  readonly before: Thing | null;
  readonly after: Thing | null;
  /** The names of the components that differ. */
  readonly components: readonly string[];
}

/** What differs between two moments: what is gone first, then what was made and changed, by id. */
export function differences(from: Moment, to: Moment): Difference[] {
  const gone: Difference[] = [];
  const rest: Difference[] = [];
  for (const before of from.things.values()) {
    if (to.things.has(before.id)) continue;
    const components = Object.keys(before.components);
    gone.push({ id: before.id, kind: 'gone', before, after: null, components });
  }
  for (const after of to.things.values()) {
    const before = from.things.get(after.id);
    if (before === after) continue;
    const components = before ? differing(before, after) : Object.keys(after.components);
    const { id } = after;
    if (!before) rest.push({ id, kind: 'made', before: null, after, components });
    else if (components.length > 0) rest.push({ id, kind: 'changed', before, after, components });
  }
  // What hangs under another entity goes before it and comes after it; ids grow with time.
  gone.sort((a, b) => b.id - a.id);
  return [...gone, ...rest.sort((a, b) => a.id - b.id)];
}

function differing(before: Thing, after: Thing): string[] {
  const names = new Set([...Object.keys(before.components), ...Object.keys(after.components)]);
  return [...names].filter((name) => !same(before.components[name], after.components[name]));
}

/** One difference as the steps that the picture takes. */
export function stepsOf({ id, before, after, components }: Difference): StateChange[] {
  if (!after) return [{ kind: 'despawn', id }];
  const steps: StateChange[] = [];
  if (!before) steps.push({ kind: 'spawn', id, name: after.name, parent: after.parent });
  for (const component of components) {
    if (component in after.components)
      steps.push({ kind: 'change', id, component, value: after.components[component] });
    else steps.push({ kind: 'remove', id, component });
  }
  return steps;
}
