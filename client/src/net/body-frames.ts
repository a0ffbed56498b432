import { BODY_BYTES, CELL_M, SECTION_HEAD_BYTES } from './wire.generated.ts';

const HEAD_BYTES = 8;
const HOLD_BYTES = 12;
const STEPS = 65536;
const Y_STEPS_PER_M = 2000;
const TURN_STEPS = 1023;
const ROOT = Math.SQRT1_2;

export type Vec = [x: number, y: number, z: number];
export type Quat = [x: number, y: number, z: number, w: number];

/** One moving body of a frame. */
export interface BodySample {
  entity: number;
  position: Vec;
  rotation: Quat;
}

/** One tick of bodies in motion near us: the movers, or all that are not at rest when `full`. */
export interface BodyFrame {
  tick: number;
  full: boolean;
  samples: BodySample[];
}

/** Decodes a frame of bodies; throws on bytes that are none. */
export function decodeBodies(bytes: Uint8Array): BodyFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples: BodySample[] = [];
  let at = HEAD_BYTES;
  for (let sections = view.getUint16(4, true); sections > 0; sections--) {
    const cellX = view.getInt16(at, true) * CELL_M;
    const cellZ = view.getInt16(at + 2, true) * CELL_M;
    const end = at + SECTION_HEAD_BYTES + view.getUint16(at + 4, true) * BODY_BYTES;
    for (at += SECTION_HEAD_BYTES; at < end; at += BODY_BYTES) {
      samples.push({
        entity: view.getUint32(at, true),
        position: [
          cellX + (view.getUint16(at + 12, true) / STEPS) * CELL_M,
          view.getInt32(at + 4, true) / Y_STEPS_PER_M,
          cellZ + (view.getUint16(at + 14, true) / STEPS) * CELL_M,
        ],
        rotation: unpackTurn(view.getUint32(at + 8, true)),
      });
    }
  }
  return { tick: view.getUint32(0, true), full: (view.getUint8(6) & 1) === 1, samples };
}

/** The unit quaternion of 32 bits: which part is left out, and the other three. */
export function unpackTurn(packed: number): Quat {
  const parts = [20, 10, 0].map((shift) => {
    const steps = (packed >>> shift) & 1023;
    return (steps / TURN_STEPS - 0.5) * 2 * ROOT;
  });
  const rest = 1 - parts.reduce((sum, part) => sum + part * part, 0);
  parts.splice(packed >>> 30, 0, Math.sqrt(Math.max(0, rest)));
  return parts as Quat;
}

/** Packs a unit quaternion into 32 bits. */
export function packTurn(turn: Readonly<Quat>): number {
  let largest = 0;
  turn.forEach((part, i) => {
    if (Math.abs(part) > Math.abs(turn[largest]!)) largest = i;
  });
  const sign = turn[largest]! < 0 ? -1 : 1;
  const kept = turn.filter((_, i) => i !== largest);
  const [a, b, c] = kept.map((part) => {
    const step = Math.round(((part * sign) / ROOT / 2 + 0.5) * TURN_STEPS);
    return Math.min(TURN_STEPS, Math.max(0, step));
  });
  return ((largest << 30) | (a! << 20) | (b! << 10) | c!) >>> 0;
}

/** Encodes where a hand (0 right, 1 left) holds its thing: metres from the feet, and its turn. */
export function encodeHold(hand: number, sequence: number, offset: Vec, turn: Quat): Uint8Array {
  const view = new DataView(new ArrayBuffer(HOLD_BYTES));
  view.setUint8(0, hand);
  view.setUint8(1, sequence & 0xff);
  offset.forEach((part, i) => {
    view.setInt16(2 + 2 * i, Math.min(32767, Math.max(-32768, Math.round(part * 1000))), true);
  });
  view.setUint32(8, packTurn(turn), true);
  return new Uint8Array(view.buffer);
}
