import { Decoder, Encoder } from '@msgpack/msgpack';
import {
  CELL_M,
  HEIGHT_MIN_M,
  HEIGHT_STEPS_PER_M,
  MESSAGE,
  POSE,
  POSE_BYTES,
  type ToClient,
  type ToServer,
} from './wire.generated.ts';

const STEPS = 65536;
const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder();

/** Where someone stands: metres, radians, and what the avatar does. */
export interface Pose {
  x: number;
  y: number;
  z: number;
  yaw: number;
  anim: number;
}

/** One visitor's place in a motion frame; `phase_ms` is how far into its tick the pose came. */
export interface MotionSample extends Pose {
  slot: number;
  generation: number;
  phase_ms: number;
}

/** Encodes one message for the socket, its kind byte first. */
export function encodeMessage(message: ToServer): Uint8Array<ArrayBuffer> {
  const body = encoder.encodeSharedRef(message);
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = MESSAGE;
  bytes.set(body, 1);
  return bytes;
}

/** Decodes a server's message. */
export function decodeMessage(bytes: Uint8Array): ToClient {
  if (bytes[0] !== MESSAGE) throw new Error(`frame kind ${bytes[0]} is no message`);
  return decoder.decode(bytes.subarray(1)) as ToClient;
}

/** Decodes msgpack as it stands in the log: a component's or an event's bytes. */
export function decodeBytes(bytes: Uint8Array): unknown {
  return decoder.decode(bytes);
}

/** Encodes plain data as msgpack, numbers and lengths in their shortest forms. */
export function encodeBytes(value: unknown): Uint8Array {
  return encoder.encode(value);
}

/** Encodes a pose: 16 bytes; `mark` is that of the newest place that the server has set. */
export function encodePose(pose: Pose, sequence: number, mark: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(POSE_BYTES));
  const [cellX, x] = inCell(pose.x);
  const [cellZ, z] = inCell(pose.z);
  view.setUint8(0, POSE);
  view.setUint8(1, sequence & 0xff);
  view.setInt16(2, cellX, true);
  view.setInt16(4, cellZ, true);
  view.setUint16(6, x, true);
  view.setUint16(8, clampStep((pose.y - HEIGHT_MIN_M) * HEIGHT_STEPS_PER_M), true);
  view.setUint16(10, z, true);
  view.setUint16(12, Math.round((pose.yaw / (2 * Math.PI)) * STEPS) & 0xffff, true);
  view.setUint16(14, (pose.anim & 0xf) | (mark << 4), true);
  return new Uint8Array(view.buffer);
}

function inCell(metres: number): [cell: number, steps: number] {
  let cell = Math.floor(metres / CELL_M);
  let steps = Math.round(((metres - cell * CELL_M) / CELL_M) * STEPS);
  if (steps === STEPS) {
    cell += 1;
    steps = 0;
  }
  return [Math.min(32767, Math.max(-32768, cell)), steps];
}

function clampStep(steps: number): number {
  return Math.min(STEPS - 1, Math.max(0, Math.round(steps)));
}
