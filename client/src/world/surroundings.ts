import { pressedWith, shownBy, titleOf, verbOf, type Verb } from './naming.ts';
import type { WorldState } from './state.ts';

export type Point = readonly [number, number, number];

const NEAR_M = 2;
const DEPTH_MAX = 32;
const TOLD =
  'Use Portal Push Annotation Shape Model Instances Path Heat Seat Screen'.split(' ');

/** Counter-clockwise in eighths of a turn from the look; nearer than two metres is `here`. */
export const SECTORS = [
  'ahead',
  'aheadLeft',
  'left',
  'behindLeft',
  'behind',
  'behindRight',
  'right',
  'aheadRight',
] as const;
export type Direction = (typeof SECTORS)[number] | 'here';

/** One entity as it is told; worldloom/presence/surroundings.py has the same rules. */
export interface Around {
  readonly id: number;
  readonly title: string;
  readonly verb: Verb;
  readonly about: string;
  /** It has a body that can be pressed; else it is writing or a name. */
  readonly solid: boolean;
  readonly place: Point;
  readonly distance: number;
  readonly direction: Direction;
}

/**
 * As what an entity is told: as itself, or, where it is a part without words of its own, as the
 * thing that it is pressed with. Scenery is not, nor a picture of which nobody said what it shows.
 */
export function toldAs(state: WorldState, id: number): number | null {
  const cells = state.entities.get(id)?.cells;
  if (cells?.has('Text') || shownBy(state, id) !== '') return id;
  return TOLD.some((name) => cells?.has(name)) ? (pressedWith(state, id) ?? id) : null;
}

/** What is there beside scenery, nearest first. */
export function around(state: WorldState, here: Point, yaw: number): Around[] {
  const told = new Set<number>();
  for (const id of state.entities.keys()) {
    const as = toldAs(state, id);
    if (as !== null) told.add(as);
  }
  const found = [...told].map((id) => {
    const cells = state.entities.get(id)!.cells;
    const place = placeOf(state, id);
    const distance = Math.hypot(place[0] - here[0], place[1] - here[1], place[2] - here[2]);
    const about = state.value(id, 'Annotation')?.text || state.value(id, 'Text')?.value || '';
    const title = titleOf(state, id);
    const direction = directionOf(here, place, yaw);
    const solid = cells.has('Shape') || cells.has('Model');
    return { id, title, verb: verbOf(state, id), about, solid, place, distance, direction };
  });
  return found.sort((a, b) => a.distance - b.distance || a.id - b.id);
}

/** Which way something lies from a look along -Z turned by `yaw` radians. */
export function directionOf(here: Point, there: Point, yaw: number): Direction {
  const east = there[0] - here[0];
  const north = here[2] - there[2];
  if (Math.hypot(east, north) < NEAR_M) return 'here';
  const eighths = Math.round((Math.atan2(-east, north) - yaw) / (Math.PI / 4));
  return SECTORS[((eighths % 8) + 8) % 8]!;
}

/** Where a point of an entity, or its origin, is in the world, through all its parents. */
export function placeOf(state: WorldState, id: number, of: Point = [0, 0, 0]): Point {
  let point = of;
  let at: number | null = id;
  for (let depth = 0; at !== null && depth < DEPTH_MAX; depth++) {
    const transform = state.value(at, 'Transform');
    if (transform) {
      const { position, rotation, scale } = transform;
      const [x, y, z] = turned(
        [point[0] * scale[0], point[1] * scale[1], point[2] * scale[2]],
        rotation,
      );
      point = [x + position[0], y + position[1], z + position[2]];
    }
    at = state.entities.get(at)?.parent ?? null;
  }
  return point;
}

function turned([px, py, pz]: Point, q: readonly [number, number, number, number]): Point {
  const [x, y, z, w] = q;
  const tx = 2 * (y * pz - z * py);
  const ty = 2 * (z * px - x * pz);
  const tz = 2 * (x * py - y * px);
  return [
    px + w * tx + y * tz - z * ty,
    py + w * ty + z * tx - x * tz,
    pz + w * tz + x * ty - y * tx,
  ];
}
