import { listWorlds } from '../net/api.ts';
import { Shelf } from '../ui/shelf/shelf.ts';
import type { WorldCard } from '../net/api.ts';

const REFRESH_MS = 5000;

/** Puts the shelf of worlds on the front page and keeps it current while it is looked at. */
export function showShelf(
  root: HTMLElement,
  cards: readonly WorldCard[],
  enter: (name: string) => void,
): void {
  const shelf = new Shelf(enter);
  shelf.show(cards);
  root.append(shelf.root);
  const timer = setInterval(() => {
    if (!shelf.root.isConnected) clearInterval(timer);
    else if (!document.hidden)
      listWorlds().then(
        ({ worlds }) => shelf.show(worlds),
        () => undefined, // the next look may succeed
      );
  }, REFRESH_MS);
}
