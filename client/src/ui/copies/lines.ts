import { button, el } from '../dom.ts';
import { words } from './words.ts';

/** One copy of the world, as it is listed. */
export interface CopyCard {
  readonly number: number;
  readonly people: number;
  readonly places: number;
  readonly mine: boolean;
}

/** The copies of the world that are open, and the next one, each with a way across. */
export function copyLines(
  copies: readonly CopyCard[],
  cross: (number: number) => void,
): HTMLElement {
  const rows = copies.map(({ number, people, places, mine }) => {
    const press = button(words.cross, () => cross(number));
    press.classList.add('quiet');
    press.ariaLabel = `${words.cross}: ${words.copy(number)}`;
    const full = el('span', { class: 'dim' }, words.full);
    return el(
      'li',
      {},
      el(
        'span',
        {},
        words.copy(number),
        el('small', { class: 'dim' }, ` ${words.held(people, places)}`),
      ),
      mine ? el('span', { class: 'badge' }, words.here) : people < places ? press : full,
    );
  });
  return el(
    'div',
    { class: 'copies' },
    el('h3', { title: words.about }, words.title),
    el('ul', { class: 'lines' }, ...rows),
  );
}
