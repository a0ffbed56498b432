import { reachOf } from '../../input/reach.ts';
import * as THREE from '../../view/three.ts';
import type { Sketch } from '../../world/components.generated.ts';
import type { Session } from '../../world/session.ts';
import { ask, type Here } from '../here.ts';
import type { Aim } from '../placing.ts';

const LIFT_M = 0.004; // before the face, so that a stroke is not in it
const GAP_M = 0.008;
const POINTS_MAX = 4000; // what one stroke may gather before it is thinned

/** A stroke that is being drawn. */
interface Stroke {
  readonly id: number;
  readonly face: Sketch;
  readonly points: [number, number][];
  readonly line: THREE.Line;
}

const ray = new THREE.Raycaster();

/**
 * Drawing on faces, by a pointer or along a hand's ray: a drag is a stroke, shown at once and kept
 * when the finger lifts.
 */
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
    const face = this.session.state.value(id, 'Sketch')!;
    const material = new THREE.LineBasicMaterial({ color: face.color, toneMapped: false });
    const line = new THREE.Line(new THREE.BufferGeometry(), material);
    line.frustumCulled = false;
    this.stroke = { id, face, points: [], line };
    this.here.stage.insides().scene.add(line);
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
    const place = stroke && this.placeOf(stroke);
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
    const x = within(own.x, stroke.face.width);
    const y = within(own.y, stroke.face.height);
    const last = stroke.points.at(-1);
    const fresh = !last || Math.hypot(x - last[0], y - last[1]) >= GAP_M;
    if (fresh && stroke.points.length < POINTS_MAX) {
      stroke.points.push([x, y]);
      this.show(stroke, place);
    }
    return along;
  }

  private placeOf({ id }: Stroke): { middle: THREE.Vector3; turn: THREE.Quaternion } | null {
    const where = this.here.stage.worldPosition(id);
    if (!where) return null;
    return { middle: new THREE.Vector3(...where), turn: this.here.stage.worldRotation(id) };
  }

  private show(
    { face, points, line }: Stroke,
    { middle, turn }: { middle: THREE.Vector3; turn: THREE.Quaternion },
  ): void {
    const drawn = points.map(([x, y]) =>
      new THREE.Vector3(x, y, face.depth + LIFT_M).applyQuaternion(turn).add(middle),
    );
    line.geometry.dispose();
    line.geometry = new THREE.BufferGeometry().setFromPoints(drawn);
  }

  /** The pointer went up: the stroke is kept, and what we showed of it goes once it is. */
  async release(): Promise<void> {
    const { stroke } = this;
    if (!stroke) return;
    this.stroke = null;
    const { face, points } = stroke;
    const kept = thinned(points, face.most);
    if (points.length > 1) await ask(this.here, face.action, { points: kept });
    this.forget(stroke);
  }

  private forget({ line }: Stroke): void {
    line.removeFromParent();
    line.geometry.dispose();
    (line.material as THREE.Material).dispose();
  }

  dispose(): void {
    if (this.stroke) this.forget(this.stroke);
    this.stroke = null;
  }
}

/** A number on a face, in whole millimetres, no farther than half its width from its middle. */
function within(value: number, width: number): number {
  const most = width / 2;
  return Math.round(Math.max(-most, Math.min(most, value)) * 1000) / 1000;
}

/** At most so many of the points, both ends among them. */
export function thinned(points: readonly [number, number][], most: number): [number, number][] {
  if (points.length <= most) return [...points];
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => points[Math.round(at * step)]!);
}
