import * as THREE from '../view/three.ts';

export const RADIUS_M = 0.28;
export const HEIGHT_M = 1.65;
const STEP_M = 0.3; // what legs climb without a jump: kerbs and stairs, not the rim of a fountain
const STICK_M = 0.35; // how far the ground may fall away before walking becomes falling
const WALKABLE = Math.cos((50 * Math.PI) / 180);
const GRAVITY = 18;
const JUMP_M_PER_S = 5.4;
const FALL_M_PER_S_MAX = 40;
const FRICTION = 0.45;
const ABYSS_M = -60;
const SLICE_S = 1 / 40; // at a run 13 cm: less than our own radius
const SLICES_MAX = 10;

/** The bounds tree of a collider, as three-mesh-bvh makes it. */
interface Tree {
  raycastFirst(ray: THREE.Ray, side: THREE.Side): THREE.Intersection | null;
  shapecast(callbacks: {
    intersectsBounds(box: THREE.Box3): boolean;
    intersectsTriangle(triangle: THREE.Triangle & ClosestPoint): boolean | void;
  }): boolean;
}

interface ClosestPoint {
  closestPointToSegment(segment: THREE.Line3, mine: THREE.Vector3, its: THREE.Vector3): number;
}

const treeOf = (mesh: THREE.Mesh): Tree =>
  (mesh.geometry as unknown as { boundsTree: Tree }).boundsTree;

function boundsOf(mesh: THREE.Mesh): THREE.Box3 {
  if (!mesh.geometry.boundingBox) mesh.geometry.computeBoundingBox();
  return mesh.geometry.boundingBox!;
}

const ray = new THREE.Ray();
const segment = new THREE.Line3();
const reach = new THREE.Box3();
const mine = new THREE.Vector3();
const its = new THREE.Vector3();
const normal = new THREE.Vector3();
const spot = new THREE.Vector3();
const DOWN = new THREE.Vector3(0, -1, 0);
const FEET: readonly (readonly [number, number])[] = [
  [0, 0],
  [0.7, 0],
  [-0.7, 0],
  [0, 0.7],
  [0, -0.7],
];

/** What the ray meets first among the colliders, or null. */
export function castRay(
  colliders: readonly THREE.Mesh[],
  origin: THREE.Vector3,
  direction: THREE.Vector3,
  far: number,
): THREE.Intersection | null {
  ray.set(origin, direction);
  let best: THREE.Intersection | null = null;
  for (const mesh of colliders) {
    if (!ray.intersectsBox(boundsOf(mesh))) continue;
    const hit = treeOf(mesh).raycastFirst(ray, THREE.DoubleSide);
    if (hit && hit.distance < (best?.distance ?? far)) best = hit;
  }
  return best;
}

/**
 * Our own body: legs that climb steps and follow slopes, and a capsule above them that walls stop.
 */
export class Body {
  /** Where the feet are, in metres. */
  readonly position = new THREE.Vector3();
  grounded = true;
  /** While the world still loads nobody falls through a floor that is not there yet. */
  held = true;
  private fall = 0;
  private readonly home = new THREE.Vector3();

  /** Puts the body somewhere, standing. */
  place(x: number, y: number, z: number): void {
    this.position.set(x, y, z);
    this.home.copy(this.position);
    this.fall = 0;
    this.grounded = true;
  }

  /** Stands on what is under or just over the feet; after a world has loaded. */
  settle(colliders: readonly THREE.Mesh[]): void {
    this.held = false;
    const ground = this.groundAt(colliders, 0, 0, 2.2, 4);
    if (ground !== null) this.position.y = ground;
  }

  jump(): void {
    if (!this.grounded || this.held) return;
    this.fall = -JUMP_M_PER_S;
    this.grounded = false;
  }

  /** Moves by a wish in metres per second for `dt` seconds. */
  step(dt: number, wishX: number, wishZ: number, colliders: readonly THREE.Mesh[]): void {
    const slices = Math.min(SLICES_MAX, Math.max(1, Math.ceil(dt / SLICE_S)));
    const slice = Math.min(dt, SLICES_MAX * SLICE_S) / slices;
    for (let i = 0; i < slices; i++) this.slice(slice, wishX, wishZ, colliders);
    if (this.position.y < ABYSS_M) this.place(this.home.x, this.home.y + 1, this.home.z);
  }

  /** Moves over the floor by metres, no farther than walls let it: who really walks. */
  shift(x: number, z: number, colliders: readonly THREE.Mesh[]): void {
    const slices = Math.min(SLICES_MAX, Math.max(1, Math.ceil(Math.hypot(x, z) / (RADIUS_M / 2))));
    for (let i = 0; i < slices; i++) {
      this.position.x += x / slices;
      this.position.z += z / slices;
      this.pushOut(colliders);
    }
  }

  /** Slides off somebody on the same floor who stands nearer than so many metres. */
  keepOff(x: number, y: number, z: number, metres: number): void {
    const [east, south] = [this.position.x - x, this.position.z - z];
    const away = Math.hypot(east, south);
    if (away >= metres || away < 1e-3 || Math.abs(this.position.y - y) > 1.6) return;
    this.position.x = x + (east / away) * metres;
    this.position.z = z + (south / away) * metres;
  }

  private slice(dt: number, wishX: number, wishZ: number, colliders: readonly THREE.Mesh[]): void {
    this.position.x += wishX * dt;
    this.position.z += wishZ * dt;
    const { x, z } = this.position;
    this.pushOut(colliders);
    this.rub(wishX * dt, wishZ * dt, this.position.x - x, this.position.z - z);
    if (!this.held) this.stand(dt, colliders);
  }

  /** A wall rubs: who runs at it nearly head-on stops instead of sliding along it. */
  private rub(moveX: number, moveZ: number, pushX: number, pushZ: number): void {
    const push = Math.hypot(pushX, pushZ);
    if (push < 1e-6) return;
    const into = (moveX * pushX + moveZ * pushZ) / (push * push);
    const alongX = moveX - pushX * into;
    const alongZ = moveZ - pushZ * into;
    const along = Math.hypot(alongX, alongZ);
    if (along < 1e-6) return;
    const held = Math.min(1, (FRICTION * push) / along);
    this.position.x -= alongX * held;
    this.position.z -= alongZ * held;
  }

  private stand(dt: number, colliders: readonly THREE.Mesh[]): void {
    const below = this.grounded ? STICK_M : Math.max(0.02, this.fall * dt);
    const ground = this.fall < 0 ? null : this.lowestStep(colliders, below);
    if (ground !== null) {
      const up = ground - this.position.y;
      // Legs bend: a step is climbed over some frames, so that the picture does not jolt.
      this.position.y += up > 0 && this.grounded ? Math.min(up, Math.max(up * 0.35, 1.2 * dt)) : up;
      this.grounded = true;
      this.fall = 0;
      return;
    }
    this.grounded = false;
    this.fall = Math.min(FALL_M_PER_S_MAX, this.fall + GRAVITY * dt);
    this.position.y -= this.fall * dt;
  }

  /** The highest ground that the feet reach, from a step above them to `below` under them. */
  private lowestStep(colliders: readonly THREE.Mesh[], below: number): number | null {
    let best: number | null = null;
    for (const [dx, dz] of FEET) {
      const found = this.groundAt(colliders, dx * RADIUS_M, dz * RADIUS_M, STEP_M, below);
      if (found !== null && (best === null || found > best)) best = found;
    }
    return best;
  }

  private groundAt(
    colliders: readonly THREE.Mesh[],
    dx: number,
    dz: number,
    above: number,
    below: number,
  ): number | null {
    const { x, y, z } = this.position;
    spot.set(x + dx, y + above, z + dz);
    const hit = castRay(colliders, spot, DOWN, 400);
    if (!hit) return y <= below && y >= -above ? 0 : null; // the plain that lies under every world
    if (hit.distance > above + below) return null;
    const steep = Math.abs(hit.face?.normal.y ?? 1) < WALKABLE;
    return steep ? null : hit.point.y;
  }

  private pushOut(colliders: readonly THREE.Mesh[]): void {
    const { x, y, z } = this.position;
    segment.start.set(x, y + STEP_M + RADIUS_M, z);
    segment.end.set(x, y + HEIGHT_M - RADIUS_M, z);
    reach.makeEmpty().expandByPoint(segment.start).expandByPoint(segment.end);
    reach.expandByScalar(RADIUS_M);
    for (const mesh of colliders) {
      if (boundsOf(mesh).intersectsBox(reach)) this.pushFrom(treeOf(mesh));
    }
    this.position.x = segment.start.x;
    this.position.z = segment.start.z;
  }

  private pushFrom(tree: Tree): void {
    tree.shapecast({
      intersectsBounds: (box) => box.intersectsBox(reach),
      intersectsTriangle: (triangle) => {
        const distance = triangle.closestPointToSegment(segment, mine, its);
        if (distance >= RADIUS_M) return;
        normal.subVectors(its, mine);
        if (normal.y < -0.7 * normal.length()) this.bumpHead();
        normal.y = 0; // walls push sideways only; what is underfoot is the legs' business
        if (normal.lengthSq() < 1e-10) return;
        normal.setLength(RADIUS_M - distance);
        segment.start.add(normal);
        segment.end.add(normal);
      },
    });
  }

  private bumpHead(): void {
    if (this.fall < 0) this.fall = 0;
  }
}
