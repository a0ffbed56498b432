import type { Node, Part, SkyWish, ViewContext } from '../context.ts';

/** The world's hour, clouds and picture of the sky; the newest Sky component of a world wins. */
export function sky(_node: Node, first: SkyWish, view: ViewContext): Part {
  view.setSky(first);
  return {
    update: (next: SkyWish) => view.setSky(next),
    dispose: () => view.setSky(null),
  };
}
