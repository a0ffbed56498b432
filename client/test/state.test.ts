// Promise: the fold says the same as the server's, and tells the view what changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBytes } from '../src/net/wire.ts';
import type { GroupRow, RecordRow, Snapshot } from '../src/net/wire.generated.ts';
import { Gap, WorldState, type StateChange } from '../src/world/state.ts';

const head = new Uint8Array(32).fill(7);
const color = (value: string) => encodeBytes({ value, opacity: 1, glow: 0 });

function group(...records: [number, string, unknown][]): GroupRow {
  const rows = records.map(([seq, kind, data]): RecordRow => [seq, kind, 1, encodeBytes(data)]);
  return { time: 1, actor: 'v1', cause: 'do:v1:1', records: rows, head, private_root: null };
}

const lamp = () => group([1, 'Spawned', [1, 'lamp', null, [['Color', 1, color('#112233')]]]]);

test('an entity is known by name and by id; its components are decoded when asked for', () => {
  const state = new WorldState();
  state.fold(lamp());
  assert.equal(state.find('lamp'), state.find('e1'));
  assert.equal(state.value(1, 'Color')?.value, '#112233');
  assert.equal(state.seq, 1);
});

test('a field that older bytes lack has its default', () => {
  const state = new WorldState();
  state.fold(
    group([1, 'Spawned', [1, 'a', null, [['Color', 1, encodeBytes({ value: '#000000' })]]]]),
  );
  assert.deepEqual(state.value(1, 'Color'), { value: '#000000', opacity: 1, glow: 0 });
});

test('the view hears of every step in order', () => {
  const steps: string[] = [];
  const change = ({ kind, id, component }: StateChange) =>
    steps.push(`${kind} ${id} ${component ?? ''}`);
  const state = new WorldState({ change });
  state.fold(lamp());
  state.fold(group([2, 'Changed', [1, 'Color', 1, color('#ffffff'), 1, 0]]));
  state.fold(group([3, 'Removed', [1, 'Color', 2, 0]], [4, 'Despawned', [1]]));
  assert.deepEqual(steps, [
    'spawn 1 ',
    'change 1 Color',
    'change 1 Color',
    'remove 1 Color',
    'despawn 1 ',
  ]);
  assert.equal(state.find('lamp'), undefined);
});

test("a kit's own event folds to nothing and is told as a fact", () => {
  const facts: unknown[] = [];
  const state = new WorldState({ fact: ({ kind, data }) => facts.push([kind, data]) });
  const before = state.stateHash();
  state.fold(group([1, 'Said', { visitor: 'v1', name: 'Ada', text: 'hi' }]));
  assert.deepEqual(facts, [['Said', { visitor: 'v1', name: 'Ada', text: 'hi' }]]);
  assert.deepEqual(state.stateHash(), before);
});

test('a record without a payload only moves the seq on', () => {
  const state = new WorldState();
  state.fold({ ...lamp(), records: [[1, 'Changed', 1, null]] });
  assert.equal(state.seq, 1);
  assert.equal(state.entities.size, 0);
});

test('records that do not follow are refused', () => {
  const state = new WorldState();
  assert.throws(() => state.fold(group([2, 'Said', {}])), Gap);
});

test('a snapshot and the records before it lead to the same hash', () => {
  const folded = new WorldState();
  folded.fold(lamp());
  folded.fold(group([2, 'Spawned', [2, 'box', 1, []]]));
  const loaded = new WorldState();
  const part: Snapshot = {
    ...{ type: 'snapshot', seq: 2, head, private_root: folded.privateRoot },
    ...{
      entities: [[1, 'lamp', null, [['Color', 1, color('#112233')]]]],
      first: true,
      last: false,
    },
  };
  loaded.load(part);
  loaded.load({ ...part, entities: [[2, 'box', 1, []]], first: false, last: true });
  assert.deepEqual(loaded.stateHash(), folded.stateHash());
  assert.equal(loaded.seq, 2);
});

test('a change that is taken back leaves the hash as it was', () => {
  const state = new WorldState();
  state.fold(lamp());
  const before = state.stateHash();
  state.fold(group([2, 'Changed', [1, 'Color', 1, color('#ffffff'), 1, 0]]));
  assert.notDeepEqual(state.stateHash(), before);
  state.fold(group([3, 'Changed', [1, 'Color', 1, color('#112233'), 2, 1]]));
  assert.deepEqual(state.stateHash(), before);
});
