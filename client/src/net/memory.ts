import { fromHex, toHex } from './bytes.ts';
import type { Head } from './proofs.ts';

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

/** The newest root of a world's log that this browser has seen. */
export function recallHead(world: string, from: Drawer | null = drawer()): Head | null {
  const kept = /^(\d+) ([0-9a-f]{64})$/.exec(read(from, `worldloom.root.${world}`) ?? '');
  return kept ? { size: Number(kept[1]), root: fromHex(kept[2]!) } : null;
}

/** Keeps the root of a world's log, to ask later whether the log continues it. */
export function rememberHead(world: string, head: Head, into: Drawer | null = drawer()): void {
  write(into, `worldloom.root.${world}`, `${head.size} ${toHex(head.root)}`);
}

/** That many people use this device: where each begins, and after how long without a movement. */
export interface Kiosk {
  start: string;
  seconds: number;
}

/** Whether this device is shared. */
export function recallKiosk(from: Drawer | null = drawer()): Kiosk | null {
  const kept = /^(\d{1,4}) (\/[\w/-]{0,200})$/.exec(read(from, 'worldloom.kiosk') ?? '');
  return kept ? { seconds: Number(kept[1]), start: kept[2]! } : null;
}

/** Keeps that this device is shared; null: it is not. */
export function rememberKiosk(kiosk: Kiosk | null, into: Drawer | null = drawer()): void {
  write(into, 'worldloom.kiosk', kiosk ? `${kiosk.seconds} ${kiosk.start}` : '');
}

/** The name and the avatar that someone chose here. */
export interface Self {
  name: string;
  /** A code of the wardrobe; null until there is one. */
  avatar: string | null;
  /** The sha256 of a VRM, or nothing. */
  vrm: string;
  /**
   * `chosen`: here, and not kept with the account yet. `kept`: the account has it, and what was
   * chosen elsewhere since is newer. `random`: nobody chose, it is the account's own.
   */
  state: 'random' | 'chosen' | 'kept';
}

/** Who this browser's person wants to be. */
export function recallSelf(from: Drawer | null = drawer()): Self {
  const found = /^([\w-]{0,64}) ([0-9a-f]{64})? (random|chosen|kept)$/.exec(read(from, 'worldloom.avatar') ?? '');
  return {
    name: read(from, 'worldloom.name') ?? '',
    avatar: found ? found[1]! : null,
    vrm: found?.[2] ?? '',
    state: (found?.[3] as Self['state'] | undefined) ?? 'random',
  };
}

/** Keeps the chosen name and avatar. */
export function rememberSelf(self: Self, into: Drawer | null = drawer()): void {
  write(into, 'worldloom.name', self.name);
  if (self.avatar === null) return;
  write(into, 'worldloom.avatar', `${self.avatar} ${self.vrm} ${self.state}`);
}

/** A small thing that another part keeps between visits; null where there is none. */
export const recall = (key: string, from: Drawer | null = drawer()) => read(from, key);

/** Keeps a small thing for another part. */
export const keep = (key: string, value: string, into: Drawer | null = drawer()) =>
  write(into, key, value);

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
