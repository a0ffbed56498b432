import { decodeBytes, encodeBytes } from '../net/wire.ts';
import type {
  ComponentRow,
  EntityRow,
  GroupRow,
  RecordRow,
  Snapshot,
} from '../net/wire.generated.ts';
import { DEFAULTS, type Components } from './components.generated.ts';
import { EMPTY_ROOT, MerkleMap, leafOf, stateHashOf } from './hashing.ts';

const PRIVATE_MARK = '~';

/**
 * One component of one entity: its bytes as they stand in the log, decoded when first asked for.
 */
export interface Cell {
  readonly version: number;
  readonly data: Uint8Array;
  value?: unknown;
}

/** A named thing of the world. */
export interface Entity {
  readonly id: number;
  readonly name: string;
  readonly parent: number | null;
  readonly cells: Map<string, Cell>;
}

/** One step of the state, with the component's value decoded. */
export interface StateChange {
  kind: 'spawn' | 'change' | 'remove' | 'despawn';
  id: number;
  name?: string;
  parent?: number | null;
  component?: string;
  value?: unknown;
}

/** A fact that changes no state: a kind's own event, such as `Said`. */
export interface Fact {
  kind: string;
  seq: number;
  time: number;
  data: Record<string, unknown>;
}

/** Who wants to know what the fold does. */
export interface StateListener {
  reset?(): void;
  /** A snapshot is whole. */
  loaded?(): void;
  change?(change: StateChange): void;
  fact?(fact: Fact): void;
}

/** Records came that do not follow what is here; the owner connects again. */
export class Gap extends Error {}

type Payload = readonly unknown[];

/** Everything that a world's records say, up to `seq`. The only place where the world changes. */
export class WorldState {
  seq = 0;
  head: Uint8Array = new Uint8Array(32);
  privateRoot: Uint8Array = EMPTY_ROOT;
  readonly entities = new Map<number, Entity>();
  readonly byName = new Map<string, number>();
  private tree = new MerkleMap();
  private readonly dirty = new Set<number>();
  private readonly listener: StateListener;

  constructor(listener: StateListener = {}) {
    this.listener = listener;
  }

  /** Takes one part of a snapshot; the first part forgets everything before it. */
  load(part: Snapshot): void {
    if (part.first) this.clear();
    for (const row of part.entities) this.spawn(row);
    if (!part.last) return;
    this.seq = part.seq;
    this.head = part.head;
    this.privateRoot = part.private_root;
    this.listener.loaded?.();
  }

  private clear(): void {
    this.entities.clear();
    this.byName.clear();
    this.dirty.clear();
    this.tree = new MerkleMap();
    this.seq = 0;
    this.listener.reset?.();
  }

  /** Folds one whole group; throws Gap when it does not follow. */
  fold(group: GroupRow): void {
    for (const record of group.records) {
      if (record[0] !== this.seq + 1) throw new Gap(`record ${record[0]} came after ${this.seq}`);
      this.foldRecord(record, group.time);
      this.seq = record[0];
    }
    this.head = group.head;
    if (group.private_root) this.privateRoot = group.private_root;
  }

  private foldRecord([seq, kind, , bytes]: RecordRow, time: number): void {
    if (!bytes) return; // private: it is in the private root alone
    const data = decodeBytes(bytes);
    switch (kind) {
      case 'Spawned':
        return this.spawn(data as EntityRow);
      case 'Changed':
        return this.changed(data as Payload);
      case 'Removed':
        return this.removed(data as Payload);
      case 'Despawned':
        return this.despawned((data as Payload)[0] as number);
      case 'Declared':
      case 'Undone':
      case 'Bound':
      case 'Forked':
      case 'WentLive':
      case 'Forgot':
        return; // they change what the kernel knows, not what is to be seen
      default:
        this.listener.fact?.({ kind, seq, time, data: data as Record<string, unknown> });
    }
  }

  private spawn([id, name, parent, rows]: EntityRow): void {
    const shown = rows.filter(([component]) => !component.startsWith(PRIVATE_MARK));
    const cells = new Map(shown.map((row) => [row[0], cellOf(row)] as const));
    this.entities.set(id, { id, name, parent, cells });
    this.byName.set(name, id);
    this.dirty.add(id);
    this.listener.change?.({ kind: 'spawn', id, name, parent });
    for (const component of cells.keys()) this.tell(id, component);
  }

  private changed([id, component, version, data]: Payload): void {
    const entity = this.entities.get(id as number);
    if (!entity || (component as string).startsWith(PRIVATE_MARK)) return;
    entity.cells.set(component as string, cellOf([component, version, data] as ComponentRow));
    this.dirty.add(entity.id);
    this.tell(entity.id, component as string);
  }

  private tell(id: number, component: string): void {
    this.listener.change?.({ kind: 'change', id, component, value: this.value(id, component) });
  }

  private removed([id, component]: Payload): void {
    const entity = this.entities.get(id as number);
    if (!entity?.cells.delete(component as string)) return;
    this.dirty.add(entity.id);
    this.listener.change?.({ kind: 'remove', id: entity.id, component: component as string });
  }

  private despawned(id: number): void {
    const entity = this.entities.get(id);
    if (!entity) return;
    this.entities.delete(id);
    if (this.byName.get(entity.name) === id) this.byName.delete(entity.name);
    this.dirty.add(id);
    this.listener.change?.({ kind: 'despawn', id });
  }

  /** A component's value with defaults for fields that older bytes lack; undefined when not set. */
  value<Name extends keyof Components>(id: number, component: Name): Components[Name] | undefined;
  value(id: number, component: string): unknown;
  value(id: number, component: string): unknown {
    const cell = this.entities.get(id)?.cells.get(component);
    if (!cell) return undefined;
    cell.value ??= {
      ...(DEFAULTS as unknown as Record<string, object>)[component],
      ...(decodeBytes(cell.data) as object),
    };
    return cell.value;
  }

  /** The entity of this name or id ("e12"). */
  find(name: string): Entity | undefined {
    const id = this.byName.get(name) ?? Number(/^e(\d+)$/.exec(name)?.[1]);
    return this.entities.get(id);
  }

  /** Ids of the entities that have a component. */
  *having(component: string): IterableIterator<number> {
    for (const entity of this.entities.values()) {
      if (entity.cells.has(component)) yield entity.id;
    }
  }

  /** The root over what everyone may see. */
  publicRoot(): Uint8Array {
    for (const id of this.dirty) {
      const entity = this.entities.get(id);
      this.tree.set(id, entity ? leafOf(leafBytes(entity)) : null);
    }
    this.dirty.clear();
    return this.tree.root();
  }

  /** The hash of the whole state (32 bytes), equal to the server's at the same seq. */
  stateHash(): Uint8Array {
    return stateHashOf(this.publicRoot(), this.privateRoot);
  }
}

function cellOf([, version, data]: ComponentRow): Cell {
  return { version, data: data.slice() }; // a copy: the frame's whole buffer must not be kept alive
}

function leafBytes(entity: Entity): Uint8Array {
  const names = [...entity.cells.keys()].sort();
  const rows = names.map((name) => [
    name,
    entity.cells.get(name)!.version,
    entity.cells.get(name)!.data,
  ]);
  return encodeBytes([entity.id, entity.name, entity.parent, rows]);
}
