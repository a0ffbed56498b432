// Promise: what the client puts on the wire is what the server reads, and the other way round.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MESSAGE } from '../src/net/wire.generated.ts';
import { decodeMotion, sampleAt } from '../src/net/motion.ts';
import { decodeMessage, encodeMessage, encodePose } from '../src/net/wire.ts';

/** Reads a pose as worldloom/sync/wire.py does. */
function readPose(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer);
  return {
    x: view.getInt16(2, true) * 32 + view.getUint16(6, true) / 2048,
    y: view.getUint16(8, true) / 128 - 128,
    z: view.getInt16(4, true) * 32 + view.getUint16(10, true) / 2048,
    yaw: (view.getUint16(12, true) / 65536) * 2 * Math.PI,
    anim: view.getUint16(14, true) & 15,
    mark: view.getUint16(14, true) >> 4,
  };
}

test('a pose comes back within half a millimetre, left of zero and at a cell edge too', () => {
  for (const x of [-70.123, -32, -0.0001, 0, 31.9999, 32, 500.5]) {
    const pose = readPose(encodePose({ x, y: 1.5, z: -x, yaw: 1, anim: 2 }, 300, 15));
    assert.ok(Math.abs(pose.x - x) < 0.0005, `${pose.x} is not ${x}`);
    assert.ok(Math.abs(pose.z + x) < 0.0005);
    assert.equal(pose.y, 1.5);
    assert.equal(pose.anim, 2);
    assert.equal(pose.mark, 15);
  }
});

test('a negative yaw is sent as the same turn the other way', () => {
  const { yaw } = readPose(encodePose({ x: 0, y: 0, z: 0, yaw: -Math.PI / 2, anim: 0 }, 0, 1));
  assert.ok(Math.abs(yaw - 1.5 * Math.PI) < 1e-3);
});

test('a message has its kind byte first and survives the way there and back', () => {
  const bytes = encodeMessage({ type: 'do', id: 7, action: 'say', args: { text: 'héllo' } });
  assert.equal(bytes[0], MESSAGE);
  assert.deepEqual(decodeMessage(bytes), {
    type: 'do',
    id: 7,
    action: 'say',
    args: { text: 'héllo' },
  });
});

test('a motion frame names every mover in its cell', () => {
  const view = new DataView(new ArrayBuffer(8 + 8 + 12));
  view.setUint8(0, 2);
  view.setUint8(1, 1 | (1 << 4));
  view.setUint16(2, 1, true);
  view.setUint32(4, 99, true);
  view.setInt16(8, -1, true);
  view.setInt16(10, 2, true);
  view.setUint16(12, 1, true);
  view.setUint16(16, 5, true);
  view.setUint16(18, 2048, true);
  view.setUint16(20, 128 * 128, true);
  view.setUint16(22, 4096, true);
  view.setUint16(26, 1 | (3 << 4) | (40 << 8), true);
  const frame = decodeMotion(new Uint8Array(view.buffer));
  assert.deepEqual([frame.tick, frame.full, frame.divider], [99, true, 2]);
  const expected = { slot: 5, x: -31, y: 0, z: 66, yaw: 0, anim: 1, generation: 3, phase_ms: 10 };
  assert.equal(frame.slots.length, 1);
  assert.deepEqual(sampleAt(frame, 0), expected);
});

test('a motion frame that is cut short is refused', () => {
  assert.throws(() => decodeMotion(Uint8Array.of(2, 0, 1, 0, 0, 0, 0, 0)));
});
