import { reachOf } from '../../input/reach.ts';
import * as THREE from '../../view/three.ts';
import type { Sketch } from '../../world/components.generated.ts';
import type { Session } from '../../world/session.ts';
import { ask, type Here } from '../here.ts';
import type { Aim } from '../placing.ts';

const LIFT_M = 0.004; // before the face, so that a stroke is not in it
const GAP_M = 0.008;
const POINTS_MAX = 4000; // what one stroke may gather before it is thinned

const ray = new THREE.Raycaster();

/** A stroke that is being drawn on a face: shown at once, and kept when it ends. */
export class Stroke {
  readonly id: number;
  readonly face: Sketch;
  private readonly here: Here;
  private readonly points: [number, number][] = [];
  private readonly line: THREE.Line;

  constructor(here: Here, id: number, face: Sketch) {
    this.here = here;
    this.id = id;
    this.face = face;
    const material = new THREE.LineBasicMaterial({ color: face.color, toneMapped: false });
    this.line = new THREE.Line(new THREE.BufferGeometry(), material);
    this.line.frustumCulled = false;
    here.stage.insides().scene.add(this.line);
  }

  get length(): number {
    return this.points.length;
  }

  /** Where the face's entity is, and how it is turned; null when it is gone. */
  place(): { middle: THREE.Vector3; turn: THREE.Quaternion } | null {
    const where = this.here.stage.worldPosition(this.id);
    if (!where) return null;
    return { middle: new THREE.Vector3(...where), turn: this.here.stage.worldRotation(this.id) };
  }

  /** Goes on to a point, in metres to the right of the face's middle and up. */
  add(right: number, up: number): void {
    const point = this.within(right, up);
    const last = this.points.at(-1);
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < GAP_M) return;
    if (this.points.length >= POINTS_MAX) return;
    this.points.push(point);
    this.show();
  }

  /** The nearest point of the face, in whole millimetres. */
  within(right: number, up: number): [number, number] {
    return [inside(right, this.face.width), inside(up, this.face.height)];
  }

  /** Shows it, and with `next` as if it went on to there. */
  show(next?: readonly [number, number]): void {
    const place = this.place();
    if (!place) return;
    const drawn = (next ? [...this.points, next] : this.points).map(([x, y]) =>
      new THREE.Vector3(x, y, this.face.depth + LIFT_M)
        .applyQuaternion(place.turn)
        .add(place.middle),
    );
    this.line.geometry.dispose();
    this.line.geometry = new THREE.BufferGeometry().setFromPoints(drawn);
  }

  /** Asks the world to keep it; what we showed of it goes once it did. */
  async keep(): Promise<void> {
    const { face, points } = this;
    if (points.length > 1)
      await ask(this.here, face.action, { points: thinned(points, face.most) });
    this.forget();
  }

  forget(): void {
    this.line.removeFromParent();
    this.line.geometry.dispose();
    (this.line.material as THREE.Material).dispose();
  }
}

/** Drawing on faces, by a pointer or along a hand's ray: a drag is a stroke. */
export class Sketching {
  private readonly here: Here;
  private readonly session: Session;
  private stroke: Stroke | null = null;

  constructor(here: Here, session: Session) {
    this.here = here;
    this.session = session;
  }

  /** The pointer went down: true when it is on a face within reach, and draws. */
  grab(at: Aim): boolean {
    if (this.stroke) return false;
    const { stage } = this.here;
    const hit = 'origin' in at ? stage.pickAlong(at) : stage.pick(at.x, at.y);
    const id = hit?.entity == null ? null : this.faceOf(hit.entity);
    if (id === null || this.here.time.past) return false;
    const { x, y, z } = this.here.walker.body.position;
    const [px, py, pz] = hit!.point;
    if (Math.hypot(px - x, py - y - 1, pz - z) > reachOf(this.session.state, id)) return false;
    this.stroke = new Stroke(this.here, id, this.session.state.value(id, 'Sketch')!);
    this.drag(at);
    return true;
  }

  /** The nearest of an entity and those above it that one draws on. */
  private faceOf(entity: number): number | null {
    const { state } = this.session;
    let at: number | null = entity;
    for (let depth = 0; at !== null && depth < 32; depth++) {
      if (state.value(at, 'Sketch')) return at;
      at = state.entities.get(at)?.parent ?? null;
    }
    return null;
  }

  get busy(): boolean {
    return this.stroke !== null;
  }

  /**
   * The pointer moved: the stroke goes on to where it is on the face. Returns how far away that is
   * in metres, null where it is beside the face's plane.
   */
  drag(at: Aim): number | null {
    const { stroke } = this;
    const place = stroke?.place();
    if (!stroke || !place) return null;
    if ('origin' in at) ray.ray.copy(at);
    else ray.setFromCamera(new THREE.Vector2(at.x, at.y), this.here.stage.camera);
    const ahead = new THREE.Vector3(0, 0, 1).applyQuaternion(place.turn);
    const plane = new THREE.Plane().setFromNormalAndCoplanarPoint(
      ahead,
      new THREE.Vector3(0, 0, stroke.face.depth).applyQuaternion(place.turn).add(place.middle),
    );
    const met = ray.ray.intersectPlane(plane, new THREE.Vector3());
    if (!met) return null;
    const along = met.distanceTo(ray.ray.origin);
    const own = met.sub(place.middle).applyQuaternion(place.turn.clone().invert());
    stroke.add(own.x, own.y);
    return along;
  }

  /** The pointer went up: the stroke is kept. */
  async release(): Promise<void> {
    const { stroke } = this;
    this.stroke = null;
    await stroke?.keep();
  }

  dispose(): void {
    this.stroke?.forget();
    this.stroke = null;
  }
}

/** A number on a face, in whole millimetres, no farther than half its width from its middle. */
function inside(value: number, width: number): number {
  const most = width / 2;
  return Math.round(Math.max(-most, Math.min(most, value)) * 1000) / 1000;
}

/** At most so many of the points, both ends among them. */
export function thinned(points: readonly [number, number][], most: number): [number, number][] {
  if (points.length <= most) return [...points];
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => points[Math.round(at * step)]!);
}
