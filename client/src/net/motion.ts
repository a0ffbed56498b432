import {
  CELL_M,
  FRAME_HEAD_BYTES,
  HEIGHT_MIN_M,
  HEIGHT_STEPS_PER_M,
  MOTION,
  RECORD_BYTES,
  SECTION_HEAD_BYTES,
} from './wire.generated.ts';
import type { MotionSample } from './wire.ts';

const STEPS = 65536;
const PHASE_MS = 0.25;

/** One tick of motion near us, in columns: the movers, or everyone when `full`. */
export interface MotionFrame {
  tick: number;
  full: boolean;
  divider: number;
  slots: Uint16Array;
  flags: Uint16Array;
  /** x, y, z in metres and yaw in radians of each, one after another. */
  places: Float64Array;
}

/** Decodes a motion frame; throws on bytes that are none. */
export function decodeMotion(bytes: Uint8Array): MotionFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < FRAME_HEAD_BYTES || view.getUint8(0) !== MOTION) {
    throw new Error('this is not a motion frame');
  }
  const head = view.getUint8(1);
  const sections = view.getUint16(2, true);
  const size = view.byteLength - FRAME_HEAD_BYTES - sections * SECTION_HEAD_BYTES;
  const count = Math.max(0, Math.floor(size / RECORD_BYTES));
  const slots = new Uint16Array(count);
  const flags = new Uint16Array(count);
  const places = new Float64Array(4 * count);
  let [at, one] = [FRAME_HEAD_BYTES, 0];
  for (let left = sections; left > 0; left--) {
    const cellX = view.getInt16(at, true) * CELL_M;
    const cellZ = view.getInt16(at + 2, true) * CELL_M;
    const end = at + SECTION_HEAD_BYTES + view.getUint16(at + 4, true) * RECORD_BYTES;
    for (at += SECTION_HEAD_BYTES; at < end; at += RECORD_BYTES, one++) {
      slots[one] = view.getUint16(at, true);
      places[4 * one] = cellX + (view.getUint16(at + 2, true) / STEPS) * CELL_M;
      places[4 * one + 1] = view.getUint16(at + 4, true) / HEIGHT_STEPS_PER_M + HEIGHT_MIN_M;
      places[4 * one + 2] = cellZ + (view.getUint16(at + 6, true) / STEPS) * CELL_M;
      places[4 * one + 3] = (view.getUint16(at + 8, true) / STEPS) * 2 * Math.PI;
      flags[one] = view.getUint16(at + 10, true);
    }
  }
  const divider = 1 << ((head >> 4) & 3);
  return {
    tick: view.getUint32(4, true),
    full: (head & 1) === 1,
    divider,
    slots,
    flags,
    places,
  };
}

/** One visitor of a frame, by its place in the columns. */
export function sampleAt({ slots, flags, places }: MotionFrame, index: number): MotionSample {
  const flag = flags[index]!;
  return {
    slot: slots[index]!,
    x: places[4 * index]!,
    y: places[4 * index + 1]!,
    z: places[4 * index + 2]!,
    yaw: places[4 * index + 3]!,
    anim: flag & 0xf,
    generation: (flag >> 4) & 0xf,
    phase_ms: (flag >> 8) * PHASE_MS,
  };
}
