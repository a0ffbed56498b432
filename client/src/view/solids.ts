import * as THREE from './three.ts';

export type ShapeKind = 'box' | 'sphere' | 'cylinder' | 'cone' | 'plane' | 'torus' | 'capsule';
type Size = readonly [number, number, number];

/**
 * Geometry of a Shape: every hard edge carries a chamfer and normals stay on the faces, so an edge
 * shades round (face-weighted normals). Sizes are metres along x, y and z; the centre is the
 * origin.
 */
export function solid(kind: ShapeKind, size: Size, bevel: number): THREE.BufferGeometry {
  const [x, y, z] = size;
  switch (kind) {
    case 'sphere':
      return new THREE.SphereGeometry(0.5, 36, 24).scale(x, y, z);
    case 'cylinder':
      return turned(
        [
          [0, -y / 2],
          [0.5, -y / 2],
          [0.5, y / 2],
          [0, y / 2],
        ],
        bevel / Math.max(x, z, 1e-3),
        bevel,
      ).scale(x, 1, z);
    case 'cone':
      return turned(
        [
          [0, -y / 2],
          [0.5, -y / 2],
          [0.015, y / 2],
          [0, y / 2],
        ],
        bevel / Math.max(x, z, 1e-3),
        bevel,
      ).scale(x, 1, z);
    case 'plane':
      return new THREE.PlaneGeometry(x, z).rotateX(-Math.PI / 2);
    case 'torus': {
      const tube = Math.min(y, x / 2) / 2;
      const round = Math.min(160, Math.max(56, Math.round(x * 9)));
      return new THREE.TorusGeometry(x / 2 - tube, tube, 20, round)
        .rotateX(Math.PI / 2)
        .scale(1, 1, z / x);
    }
    case 'capsule': {
      const radius = Math.min(x, z) / 2;
      return new THREE.CapsuleGeometry(radius, Math.max(0, y - 2 * radius), 10, 28);
    }
    default:
      return chamferedBox(x, y, z, bevel);
  }
}

/** A box of 24 vertices and 44 triangles whose edges and corners are cut by `bevel`. */
export function chamferedBox(x: number, y: number, z: number, bevel: number): THREE.BufferGeometry {
  const half = [x / 2, y / 2, z / 2];
  const cut = Math.min(bevel, ...half.map((h) => h * 0.95));
  const positions: number[] = [];
  const normals: number[] = [];
  const at = new Map<string, number>();
  const signs = [-1, 1];
  for (let axis = 0; axis < 3; axis++) {
    for (const a of signs) {
      for (const b of signs) {
        for (const c of signs) {
          const corner = [a, b, c];
          at.set(`${axis}${corner}`, positions.length / 3);
          for (let i = 0; i < 3; i++) {
            positions.push(corner[i]! * (i === axis ? half[i]! : half[i]! - cut));
            normals.push(i === axis ? corner[i]! : 0);
          }
        }
      }
    }
  }
  const faces: number[][] = [];
  const vertex = (axis: number, corner: number[]) => at.get(`${axis}${corner}`)!;
  const corner = (a: number, s: number, b: number, t: number, c: number, u: number) => {
    const made = [0, 0, 0];
    made[a] = s;
    made[b] = t;
    made[c] = u;
    return made;
  };
  for (let a = 0; a < 3; a++) {
    const b = (a + 1) % 3;
    const c = (a + 2) % 3;
    for (const s of signs) {
      const q = (t: number, u: number) => vertex(a, corner(a, s, b, t, c, u));
      faces.push([q(-1, -1), q(1, -1), q(1, 1)], [q(-1, -1), q(1, 1), q(-1, 1)]);
      for (const t of signs) {
        const e = (axis: number, u: number) => vertex(axis, corner(a, s, b, t, c, u));
        faces.push([e(a, -1), e(a, 1), e(b, 1)], [e(a, -1), e(b, 1), e(b, -1)]);
      }
    }
  }
  for (const s of signs) {
    for (const t of signs) {
      for (const u of signs) faces.push([0, 1, 2].map((axis) => vertex(axis, [s, t, u])));
    }
  }
  return indexed(positions, normals, faces);
}

/**
 * A profile (radius, height) turned round y; corners are cut back by the bevel of each direction.
 */
export function turned(
  profile: readonly (readonly [number, number])[],
  bevelRadius: number,
  bevelHeight: number,
): THREE.BufferGeometry {
  const points: { p: [number, number]; n: [number, number] }[] = [];
  for (let i = 0; i + 1 < profile.length; i++) {
    const [ax, ay] = profile[i]!;
    const [bx, by] = profile[i + 1]!;
    const length = Math.hypot(bx - ax, by - ay);
    if (length < 1e-6) continue;
    const dx = (bx - ax) / length;
    const dy = (by - ay) / length;
    const step = Math.min(length * 0.35, Math.abs(dx) * bevelRadius + Math.abs(dy) * bevelHeight);
    const start = i > 0 ? step : 0;
    const end = i + 2 < profile.length ? step : 0;
    const n: [number, number] = [dy, -dx];
    points.push({ p: [ax + dx * start, ay + dy * start], n });
    points.push({ p: [bx - dx * end, by - dy * end], n });
  }
  const around = 64;
  const positions: number[] = [];
  const normals: number[] = [];
  const faces: number[][] = [];
  for (let i = 0; i <= around; i++) {
    const angle = (i / around) * 2 * Math.PI;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    for (const { p, n } of points) {
      positions.push(p[0] * cos, p[1], p[0] * sin);
      normals.push(n[0] * cos, n[1], n[0] * sin);
    }
  }
  const rows = points.length;
  for (let i = 0; i < around; i++) {
    for (let j = 0; j + 1 < rows; j++) {
      const a = i * rows + j;
      faces.push([a, a + 1, a + rows + 1], [a, a + rows + 1, a + rows]);
    }
  }
  return indexed(positions, normals, faces);
}

/** Builds the geometry and turns every face toward its vertices' normals. */
function indexed(positions: number[], normals: number[], faces: number[][]): THREE.BufferGeometry {
  const p = (i: number) => new THREE.Vector3().fromArray(positions, i * 3);
  const n = (i: number) => new THREE.Vector3().fromArray(normals, i * 3);
  const index: number[] = [];
  for (const face of faces) {
    const [a, b, c] = face as [number, number, number];
    const across = p(b)
      .sub(p(a))
      .cross(p(c).sub(p(a)));
    if (across.lengthSq() < 1e-18) continue;
    const outward = n(a).add(n(b)).add(n(c));
    if (across.dot(outward) < 0) index.push(a, c, b);
    else index.push(a, b, c);
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('normal', new THREE.Float32BufferAttribute(normals, 3));
  geometry.setIndex(index);
  return geometry;
}
