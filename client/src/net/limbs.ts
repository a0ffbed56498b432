import { REACH_BYTES, REACH_RECORD_BYTES } from './wire.generated.ts';

/** A head or a hand: metres from the feet (−Z ahead), a turn (xyzw), how its fingers are held. */
export interface Limb {
  place: [number, number, number];
  turn: [number, number, number, number];
  grip: number;
}

/** What a headset knows of its wearer; without a head it is worn no longer. */
export interface Limbs {
  head: Limb | null;
  left: Limb | null;
  right: Limb | null;
}

const STEPS = [0.002, 0.003, 0.002] as const;
const LOWEST = [-2.048, -0.256, -2.048] as const;
const MOST = [2047, 1023, 2047] as const;
const SHIFTS = [0, 11, 21] as const;
const PART_MAX = Math.SQRT1_2;
const GRIP_SHIFTS = [0, 3, 6] as const;
const TICK_BYTES = 4;

/** The bytes of a reach, after the channel's head; worldloom/presence/limbs.py describes them. */
export function encodeReach({ head, left, right }: Limbs): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(REACH_BYTES);
  const view = new DataView(bytes.buffer);
  let flags = 0;
  [head, left, right].forEach((limb, part) => {
    if (limb) flags |= (1 << part) | (part ? (limb.grip & 7) << GRIP_SHIFTS[part]! : 0);
    view.setUint32(2 + part * 4, packPlace(limb?.place ?? [0, 0, 0]), true);
    view.setUint32(14 + part * 4, packTurn(limb?.turn ?? [0, 0, 0, 1]), true);
  });
  view.setUint16(0, flags, true);
  return bytes;
}

/** Reaches of a frame: whose slot, its generation's low four bits, and what is told. */
export function decodeReaches(
  bytes: Uint8Array,
): { slot: number; generation: number; limbs: Limbs }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor((bytes.byteLength - TICK_BYTES) / REACH_RECORD_BYTES);
  return Array.from({ length: Math.max(0, count) }, (_, row) => {
    const at = TICK_BYTES + row * REACH_RECORD_BYTES;
    const flags = view.getUint16(at + 2, true);
    const limb = (part: 0 | 1 | 2): Limb | null =>
      flags & (1 << part)
        ? {
            place: unpackPlace(view.getUint32(at + 4 + part * 4, true)),
            turn: unpackTurn(view.getUint32(at + 16 + part * 4, true)),
            grip: part ? (flags >> GRIP_SHIFTS[part]) & 7 : 0,
          }
        : null;
    const limbs = { head: limb(0), left: limb(1), right: limb(2) };
    return { slot: view.getUint16(at, true), generation: flags >> 12, limbs };
  });
}

function packPlace(place: readonly number[]): number {
  const step = (k: 0 | 1 | 2) =>
    Math.min(MOST[k], Math.max(0, Math.round((place[k]! - LOWEST[k]) / STEPS[k]))) << SHIFTS[k];
  return (step(0) | step(1) | step(2)) >>> 0;
}

function unpackPlace(packed: number): [number, number, number] {
  const at = (k: 0 | 1 | 2) => ((packed >>> SHIFTS[k]) & MOST[k]) * STEPS[k] + LOWEST[k];
  return [at(0), at(1), at(2)];
}

function packTurn(turn: readonly number[]): number {
  let largest = 0;
  for (let k = 1; k < 4; k++) if (Math.abs(turn[k]!) > Math.abs(turn[largest]!)) largest = k;
  const sign = turn[largest]! < 0 ? -1 : 1;
  let packed = largest;
  let at = 0;
  for (let k = 0; k < 4; k++) {
    if (k === largest) continue;
    const part = Math.min(1, Math.max(-1, (turn[k]! * sign) / PART_MAX));
    packed |= Math.round((part + 1) * 511.5) << (2 + 10 * at++);
  }
  return packed >>> 0;
}

function unpackTurn(packed: number): [number, number, number, number] {
  const rest = [0, 1, 2].map((at) => (((packed >>> (2 + 10 * at)) & 0x3ff) / 511.5 - 1) * PART_MAX);
  const whole = Math.sqrt(Math.max(0, 1 - rest.reduce((sum, part) => sum + part * part, 0)));
  rest.splice(packed & 3, 0, whole);
  const length = Math.hypot(...rest);
  return rest.map((part) => part / length) as [number, number, number, number];
}
