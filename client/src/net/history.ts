import { api } from './api.ts';
import { fromHex } from './bytes.ts';
import type { Seen } from './memory.ts';
import { Problem } from './problem.ts';
import { verifyConsistency, verifyInclusion, type Head } from './proofs.ts';

interface HeadRow {
  size: number;
  root: string;
}

interface Growth {
  to: HeadRow;
  path: string[];
}

/** What a returning browser learns of a log; `head` is null when the server did not say. */
export interface Checked {
  lost: boolean;
  head: Head | null;
}

/** How the page's own server is asked; another one in tests. */
export type Ask = <T>(method: string, path: string) => Promise<T>;

/**
 * Asks for the proofs that a log continues what this browser saw of it, and checks them here: that
 * its tree grew from the remembered one, and that the last record seen stands in it.
 */
export async function checkHistory(
  world: string,
  known: Head | null,
  seen: Seen | null,
  ask: Ask = api,
): Promise<Checked> {
  const place = `/api/worlds/${encodeURIComponent(world)}/proof`;
  try {
    const head = await grownFrom(place, known, ask);
    if (head && (await holds(place, head, seen, ask))) return { lost: false, head };
    return { lost: true, head: await grownFrom(place, null, ask) };
  } catch {
    return { lost: false, head: null }; // a server that does not answer has said nothing
  }
}

/** The head that a log has now, if it continues the known one. */
async function grownFrom(place: string, known: Head | null, ask: Ask): Promise<Head | null> {
  const proof = await found<Growth>(ask, `${place}?from=${known?.size ?? 0}`);
  if (!proof) return null;
  const head = { size: proof.to.size, root: fromHex(proof.to.root) };
  return !known || verifyConsistency(known, head, proof.path.map(fromBase64)) ? head : null;
}

/** Tells whether the last record that was seen stands in the log of this head. */
async function holds(place: string, head: Head, seen: Seen | null, ask: Ask): Promise<boolean> {
  if (!seen || seen.seq === 0) return true;
  const query = `${place}/${seen.seq}?size=${head.size}`;
  const proof = await found<{ path: string[] }>(ask, query);
  if (!proof) return false;
  return verifyInclusion(seen.head, seen.seq - 1, head, proof.path.map(fromBase64));
}

/** An answer, or null when the log has nothing there. */
async function found<T>(ask: Ask, path: string): Promise<T | null> {
  try {
    return await ask<T>('GET', path);
  } catch (error) {
    if (error instanceof Problem && error.code === 'no_seq') return null;
    throw error;
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
