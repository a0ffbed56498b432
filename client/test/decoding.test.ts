// Promise: a worker decodes a crowd's motion as the page does, and where it fails the page does it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decoding, type Helper } from '../src/net/decoding/decoding.ts';
import { decodeMotion, type MotionFrame } from '../src/net/motion.ts';

function bytes(): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(8 + 8 + 12));
  view.setUint8(0, 2);
  view.setUint16(2, 1, true);
  view.setUint32(4, 77, true);
  view.setUint16(12, 1, true);
  view.setUint16(16, 9, true);
  return view.buffer;
}

class Mate implements Helper {
  onmessage: Helper['onmessage'] = null;
  onerror: Helper['onerror'] = null;
  ended = false;
  asked = 0;
  postMessage({ bytes: data, now_ms }: { bytes: ArrayBuffer; now_ms: number }): void {
    this.asked += 1;
    const frame = decodeMotion(new Uint8Array(structuredClone(data)));
    this.onmessage?.({ data: { frame, now_ms } } as MessageEvent);
  }
  terminate(): void {
    this.ended = true;
  }
}

test('what a worker decodes comes as it was sent, with the time at which it came', () => {
  const seen: [MotionFrame, number][] = [];
  const mate = new Mate();
  const decoding = new Decoding((...one) => seen.push(one), () => mate);
  decoding.offer(bytes(), 12);
  assert.deepEqual(seen, [[decodeMotion(new Uint8Array(bytes())), 12]]);
  assert.equal(mate.asked, 1);
});

test('a worker that fails, or that cannot be, leaves the page decoding by itself', () => {
  const seen: number[] = [];
  const take = (_: MotionFrame, now_ms: number) => void seen.push(now_ms);
  const mate = new Mate();
  const failing = new Decoding(take, () => mate);
  mate.onerror?.();
  assert.ok(mate.ended && !failing.helped);
  failing.offer(bytes(), 1);
  const none = new Decoding(take, () => {
    throw new Error('no workers here');
  });
  none.offer(bytes(), 2);
  assert.deepEqual(seen, [1, 2]);
  assert.equal(mate.asked, 0);
});
