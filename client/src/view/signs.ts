import type * as THREE from './three.ts';

/** As wide as a sign of a word or two, in metres: nearer to each other they cover one another. */
export const ROOM_M = 0.6;

/**
 * Where signs over things would stand. On a board full of things they would cover each other and
 * what is written there, so among neighbours none stands: the pointer says what each one does.
 */
export class Signs {
  private readonly places = new Set<THREE.Vector3>();

  /** Takes the place of a thing, which whoever adds it keeps true. */
  add(place: THREE.Vector3): void {
    this.places.add(place);
  }

  remove(place: THREE.Vector3): void {
    this.places.delete(place);
  }

  /** Whether a sign at one of the places stands free. */
  hasRoom(place: THREE.Vector3): boolean {
    for (const other of this.places)
      if (other !== place && other.distanceTo(place) < ROOM_M) return false;
    return true;
  }
}

const every = new WeakMap<THREE.Scene, Signs>();

/** The signs of a scene. */
export function signsOf(scene: THREE.Scene): Signs {
  const signs = every.get(scene) ?? new Signs();
  every.set(scene, signs);
  return signs;
}
