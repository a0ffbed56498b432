import type { Video } from '../../../world/components.generated.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import { own } from '../../media/own.ts';
import { Showing, type Stand } from '../../media/showing.ts';

const DAY_S = 86_400;

const stand = (value: Video): Stand => ({ ...value, curve: 0, loop: true, rail: 0 });

/**
 * A film that goes round by the server's clock alone, at the same place for all; all round who
 * stands in its ball it is their own.
 */
export function make(node: Node, first: Video, view: ViewContext): Part {
  const showing = new Showing(node, view, stand(first));
  return {
    update: (next: Video) => showing.set(stand(next)),
    tier: (tier) => showing.tier(tier),
    frame() {
      const clock = view.clock();
      const mine = own.of(node.id, clock);
      const all = { seconds: (clock.ms / 1000) % DAY_S, rate: clock.rate };
      showing.frame(mine ?? all, mine !== null && own.leapt);
    },
    dispose: () => showing.dispose(),
  };
}
