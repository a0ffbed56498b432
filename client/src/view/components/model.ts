import type { Node, Part, ViewContext } from '../context.ts';
import { modelAddress, type ModelValue } from '../models.ts';

/**
 * A GLB from the realm's own assets. What draws it comes with what reads it, in a file of its own;
 * its bytes are fetched meanwhile.
 */
export function model(node: Node, first: ModelValue, view: ViewContext): Part {
  let value = first;
  let part: Part | null = null;
  let gone = false;
  let early = modelAddress(value.asset);
  if (early) view.models.take(early).catch(() => (early = ''));
  view.models.library
    .then(({ modelled }) => {
      if (!gone) part = modelled(node, value, view);
      if (early) view.models.release(early);
    })
    .catch((error: unknown) => console.warn('models:', error));
  return {
    update(next: ModelValue) {
      value = next;
      part?.update?.(next as never);
    },
    tier: (tier) => part?.tier?.(tier),
    frame: (dt, now) => part?.frame?.(dt, now),
    dispose() {
      gone = true;
      part?.dispose();
    },
  };
}
