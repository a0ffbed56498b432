import type { WorldCard } from '../../net/api.ts';
import '../css/shelf.css';
import { button, el } from '../dom.ts';
import { words } from './strings.ts';

/** The worlds of the realm as cards with pictures: searched, and one's own apart. */
export class Shelf {
  readonly root: HTMLElement;
  private readonly search = el('input', {
    type: 'search',
    placeholder: words.search,
    ariaLabel: words.search,
    autocomplete: 'off',
  });
  private readonly list = el('ul', {});
  private readonly none = el('p', { class: 'dim', hidden: true, attrs: { role: 'status' } });
  private readonly all = button(words.all, () => this.choose(false));
  private readonly mine = button(words.mine, () => this.choose(true));
  private readonly enter: (name: string) => void;
  private readonly rows = new Map<string, { root: HTMLElement; told: string }>();
  private cards: readonly WorldCard[] = [];
  private own = false;

  constructor(enter: (name: string) => void) {
    this.enter = enter;
    this.search.oninput = () => this.draw();
    const sorts = el('div', { class: 'sorts', attrs: { role: 'group' } }, this.all, this.mine);
    sorts.ariaLabel = words.which;
    this.root = el(
      'nav',
      { class: 'shelf card', ariaLabel: words.worlds },
      el('header', {}, el('h2', {}, words.worlds), sorts, this.search),
      this.none,
      this.list,
    );
    this.choose(false);
  }

  /** Shows these worlds; pictures that are there already stay as they are, and one is no choice. */
  show(cards: readonly WorldCard[]): void {
    this.cards = cards;
    this.root.hidden = cards.length < 2;
    this.draw();
  }

  private choose(own: boolean): void {
    this.own = own;
    this.all.ariaPressed = String(!own);
    this.mine.ariaPressed = String(own);
    this.draw();
  }

  private draw(): void {
    const wanted = this.search.value.trim().toLocaleLowerCase();
    const found = this.cards.filter(
      ({ name, title, mine }) =>
        (mine || !this.own) && `${title} ${name}`.toLocaleLowerCase().includes(wanted),
    );
    this.list.replaceChildren(...found.map((card) => this.row(card)));
    this.none.hidden = found.length > 0;
    this.none.textContent = this.own && wanted === '' ? words.noneOwn : words.none;
  }

  private row(card: WorldCard): HTMLElement {
    const told = JSON.stringify({ ...card, seq: 0 });
    const known = this.rows.get(card.name);
    if (known?.told === told) return known.root;
    const root = this.made(card);
    this.rows.set(card.name, { root, told });
    return root;
  }

  private made(card: WorldCard): HTMLElement {
    const { name, title, visitors, visibility, role, mine, picture, lineage } = card;
    const [from] = lineage;
    const parent = this.cards.find((one) => one.name === from?.world);
    const path = encodeURIComponent(name);
    const image = el('img', { alt: '', loading: 'lazy', width: 480, height: 270 });
    image.src = picture ? `/assets/${picture}` : `/api/worlds/${path}/picture`;
    const notes = [
      from ? words.fork(parent?.title || from.world, from.seq) : '',
      visitors > 0 ? words.here(visitors) : words.empty,
      mine ? role : '',
      visibility === 'public' ? '' : words.seen[visibility],
    ];
    const link = el(
      'a',
      { href: `/w/${path}` },
      image,
      el('span', { class: 'title', dir: 'auto' }, title || name),
      el('span', { class: 'dim' }, notes.filter(Boolean).join(' · ')),
    );
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.enter(name);
    };
    return el('li', {}, link);
  }
}
