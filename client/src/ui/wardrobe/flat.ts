import { el } from '../dom.ts';
import { portrait } from '../looks.ts';
import type { Shown } from './wardrobe.ts';

/** A figure as a small picture in its colours, where nothing is drawn in 3D. */
export function flatFigure(): Shown {
  const root = el('div', { class: 'flat' });
  return {
    root,
    show: (code) => root.replaceChildren(portrait(code)),
    own: () => undefined, // a body of one's own has no colours to show
    recall: () => undefined,
  };
}
