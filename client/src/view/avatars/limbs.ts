// Small mathematics of joints on plain arrays: a crowd is posed many times a second.

export type Numbers = Float32Array | number[];

/** out = a · b, quaternions xyzw at offsets. */
export function multiply(out: Numbers, o: number, a: Numbers, i: number, b: Numbers, j: number) {
  const ax = a[i]!;
  const ay = a[i + 1]!;
  const az = a[i + 2]!;
  const aw = a[i + 3]!;
  const bx = b[j]!;
  const by = b[j + 1]!;
  const bz = b[j + 2]!;
  const bw = b[j + 3]!;
  out[o] = aw * bx + ax * bw + ay * bz - az * by;
  out[o + 1] = aw * by - ax * bz + ay * bw + az * bx;
  out[o + 2] = aw * bz + ax * by - ay * bx + az * bw;
  out[o + 3] = aw * bw - ax * bx - ay * by - az * bz;
}

/** Turns a vector in place by the quaternion at an offset. */
export function rotate(vector: Numbers, q: Numbers, i: number): void {
  const [x, y, z] = vector as [number, number, number];
  const qx = q[i]!;
  const qy = q[i + 1]!;
  const qz = q[i + 2]!;
  const qw = q[i + 3]!;
  const tx = 2 * (qy * z - qz * y);
  const ty = 2 * (qz * x - qx * z);
  const tz = 2 * (qx * y - qy * x);
  vector[0] = x + qw * tx + qy * tz - qz * ty;
  vector[1] = y + qw * ty + qz * tx - qx * tz;
  vector[2] = z + qw * tz + qx * ty - qy * tx;
}

/** The shortest turn from one direction to another, into out at an offset. */
export function toward(out: Numbers, o: number, from: Numbers, to: Numbers): void {
  const [a, b] = [unit(from), unit(to)];
  const w = 1 + a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  if (w < 1e-5) return void set(out, o, 1, 0, 0, 0); // right behind: any way round will do
  const x = a[1] * b[2] - a[2] * b[1];
  const y = a[2] * b[0] - a[0] * b[2];
  const z = a[0] * b[1] - a[1] * b[0];
  const length = Math.hypot(x, y, z, w);
  set(out, o, x / length, y / length, z / length, w / length);
}

export function set(out: Numbers, o: number, x: number, y: number, z: number, w: number): void {
  out[o] = x;
  out[o + 1] = y;
  out[o + 2] = z;
  out[o + 3] = w;
}

/** The turn by yaw (left), then pitch (down), then roll, as heads turn. */
export function fromAngles(out: Numbers, o: number, yaw: number, pitch: number, roll = 0): void {
  const [sy, cy] = [Math.sin(yaw / 2), Math.cos(yaw / 2)];
  const [sx, cx] = [Math.sin(pitch / 2), Math.cos(pitch / 2)];
  const [sz, cz] = [Math.sin(roll / 2), Math.cos(roll / 2)];
  set(
    out,
    o,
    cy * sx * cz + sy * cx * sz,
    sy * cx * cz - cy * sx * sz,
    cy * cx * sz - sy * sx * cz,
    cy * cx * cz + sy * sx * sz,
  );
}

/** Turns from a toward b by a share, the shorter way, and of unit length. */
export function blend(a: Numbers, i: number, b: Numbers, j: number, share: number): void {
  let dot = 0;
  for (let k = 0; k < 4; k++) dot += a[i + k]! * b[j + k]!;
  const sign = dot < 0 ? -share : share;
  let sum = 0;
  for (let k = 0; k < 4; k++) {
    a[i + k] = a[i + k]! * (1 - share) + b[j + k]! * sign;
    sum += a[i + k]! ** 2;
  }
  const length = Math.sqrt(sum) || 1;
  for (let k = 0; k < 4; k++) a[i + k]! /= length;
}

function unit(v: Numbers): [number, number, number] {
  const length = Math.hypot(v[0]!, v[1]!, v[2]!) || 1;
  return [v[0]! / length, v[1]! / length, v[2]! / length];
}

export interface TwoBones {
  /** Where the joint between the bones comes to lie, and the end; both from the root. */
  middle: [number, number, number];
  end: [number, number, number];
}

/**
 * Where two bones of given lengths bend so that their end comes to a goal; a goal too far away is
 * pointed at. `pole` says to which side the joint between them bends.
 */
export function solveTwoBones(
  goal: readonly [number, number, number],
  upper: number,
  lower: number,
  pole: readonly [number, number, number],
): TwoBones {
  const far = Math.hypot(...goal) || 1e-6;
  const way = unit(goal as unknown as number[]);
  const reach = Math.min(Math.max(far, Math.abs(upper - lower) + 1e-3), (upper + lower) * 0.999);
  const along = (upper ** 2 - lower ** 2 + reach ** 2) / (2 * reach);
  const out = Math.sqrt(Math.max(0, upper ** 2 - along ** 2));
  const toPole = pole[0] * way[0] + pole[1] * way[1] + pole[2] * way[2];
  const side = unit([
    pole[0] - way[0] * toPole,
    pole[1] - way[1] * toPole,
    pole[2] - way[2] * toPole,
  ]);
  const at = (k: 0 | 1 | 2) => way[k] * along + side[k] * out;
  return {
    middle: [at(0), at(1), at(2)],
    end: [way[0] * reach, way[1] * reach, way[2] * reach],
  };
}
