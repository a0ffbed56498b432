import type { Video } from '../../../world/components.generated.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import { Showing, type Stand } from '../../media/showing.ts';

const DAY_S = 86_400;

const stand = (value: Video): Stand => ({ ...value, curve: 0, loop: true, rail: 0 });

/** A film that goes round by the server's clock alone, at the same place for all. */
export function make(node: Node, first: Video, view: ViewContext): Part {
  const showing = new Showing(node, view, stand(first));
  return {
    update: (next: Video) => showing.set(stand(next)),
    tier: (tier) => showing.tier(tier),
    frame() {
      const { ms, rate } = view.clock();
      showing.frame({ seconds: (ms / 1000) % DAY_S, rate }, false);
    },
    dispose: () => showing.dispose(),
  };
}
