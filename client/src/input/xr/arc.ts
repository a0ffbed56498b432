import { castRay } from '../body.ts';
import * as THREE from '../../view/three.ts';

const SPEED_M_PER_S = 7.5;
const GRAVITY = 9.8;
const STEP_S = 0.05;
const STEPS = 48;
const FLAT = Math.cos((40 * Math.PI) / 180);
const ROOM_M = 1.5; // to stand upright in

/** How a thing thrown from a hand would fly, and where one would stand. */
export interface Arc {
  readonly points: readonly THREE.Vector3[];
  /** Where it lands, if one can stand there. */
  readonly landing: THREE.Vector3 | null;
}

const way = new THREE.Vector3();
const UP = new THREE.Vector3(0, 1, 0);

/** Follows the arc of a ray until it meets the ground or something that is no ground. */
export function throwArc(ray: THREE.Ray, colliders: readonly THREE.Mesh[]): Arc {
  const points = [ray.origin.clone()];
  const speed = ray.direction.clone().multiplyScalar(SPEED_M_PER_S);
  for (let step = 0; step < STEPS; step++) {
    const from = points.at(-1)!;
    const to = from.clone().addScaledVector(speed, STEP_S);
    speed.y -= GRAVITY * STEP_S;
    way.subVectors(to, from);
    const length = way.length();
    const hit = castRay(colliders, from, way.normalize(), length);
    if (hit) {
      points.push(hit.point.clone());
      const level = Math.abs(hit.face?.normal.y ?? 0) > FLAT && way.y < 0;
      return { points, landing: level ? standing(hit.point, colliders) : null };
    }
    if (to.y < 0 && from.y >= 0) {
      const ground = from.clone().lerp(to, from.y / (from.y - to.y)).setY(0);
      points.push(ground);
      return { points, landing: standing(ground, colliders) };
    }
    points.push(to);
  }
  return { points, landing: null };
}

/** A place, if nothing hangs over it where one's head would be. */
function standing(place: THREE.Vector3, colliders: readonly THREE.Mesh[]): THREE.Vector3 | null {
  const over = place.clone().setY(place.y + 0.1);
  return castRay(colliders, over, UP, ROOM_M) ? null : place.clone();
}
