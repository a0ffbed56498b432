// Promise: what a visitor saw is remembered, poses are rare, and a crowd does not come back as one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff } from '../src/net/backoff.ts';
import { liveUrl } from '../src/net/link.ts';
import { recallSeen, rememberSeen, type Drawer } from '../src/net/memory.ts';
import { PoseSender } from '../src/net/pose-sender.ts';

function drawer(): Drawer {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  };
}

test('what was seen of a world is remembered by world', () => {
  const into = drawer();
  rememberSeen('plaza', { seq: 12, head: new Uint8Array(32).fill(171) }, into);
  assert.equal(recallSeen('hello', into), null);
  assert.deepEqual(recallSeen('plaza', into), { seq: 12, head: new Uint8Array(32).fill(171) });
});

test('a memory that is no memory is passed over', () => {
  const into = drawer();
  into.setItem('worldloom.seen.plaza', 'twelve');
  assert.equal(recallSeen('plaza', into), null);
});

test('waiting doubles, has an end, and is never the same for all', () => {
  assert.equal(
    backoff(0, () => 1),
    250,
  );
  assert.equal(
    backoff(3, () => 1),
    2000,
  );
  assert.equal(
    backoff(50, () => 1),
    10_000,
  );
  assert.equal(
    backoff(3, () => 0),
    1000,
  );
});

test('a pose is sent once a tick at most, when it changed, and now and then anyway', () => {
  let sent = 0;
  const sender = new PoseSender(() => ++sent > 0);
  const pose = { x: 0, y: 0, z: 0, yaw: 0, anim: 0 };
  for (let ms = 0; ms < 1000; ms += 10) sender.offer({ ...pose, x: ms / 100 }, ms);
  assert.equal(sent, 20);
  for (let ms = 1000; ms < 11_000; ms += 10) sender.offer({ ...pose, x: 9.9 }, ms);
  assert.ok(sent <= 23, `${sent} poses`);
});

test('a pose that must come before what follows is sent at once', () => {
  const sent: Uint8Array[] = [];
  const sender = new PoseSender((bytes) => sent.push(bytes) > 0);
  const pose = { x: 0, y: 0, z: 0, yaw: 0, anim: 0 };
  sender.offer(pose, 0);
  sender.offer({ ...pose, yaw: 1 }, 10);
  assert.equal(sent.length, 1);
  sender.offer({ ...pose, yaw: 1 }, 11, true);
  assert.equal(sent.length, 2);
});

test('the live address is on the same host, encrypted where the page is', () => {
  assert.equal(liveUrl('plaza', 'https://me:7400'), 'wss://me:7400/w/plaza/live');
});
