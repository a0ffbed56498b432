import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gathered } from '../src/world/gathered.ts';

function listener() {
  const told: string[] = [];
  const gathered = new Gathered(
    (text) => told.push(text),
    (count) => `${count} more`,
  );
  return { told, gathered };
}

test('what happens at once is told together, and each thing once', () => {
  const { told, gathered } = listener();
  gathered.take('e1', 'lamp appeared', 0);
  gathered.take('e1', 'lamp changed', 100);
  gathered.take('e2', 'ball moved', 200);
  gathered.flush(1000);
  assert.deepEqual(told, []);
  gathered.flush(1500);
  assert.deepEqual(told, ['lamp changed', 'ball moved']);
});

test('of a flood only its beginning is told, and how much more there is', () => {
  const { told, gathered } = listener();
  for (let at = 0; at < 9; at++) gathered.take(`e${at}`, `thing ${at}`, 0);
  gathered.flush(1500);
  assert.deepEqual(told, ['thing 0', 'thing 1', 'thing 2', 'thing 3', '5 more']);
});

test('what never rests is told of now and then', () => {
  const { told, gathered } = listener();
  for (let ms = 0; ms <= 20_000; ms += 100) {
    gathered.take('e1', 'wheel turned', ms);
    gathered.flush(ms);
  }
  assert.ok(told.length >= 2 && told.length <= 3, `${told.length} lines in 20 s`);
});

test('the last of what happened to a thing is told in the end', () => {
  const { told, gathered } = listener();
  for (const [ms, line] of [[0, 'door opened'], [2000, 'door closed']] as const) {
    gathered.take('e1', line, ms);
    gathered.flush(ms + 1500);
  }
  assert.deepEqual(told, ['door opened']);
  gathered.flush(9600);
  assert.deepEqual(told, ['door opened', 'door closed']);
});
