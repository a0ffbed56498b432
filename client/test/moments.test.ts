// Promise: a moment folded from `GET …/events` is the one that the live fold was at, and what
// differs between two moments, told as steps, turns the one into the other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Archive, PAGE_RECORDS } from '../src/world/archive.ts';
import { Axis } from '../src/world/axis.ts';
import { fromHex } from '../src/net/bytes.ts';
import { decodeBytes, encodeBytes } from '../src/net/wire.ts';
import {
  NOTHING,
  differences,
  foldMoment,
  momentOf,
  stepsOf,
  type LogRecord,
  type Moment,
} from '../src/world/moment.ts';
import { Past } from '../src/world/past.ts';
import { WorldState } from '../src/world/state.ts';

type Cells = [component: string, version: number, data: Uint8Array][];

/** A record's payload as the HTTP interface describes it. */
function described(kind: string, payload: unknown): Record<string, unknown> | undefined {
  const [id, second, third, fourth] = Array.isArray(payload) ? (payload as unknown[]) : [];
  const plain = (bytes: unknown) => decodeBytes(bytes as Uint8Array);
  switch (kind) {
    case 'Spawned': {
      const cells = (fourth as Cells).filter(([name]) => !name.startsWith('~'));
      const components = Object.fromEntries(cells.map(([name, , data]) => [name, plain(data)]));
      return { id, name: second, parent: third, components };
    }
    case 'Changed':
      return { id, component: second, data: plain(fourth) };
    case 'Removed':
      return { id, component: second };
    case 'Despawned':
      return { id };
    default:
      return {};
  }
}

interface Row {
  seq: number;
  kind: string;
  version: number;
  payload: string | null;
  hash: string;
}
const vectors = new URL('../../tests/vectors/fold.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, 'utf8')) as {
  cases: { name: string; records: Row[] }[];
};

for (const { name, records } of cases) {
  test(`a moment folded from JSON is the live one: ${name}`, () => {
    const state = new WorldState();
    let moment = NOTHING;
    for (const { seq, kind, version, payload, hash } of records) {
      const bytes = payload === null ? null : fromHex(payload);
      state.fold({
        ...{ time: 0, actor: '', cause: '', records: [[seq, kind, version, bytes]] },
        ...{ head: fromHex(hash), private_root: null },
      });
      const hidden = { seq, hash, redacted: true } as const;
      const data = bytes && described(kind, decodeBytes(bytes));
      moment = foldMoment(moment, [data ? { seq, hash, group: seq, kind, version, data } : hidden]);
      assert.deepEqual(moment, momentOf(state), `after ${seq}`);
    }
  });
}

/** A log of `count` groups, two records each, about five entities. */
function madeLog(count: number): LogRecord[] {
  const records: LogRecord[] = [];
  const add = (group: number, kind: string, data: Record<string, unknown>) =>
    records.push({
      ...{ seq: records.length + 1, hash: '', group, kind, version: 1, data },
      ...{ time: group * 1_000_000, actor: 'ada', cause: 'do:v1:1' },
    });
  for (let i = 0; i < count; i++) {
    const group = records.length + 1;
    const id = (i % 5) * 2 + 1;
    const born = { id: group, name: `thing ${i}`, parent: null, components: {} };
    if (i < 5) add(group, 'Spawned', born);
    else add(group, 'Changed', { id, component: 'Color', data: { value: `#${i}` } });
    add(group, 'Changed', { id, component: 'Text', data: { value: `${i}` } });
  }
  return records;
}

function stored(records: readonly LogRecord[]) {
  const asked: string[] = [];
  const archive = new Archive(async (after, limit) => {
    asked.push(`${after}+${limit}`);
    return records.slice(after, after + limit);
  }, records.length);
  const load = async (seq: number) => {
    asked.push(`state ${seq}`);
    return stateOf(foldMoment(NOTHING, records.slice(0, seq)));
  };
  return { archive, past: new Past(archive, load), asked };
}

function stateOf({ seq, things }: Moment): WorldState {
  const state = new WorldState();
  const entities = [...things.values()].map(({ id, name, parent, components }) => {
    const rows = Object.entries(components).map(
      ([component, value]) => [component, 1, encodeBytes(value)] as [string, number, Uint8Array],
    );
    return [id, name, parent, rows] as [number, string, number | null, typeof rows];
  });
  const roots = { head: new Uint8Array(32), private_root: new Uint8Array(32) };
  state.load({ type: 'snapshot', seq, ...roots, entities, first: true, last: true });
  return state;
}

test('a moment inside a group is the one before the group', async () => {
  const { past, archive } = stored(madeLog(20));
  assert.equal(await archive.wholeAt(7), 6);
  assert.equal(await archive.wholeAt(8), 8);
  assert.equal((await past.at(7)).seq, 6);
  assert.equal(await archive.nextGroup(6), 8);
  assert.equal(await archive.previousGroup(8), 6);
  assert.equal(await archive.previousGroup(2), 0);
});

test('every moment of a log is what its records say, however one jumps about', async () => {
  const records = madeLog(3000);
  const { past } = stored(records);
  for (const seq of [10, 5990, 12, 3000, 2998, 6000, 0, 4444, 2]) {
    const { things } = foldMoment(NOTHING, records.slice(0, seq));
    assert.deepEqual(await past.at(seq), { seq, things });
  }
});

test('moments near one another are folded and not fetched again', async () => {
  const { past, asked } = stored(madeLog(3000));
  await past.at(5000);
  const first = asked.length;
  for (let seq = 5002; seq <= 5200; seq += 2) assert.equal((await past.at(seq)).seq, seq);
  assert.ok(asked.length - first <= Math.ceil(200 / PAGE_RECORDS) + 1, asked.join(' '));
  assert.deepEqual(asked.filter((one) => one.startsWith('state')), ['state 5000']);
});

test('a state of which the server knows the bytes replaces what was folded', async () => {
  const { past } = stored(madeLog(30));
  const folded = await past.at(40);
  const { moment, state } = await past.exact(40);
  assert.equal(state.seq, 40);
  assert.deepEqual(moment, folded);
  assert.equal(await past.at(40), moment);
});

test('the steps between two moments turn the one into the other', () => {
  const records = madeLog(40);
  records.push({ seq: 81, hash: '', group: 81, kind: 'Despawned', data: { id: 3 } });
  const removed = { id: 5, component: 'Text' };
  records.push({ seq: 82, hash: '', group: 81, kind: 'Removed', data: removed });
  const [early, late] = [12, 82].map((seq) => foldMoment(NOTHING, records.slice(0, seq)));
  for (const [from, to] of [[early!, late!], [late!, early!]] as const) {
    const things = new Map(from.things);
    for (const difference of differences(from, to)) {
      for (const { kind, id, component, value, name, parent } of stepsOf(difference)) {
        const { components = {}, ...rest } = things.get(id) ?? { id, name: name!, parent: parent! };
        const others = Object.entries(components).filter(([one]) => one !== component);
        if (kind === 'despawn') things.delete(id);
        else if (kind === 'spawn') things.set(id, { id, name: name!, parent: parent!, components });
        else if (kind === 'remove')
          things.set(id, { ...rest, components: Object.fromEntries(others) });
        else things.set(id, { ...rest, components: { ...components, [component!]: value } });
      }
    }
    assert.deepEqual(things, to.things);
  }
});

test('what is equal in two moments is the same object, so that nothing of it is drawn again', () => {
  const from = foldMoment(NOTHING, madeLog(10));
  const again = momentOf(stateOf(from), from);
  for (const [id, thing] of again.things) assert.equal(thing, from.things.get(id));
});

test('the axis gives a busy minute room and cuts a quiet night short', () => {
  const knots = Array.from({ length: 101 }, (_, i) => ({ seq: i, ms: i * 1000 }));
  const night = 8 * 3600 * 1000;
  const later = knots.slice(1).map(({ seq, ms }) => ({ seq: seq + 100, ms: ms + night }));
  const axis = new Axis([...knots, ...later]);
  assert.equal(axis.placeOf(0), 0);
  assert.ok(Math.abs(axis.placeOf(200) - 1) < 1e-9);
  const slept = axis.placeOf(101) - axis.placeOf(100);
  assert.ok(slept < 0.05 && slept > axis.placeOf(100) - axis.placeOf(99), `${slept}`);
  for (let seq = 0; seq <= 200; seq += 7) assert.equal(axis.seqAt(axis.placeOf(seq)), seq);
  assert.equal(axis.timeOf(50), 50_000);
});

test('an axis of one knot, or of none, stands still', () => {
  assert.equal(new Axis([]).seqAt(0.5), 0);
  const one = new Axis([{ seq: 9, ms: 5 }]);
  assert.equal(one.seqAt(0.5), 9);
  assert.equal(one.placeOf(9), 0);
});
