import { fromHex, toHex } from './bytes.ts';

/** The newest place in a world's log that this browser has seen. */
export interface Seen {
  seq: number;
  head: Uint8Array;
}

/** Where small things are kept between visits; localStorage in the browser. */
export interface Drawer {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const drawer = (): Drawer | null => {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // storage may be closed to us
  }
};

/** What this browser saw last of a world, so that a log which lost its end is noticed. */
export function recallSeen(world: string, from: Drawer | null = drawer()): Seen | null {
  const kept = /^(\d+) ([0-9a-f]{64})$/.exec(read(from, `worldloom.seen.${world}`) ?? '');
  return kept ? { seq: Number(kept[1]), head: fromHex(kept[2]!) } : null;
}

/** Keeps what was seen of a world. */
export function rememberSeen(world: string, seen: Seen, into: Drawer | null = drawer()): void {
  write(into, `worldloom.seen.${world}`, `${seen.seq} ${toHex(seen.head)}`);
}

/** The name and the look that someone chose here; the look is null until then. */
export interface Self {
  name: string;
  look: number | null;
}

/** Who this browser's person wants to be. */
export function recallSelf(from: Drawer | null = drawer()): Self {
  const look = Number.parseInt(read(from, 'worldloom.look') ?? '', 10);
  return { name: read(from, 'worldloom.name') ?? '', look: Number.isFinite(look) ? look : null };
}

/** Keeps the chosen name and look. */
export function rememberSelf(self: Self, into: Drawer | null = drawer()): void {
  write(into, 'worldloom.name', self.name);
  if (self.look !== null) write(into, 'worldloom.look', String(self.look));
}

function read(from: Drawer | null, key: string): string | null {
  try {
    return from?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

function write(into: Drawer | null, key: string, value: string): void {
  try {
    into?.setItem(key, value);
  } catch {
    // full or closed storage: it is then asked again next time
  }
}
