import { el } from '../dom.ts';
import { icon } from './icons.ts';

/** What tells at a glance that this is not now: a frame round the picture, and when it is. */
export class Edge {
  readonly root: HTMLElement;
  private readonly text = el('span', {});
  private readonly more = el('span', { class: 'dim' });

  constructor() {
    const told = el(
      'p',
      { class: 'then card', attrs: { role: 'status' } },
      icon('go'),
      this.text,
      this.more,
    );
    this.root = el('div', { class: 'past-edge', hidden: true }, told);
  }

  /** Shows a moment's name, or that it is now. */
  show(moment: { when: string; more: string } | null): void {
    this.root.hidden = moment === null;
    document.documentElement.classList.toggle('in-past', moment !== null);
    if (!moment) return;
    if (this.text.textContent !== moment.when) this.text.textContent = moment.when;
    if (this.more.textContent !== moment.more) this.more.textContent = moment.more;
  }
}
