// Promise: proofs of a log hold here as RFC 6962 has them, and a return to a changed log is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from '../src/net/bytes.ts';
import { checkHistory, type Ask } from '../src/net/history.ts';
import { recallHead, rememberHead } from '../src/net/memory.ts';
import { Problem } from '../src/net/problem.ts';
import { node, verifyConsistency, verifyInclusion, type Head } from '../src/net/proofs.ts';

const LEAVES: Uint8Array[] = [...Array(40).keys()].map((number) => sha256(Uint8Array.of(number)));

const split = (count: number) => 2 ** Math.ceil(Math.log2(count) - 1);

/** MTH of RFC 6962, 2.1. */
function root(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return leaves[0]!;
  const middle = split(leaves.length);
  return node(root(leaves.slice(0, middle)), root(leaves.slice(middle)));
}

/** PATH of RFC 6962, 2.1.1. */
function path(index: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const middle = split(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return index < middle
    ? [...path(index, left), root(right)]
    : [...path(index - middle, right), root(left)];
}

/** SUBPROOF of RFC 6962, 2.1.2. */
function growth(first: number, leaves: Uint8Array[], whole = true): Uint8Array[] {
  if (first === leaves.length) return whole ? [] : [root(leaves)];
  const middle = split(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return first <= middle
    ? [...growth(first, left, whole), root(right)]
    : [...growth(first - middle, right, false), root(left)];
}

const headOf = (leaves: Uint8Array[]): Head => ({ size: leaves.length, root: root(leaves) });

function bent(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[7]! ^= 1;
  return copy;
}

test('every leaf of small trees is proved, and nothing else', () => {
  for (let size = 1; size <= LEAVES.length; size++) {
    const leaves = LEAVES.slice(0, size);
    const head = headOf(leaves);
    leaves.forEach((leaf, index) => {
      const steps = path(index, leaves);
      assert(verifyInclusion(leaf, index, head, steps));
      assert(!verifyInclusion(bent(leaf), index, head, steps));
      assert(!verifyInclusion(leaf, index + 1, head, steps));
      assert(!verifyInclusion(leaf, index, { ...head, root: bent(head.root) }, steps));
      assert(!verifyInclusion(leaf, index, head, [...steps, leaf]));
      steps.forEach((step, at) =>
        assert(!verifyInclusion(leaf, index, head, steps.with(at, bent(step)))),
      );
    });
  }
});

test('every earlier tree is proved to be continued, and no other', () => {
  for (let size = 1; size <= LEAVES.length; size++) {
    const head = headOf(LEAVES.slice(0, size));
    for (let first = 1; first <= size; first++) {
      const early = headOf(LEAVES.slice(0, first));
      const steps = growth(first, LEAVES.slice(0, size));
      assert(verifyConsistency(early, head, steps));
      assert(!verifyConsistency({ ...early, root: bent(early.root) }, head, steps));
      assert(!verifyConsistency(early, { ...head, root: bent(head.root) }, steps));
      assert(!verifyConsistency(early, head, [...steps, head.root]));
      steps.forEach((step, at) =>
        assert(!verifyConsistency(early, head, steps.with(at, bent(step)))),
      );
    }
  }
  const [one, two] = [headOf(LEAVES.slice(0, 1)), headOf(LEAVES.slice(0, 2))];
  assert(!verifyConsistency(two, one, []));
  assert(verifyConsistency(headOf([]), two, []));
});

test('a place beyond 32 bits is counted right', () => {
  // The last leaf of a tree of 2^33 + 1 leaves hangs right under the root.
  const full = LEAVES[0]!;
  const head = { size: 2 ** 33 + 1, root: node(full, LEAVES[1]!) };
  assert(verifyInclusion(LEAVES[1]!, 2 ** 33, head, [full]));
  assert(verifyConsistency({ size: 2 ** 33, root: full }, head, [LEAVES[1]!]));
  assert(!verifyInclusion(LEAVES[1]!, 0, head, [full]));
});

test("Certificate Transparency's own proof of 6 in 8 holds", () => {
  const early = '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef';
  const late = '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328';
  const steps = [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ].map(fromHex);
  const [six, eight] = [
    { size: 6, root: fromHex(early) },
    { size: 8, root: fromHex(late) },
  ];
  assert(verifyConsistency(six, eight, steps));
  assert(!verifyConsistency({ ...six, size: 5 }, eight, steps));
});

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** A server that holds this log and answers as ours does. */
function serving(leaves: Uint8Array[]): Ask {
  const missing = () => new Problem({ code: 'no_seq', message: '', fix: '' }, 404);
  return async <T>(_: string, path_: string): Promise<T> => {
    const url = new URL(path_, 'http://here');
    const seq = /proof\/(\d+)$/.exec(url.pathname)?.[1];
    const length = leaves.length;
    if (seq === undefined) {
      const first = Number(url.searchParams.get('from'));
      if (first > length) throw missing();
      const steps = first > 0 ? growth(first, leaves) : [];
      const to = { size: length, root: toHex(root(leaves)) };
      return { to, path: steps.map(base64) } as T;
    }
    if (Number(seq) > length) throw missing();
    return { path: path(Number(seq) - 1, leaves).map(base64) } as T;
  };
}

const seenAt = (seq: number) => ({ seq, head: LEAVES[seq - 1]! });

test('who returns to a log that went on learns its new head', async () => {
  const known = headOf(LEAVES.slice(0, 9));
  const { lost, head } = await checkHistory('plaza', known, seenAt(12), serving(LEAVES));
  assert.deepEqual([lost, head?.size], [false, 40]);
  assert.deepEqual(head?.root, root(LEAVES));
});

test('who comes for the first time learns the head too', async () => {
  const { lost, head } = await checkHistory('plaza', null, null, serving(LEAVES));
  assert.deepEqual([lost, head?.size], [false, 40]);
});

test('a log that lost its end or has another past is told', async () => {
  const known = headOf(LEAVES.slice(0, 9));
  const other = [bent(LEAVES[0]!), ...LEAVES.slice(1)];
  const cases: [Head | null, number, Uint8Array[]][] = [
    [known, 12, LEAVES.slice(0, 8)], // shorter than the root that was seen
    [known, 12, LEAVES.slice(0, 11)], // shorter than the last record that was seen
    [null, 12, LEAVES.slice(0, 11)],
    [known, 12, other], // another first record
    [known, 12, LEAVES.with(11, bent(LEAVES[11]!))], // another record after the root
  ];
  for (const [head, seq, leaves] of cases) {
    const found = await checkHistory('plaza', head, seenAt(seq), serving(leaves));
    assert(found.lost);
    assert.deepEqual(found.head?.root, root(leaves), 'the next visit begins from what is there');
  }
});

test('a server that does not answer has said nothing about its log', async () => {
  const busy = new Problem({ code: 'busy', message: '', fix: '' }, 503);
  const silent: Ask = () => Promise.reject(busy);
  const known = headOf(LEAVES.slice(0, 9));
  assert.deepEqual(await checkHistory('plaza', known, seenAt(12), silent), {
    lost: false,
    head: null,
  });
});

test('a head is kept for the next visit, and nonsense in the drawer is none', () => {
  const kept = new Map<string, string>();
  const drawer = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  assert.equal(recallHead('plaza', drawer), null);
  rememberHead('plaza', headOf(LEAVES), drawer);
  assert.deepEqual(recallHead('plaza', drawer), headOf(LEAVES));
  kept.set('worldloom.root.plaza', '12 zz');
  assert.equal(recallHead('plaza', drawer), null);
});
