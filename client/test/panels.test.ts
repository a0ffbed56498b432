import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cellsOf,
  columnsOf,
  joined,
  joinedColumns,
  ordered,
  written,
  type Column,
} from '../src/ui/panels/columns.ts';
import { Hold } from '../src/ui/panels/hold.ts';

type Sent = [value: number, n: number, done: boolean];

/** A slider's hold on a line that answers when it is told to. */
function slider(every_ms = 0) {
  const sent: Sent[] = [];
  const shown: number[] = [];
  const unsaved: boolean[] = [];
  let now = 0;
  const hold = new Hold<number>(
    {
      send: (value, n, done) => Boolean(sent.push([value, n, done])),
      show: (value) => shown.push(value),
      unsaved: (is) => unsaved.push(is),
    },
    every_ms,
    () => now,
  );
  return { hold, sent, shown, unsaved, pass: (ms: number) => (now += ms) };
}

test('what a hand holds is moved by nobody, and the server has the last word', () => {
  const { hold, sent, shown } = slider();
  hold.take();
  hold.move(1, false);
  hold.hear(0.5); // another hand's
  hold.move(2, false);
  hold.hear(1, 1); // our own first move comes back
  hold.move(3, true);
  hold.release();
  assert.deepEqual(shown, []);
  hold.hear(2, 2);
  assert.deepEqual(shown, [], 'the last move has not been seen yet');
  hold.hear(3, 3);
  assert.deepEqual(shown, [3]);
  assert.deepEqual(sent, [
    [1, 1, false],
    [2, 2, false],
    [3, 3, true],
  ]);
  hold.dispose();
});

test('what came while a hand was on it is shown when the hand is off', () => {
  const { hold, shown } = slider();
  hold.take();
  hold.hear(7);
  assert.deepEqual(shown, []);
  hold.release();
  assert.deepEqual(shown, [7]);
});

test('a value that the server clamped reaches the hand', () => {
  const { hold, shown } = slider();
  hold.move(99, true);
  hold.hear(10, 1);
  assert.deepEqual(shown, [10]);
  hold.dispose();
});

test('equal values are sent once, and the last one in any case', () => {
  const { hold, sent } = slider();
  hold.move(5, false);
  hold.move(5, false);
  hold.move(5, true);
  assert.deepEqual(sent, [
    [5, 1, false],
    [5, 2, true],
  ]);
  hold.dispose();
});

test('moves are sent so often and no oftener, the newest at last', async () => {
  const { hold, sent, pass } = slider(20);
  hold.move(1, false);
  hold.move(2, false);
  hold.move(3, false);
  assert.deepEqual(sent, [[1, 1, false]]);
  pass(20);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(sent, [
    [1, 1, false],
    [3, 2, false],
  ]);
  hold.dispose();
});

test('a new connection counts from one, and is told what the old one did not see', () => {
  const { hold, sent, shown } = slider();
  hold.move(4, true);
  hold.restart();
  hold.hear(0); // the tree comes first, and does not know our move
  assert.deepEqual(shown, []);
  assert.deepEqual(sent, [
    [4, 1, true],
    [4, 1, true],
  ]);
  hold.hear(4, 1);
  assert.deepEqual(shown, [4]);
  hold.restart();
  assert.equal(sent.length, 2, 'nothing is told twice');
  hold.dispose();
});

test('in whatever order words come, a slider ends where the server says', () => {
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed;
    const chance = (below: number) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * below);
    };
    const { hold, sent, shown } = slider();
    const server = { value: 0, n: 0, taken: 0 };
    let local = 0;
    for (let step = 0; step < 40; step++) {
      const deed = chance(4);
      if (deed === 0) hold.take();
      if (deed === 1) hold.move((local = step), chance(3) === 0);
      if (deed === 2) hold.release();
      if (deed === 3 && server.taken < sent.length) {
        const [value, n] = sent[server.taken++]!;
        server.value = Math.min(value, 30);
        hold.hear(server.value, n);
      }
    }
    hold.release();
    while (server.taken < sent.length) {
      const [value, n] = sent[server.taken++]!;
      server.value = Math.min(value, 30);
      hold.hear(server.value, n);
    }
    if (sent.length > 0) assert.equal(shown.at(-1), Math.min(local, 30), `seed ${seed}`);
    hold.dispose();
  }
});

const bytesOf = (...numbers: number[]) =>
  new Uint8Array([0, ...new Uint8Array(new Float64Array(numbers).buffer)]).subarray(1);

test('numbers come as bytes that begin anywhere', () => {
  assert.deepEqual([...(cellsOf(bytesOf(1, 2.5)) as Float64Array)], [1, 2.5]);
  assert.deepEqual(cellsOf(['a']), ['a']);
});

test('a column keeps its newest cells', () => {
  const numbers = (...all: number[]) => Float64Array.from(all);
  assert.deepEqual([...joined(numbers(1, 2), numbers(3), 2)], [2, 3]);
  assert.deepEqual([...joined(numbers(1), numbers(2, 3, 4), 2)], [3, 4]);
  assert.deepEqual([...joined(['a'], ['b'], 5)], ['a', 'b']);
  const [column] = joinedColumns(
    columnsOf([{ name: 'x', kind: 'number', cells: bytesOf() }]),
    columnsOf([{ name: 'x', kind: 'text', cells: ['a'] }]),
    9,
  );
  assert.equal(column!.kind, 'text', 'an empty column takes the kind of what comes');
});

const parts: Column[] = [
  { name: 'size', kind: 'number', cells: Float64Array.from([3, Number.NaN, 10, 1]) },
  { name: 'name', kind: 'text', cells: ['bolt 10', 'bolt 9', 'nut', 'bolt 10'] },
];

test('rows are sorted by number or by text, missing ones last either way', () => {
  assert.deepEqual([...ordered(parts, '', null, false)], [0, 1, 2, 3]);
  assert.deepEqual([...ordered(parts, '', 0, false)], [3, 0, 2, 1]);
  assert.deepEqual([...ordered(parts, '', 0, true)], [2, 0, 3, 1]);
  assert.deepEqual([...ordered(parts, '', 1, false)], [1, 0, 3, 2]);
  assert.deepEqual([...ordered(parts, 'BOLT 10', 0, false)], [3, 0]);
});

test('cells are written as people write them', () => {
  assert.equal(written(parts[0]!, 1), '');
  assert.equal(written(parts[0]!, 2), '10');
  const times: Column = { name: 't', kind: 'time', cells: Float64Array.of(86_400) };
  assert.match(written(times, 0), /1970/);
});

test('ten thousand rows are put in order without a stall', () => {
  const count = 10_000;
  const cells = Array.from({ length: count }, (_, n) => `part ${(n * 7919) % count}`);
  const rows = ordered([{ name: 'name', kind: 'text', cells }], '', 0, false);
  assert.equal(rows.length, count);
  assert.equal(cells[rows[0]!], 'part 0');
  assert.equal(cells[rows[count - 1]!], `part ${count - 1}`);
});
