import type { WorldState } from '../../world/state.ts';
import { placeOf, type Point } from '../../world/surroundings.ts';

/** What lies so deep in our floor or so high over it is reached from there. */
const SUNK_M = 1;
const REACH_M = 2.5;
/** What is as wide is walked on; a table is not. */
const WALKED_M = 2;
const STEP_M = 0.1;

/**
 * How high one stands who goes from a floor so high to a place beside a thing: on the highest
 * thing wide enough to walk on that is under it, or on our own floor where the thing is within
 * reach from there. Where neither is known it is the thing's own height: never a storey below it.
 */
export function floorBeside(state: WorldState, thing: Point, beside: Point, own: number): number {
  const above = thing[1] - own;
  let floor = above >= -SUNK_M && above <= REACH_M ? own : -Infinity;
  for (const { id, cells } of state.entities.values()) {
    const shape = cells.has('Shape') && state.value(id, 'Shape');
    if (!shape || !shape.solid) continue;
    const [across, thick, along] = shape.size;
    const size: Point = [across, shape.kind === 'plane' ? 0 : thick, along];
    const [low, high] = boundsOf(state, id, size);
    const under = high[1] > floor && high[1] <= thing[1] + STEP_M;
    const wide = high[0] - low[0] >= WALKED_M && high[2] - low[2] >= WALKED_M;
    const [x, , z] = beside;
    const here = x >= low[0] && x <= high[0] && z >= low[2] && z <= high[2];
    if (under && wide && here) floor = high[1];
  }
  return floor === -Infinity ? thing[1] : floor;
}

/** The lowest and the highest corner in the world of a solid of a size about its origin. */
function boundsOf(state: WorldState, id: number, size: Point): [Point, Point] {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const side = (axis: number) => ((corner >> axis) & 1 ? 0.5 : -0.5) * size[axis]!;
    return placeOf(state, id, [side(0), side(1), side(2)]);
  });
  const all = (pick: (...of: number[]) => number): Point => [
    pick(...corners.map(([x]) => x)),
    pick(...corners.map(([, y]) => y)),
    pick(...corners.map(([, , z]) => z)),
  ];
  return [all(Math.min), all(Math.max)];
}
