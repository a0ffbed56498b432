import type { WorldState } from '../world/state.ts';
import { pressedWith, titleOf, verbOf, type Verb } from '../world/naming.ts';

export const REACH_M = 8;
const LISTED_MAX = 8;

/**
 * Something that a click does something with, as it is offered to the pointer and to the keyboard.
 */
export interface Thing {
  id: number;
  title: string;
  /** What pressing it does, in words. */
  verb: Verb;
  distance: number;
}

/**
 * What the thing under a click is, looking up through its parents to one that answers; writing on
 * a thing is the thing.
 */
export function answering(state: WorldState, id: number): number {
  return pressedWith(state, id) ?? pressedWith(state, id, (at) => isShaped(state, at)) ?? id;
}

/** From how far a thing can be pressed, in metres: a screen from wherever it is heard. */
export function reachOf(state: WorldState, id: number): number {
  return Math.max(REACH_M, state.value(id, 'Screen')?.reach ?? 0);
}

/** Whether the whole of an entity is scenery: a declared stage such as the plaza's ground. */
export function isScenery(state: WorldState, id: number): boolean {
  return verbOf(state, id) === 'click' && !isShaped(state, id);
}

function isShaped(state: WorldState, id: number): boolean {
  const cells = state.entities.get(id)?.cells;
  return Boolean(cells?.has('Shape') || cells?.has('Model'));
}

/**
 * The things within reach of a place, nearest first; a part of a thing that answers is that.
 * `lacks`: of what nothing can be done with, a card whose picture is gone is told all the same.
 */
export function within(
  state: WorldState,
  here: readonly [number, number, number],
  placeOf: (id: number) => readonly [number, number, number] | null,
  spread: (id: number) => number,
  lacks: (id: number) => boolean = () => false,
): Thing[] {
  const things: Thing[] = [];
  for (const { id } of state.entities.values()) {
    const offered = (!isScenery(state, id) || lacks(id)) && answering(state, id) === id;
    const place = offered ? placeOf(id) : null;
    if (!place) continue;
    const away = Math.hypot(place[0] - here[0], place[1] - here[1], place[2] - here[2]);
    if (away > 2 * REACH_M) continue;
    const half = spread(id);
    const distance = Math.max(0, away - half);
    if (half > REACH_M || distance > REACH_M) continue; // a whole hall is a place, not a thing
    things.push({ id, title: titleOf(state, id), verb: verbOf(state, id), distance });
  }
  // What says that it does something comes before what may only be looked at.
  const rank = (thing: Thing) => thing.distance + (thing.verb === 'click' ? REACH_M : 0);
  return things.sort((a, b) => rank(a) - rank(b)).slice(0, LISTED_MAX);
}
