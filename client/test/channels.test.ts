import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channels } from '../src/net/channels.ts';

const line = (text: string) => ({ type: 'told', text }) as const;

test('a part that is loaded late gets what came before it, in order', () => {
  const channels = new Channels();
  const heard: string[] = [];
  let loads = 0;
  channels.whenFirst(['told'], () => (loads += 1));
  channels.deliver('told', line('one'));
  channels.deliver('told', line('two'));
  assert.equal(loads, 1);
  channels.on('told', (message) => heard.push(message.text));
  channels.deliver('told', line('three'));
  assert.deepEqual(heard, ['one', 'two', 'three']);
});

test('raw bytes wait in order, each of another thing, and of too many the newest', () => {
  const channels = new Channels();
  const heard: number[] = [];
  for (const byte of [1, 2, 3]) channels.deliver(7, Uint16Array.of(byte));
  channels.onBytes(7, (bytes) => heard.push(bytes[0]!));
  assert.deepEqual(heard, [1, 2, 3]);
  const many: number[] = [];
  for (let number = 0; number < 300; number++) channels.deliver(8, Uint16Array.of(number));
  channels.onBytes(8, (bytes) => many.push(bytes[0]!));
  assert.deepEqual([many.length, many[0], many.at(-1)], [256, 44, 299]);
});

test('what waits is bounded, and gone with its connection', () => {
  const channels = new Channels();
  const heard: string[] = [];
  for (let number = 0; number < 1000; number++) channels.deliver('told', line(`${number}`));
  channels.on('told', (message) => heard.push(message.text));
  assert.equal(heard.length, 256);
  const other = new Channels();
  other.deliver('told', line('old'));
  other.reset();
  other.on('told', () => assert.fail('it belongs to a connection that is gone'));
});

test('a loader that comes after the first message runs at once', () => {
  const channels = new Channels();
  channels.deliver(3, Uint8Array.of(1));
  let loads = 0;
  channels.whenFirst([3, 'told'], () => (loads += 1));
  channels.deliver('told', line('x'));
  assert.equal(loads, 1);
});
