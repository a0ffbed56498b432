import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from '../net/bytes.ts';

const BUCKETS = 4096;
const ARITY = 64;

const tagged = (tag: number, ...parts: Uint8Array[]): Uint8Array =>
  sha256(concat(Uint8Array.of(tag), ...parts));

const EMPTY_BUCKET = tagged(2);
const EMPTY_MIDDLE = tagged(3, ...Array<Uint8Array>(ARITY).fill(EMPTY_BUCKET));
/** The root over nothing. */
export const EMPTY_ROOT = tagged(4, ...Array<Uint8Array>(BUCKETS / ARITY).fill(EMPTY_MIDDLE));

/** The hash of an entity's bytes as they stand in the tree. */
export function leafOf(bytes: Uint8Array): Uint8Array {
  return tagged(0, bytes);
}

/** The state's hash from the roots of what everyone and what nobody may see. */
export function stateHashOf(publicRoot: Uint8Array, privateRoot: Uint8Array): Uint8Array {
  return tagged(5, publicRoot, privateRoot);
}

/** Entity id → leaf, with a root that is brought up to date from what changed. */
export class MerkleMap {
  private readonly buckets = new Map<number, Map<number, Uint8Array>>();
  private readonly digests = Array<Uint8Array>(BUCKETS).fill(EMPTY_BUCKET);
  private readonly middles = Array<Uint8Array>(BUCKETS / ARITY).fill(EMPTY_MIDDLE);
  private readonly dirty = new Set<number>();
  private top = EMPTY_ROOT;

  set(id: number, leaf: Uint8Array | null): void {
    const number = id % BUCKETS;
    const bucket = this.buckets.get(number) ?? new Map<number, Uint8Array>();
    this.buckets.set(number, bucket);
    if (leaf) bucket.set(id, leaf);
    else bucket.delete(id);
    this.dirty.add(number);
  }

  root(): Uint8Array {
    if (this.dirty.size === 0) return this.top;
    const middles = new Set<number>();
    for (const number of this.dirty) {
      const bucket = this.buckets.get(number)!;
      const ids = [...bucket.keys()].sort((a, b) => a - b);
      this.digests[number] = tagged(2, ...ids.map((id) => bucket.get(id)!));
      middles.add(Math.floor(number / ARITY));
    }
    for (const place of middles) {
      this.middles[place] = tagged(3, ...this.digests.slice(place * ARITY, (place + 1) * ARITY));
    }
    this.dirty.clear();
    this.top = tagged(4, ...this.middles);
    return this.top;
  }
}
