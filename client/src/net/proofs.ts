import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equalBytes } from './bytes.ts';

/** The head of a log's tree (RFC 6962): how many records it holds, and the root over them. */
export interface Head {
  size: number;
  root: Uint8Array;
}

/** An inner node of a log's tree. */
export function node(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(Uint8Array.of(1), left, right));
}

const half = (number: number) => Math.floor(number / 2); // >> knows 32 bits only
const odd = (number: number) => number % 2 === 1;

/** Tells whether the path leads from the leaf at `index` (from 0) to the head's root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  { size, root }: Head,
  path: Uint8Array[],
): boolean {
  if (!(index >= 0 && index < size)) return false;
  let [here, last, found] = [index, size - 1, leaf];
  for (const step of path) {
    if (last === 0) return false;
    if (odd(here) || here === last) {
      found = node(step, found);
      while (!odd(here) && here > 0) [here, last] = [half(here), half(last)];
    } else {
      found = node(found, step);
    }
    [here, last] = [half(here), half(last)];
  }
  return last === 0 && equalBytes(found, root);
}

/** Tells whether the log of the second head continues that of the first. */
export function verifyConsistency(first: Head, second: Head, path: Uint8Array[]): boolean {
  if (first.size === second.size) return path.length === 0 && equalBytes(first.root, second.root);
  if (first.size === 0) return path.length === 0;
  if (!(first.size > 0 && first.size < second.size)) return false;
  let [here, last] = [first.size - 1, second.size - 1];
  while (odd(here)) [here, last] = [half(here), half(last)];
  const [start, ...steps] = here === 0 ? [first.root, ...path] : path;
  if (!start) return false;
  let [old, now] = [start, start];
  for (const step of steps) {
    if (last === 0) return false;
    if (odd(here) || here === last) {
      [old, now] = [node(step, old), node(step, now)];
      while (!odd(here) && here > 0) [here, last] = [half(here), half(last)];
    } else {
      now = node(now, step);
    }
    [here, last] = [half(here), half(last)];
  }
  return last === 0 && equalBytes(old, first.root) && equalBytes(now, second.root);
}
