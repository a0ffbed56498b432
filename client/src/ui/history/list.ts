import { el } from '../dom.ts';

const ROW_PX = 66;
const SPARE_ROWS = 6;

/** What a list shows, asked row by row. */
export interface ListSource {
  count(): number;
  /** What tells a row apart from all others, however many come before it. */
  key(index: number): number;
  row(index: number): HTMLElement;
  chosen(index: number): void;
  /** The end comes into sight. */
  nearEnd(): void;
}

/**
 * A list of any length of which only the rows in sight exist: rows are equally high, arrows go
 * from row to row, Enter chooses one.
 */
export class RowList {
  readonly root: HTMLElement;
  private readonly inner = el('div', { class: 'rows' });
  private readonly source: ListSource;
  private readonly made = new Map<number, HTMLElement>();
  private active: number | null = null;
  private chosen: number | null = null;
  private drawing = false;

  constructor(label: string, source: ListSource) {
    this.source = source;
    this.root = el(
      'div',
      { class: 'list', tabIndex: 0, ariaLabel: label, attrs: { role: 'listbox' } },
      this.inner,
    );
    this.root.addEventListener('scroll', () => this.soon(), { passive: true });
    this.root.addEventListener('keydown', (event) => this.key(event));
    this.root.addEventListener('click', (event) => this.click(event));
    this.root.addEventListener('focus', () => this.begin());
    new ResizeObserver(() => this.soon()).observe(this.root);
  }

  /** Shows what the source has now; `fresh` makes the rows anew. */
  refresh(fresh = true): void {
    if (fresh) this.forget();
    this.soon();
  }

  /** `count` rows came in at the top: what the reader looks at stays where it is. */
  grew(count: number): void {
    if (this.root.scrollTop > ROW_PX / 2) this.root.scrollTop += count * ROW_PX;
    this.soon();
  }

  /** Marks the row of this key. */
  choose(key: number | null): void {
    this.chosen = key;
    this.active = key;
    for (const [one, row] of this.made) this.mark(one, row);
  }

  /** Brings a row into sight. */
  reveal(index: number): void {
    if (index < 0) return;
    this.draw(); // so that the list is as long as it is to be
    const top = index * ROW_PX;
    const { scrollTop, clientHeight } = this.root;
    if (top < scrollTop) this.root.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight)
      this.root.scrollTop = top + ROW_PX - clientHeight;
    this.draw();
  }

  /** Whoever comes in by keyboard stands on the first row in sight. */
  private begin(): void {
    if (this.active !== null || this.source.count() === 0) return;
    const first = Math.ceil(this.root.scrollTop / ROW_PX);
    this.active = this.source.key(Math.min(first, this.source.count() - 1));
    for (const [one, row] of this.made) this.mark(one, row);
  }

  private forget(): void {
    for (const row of this.made.values()) row.remove();
    this.made.clear();
  }

  private soon(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.drawing = false;
    const count = this.source.count();
    const { scrollTop, clientHeight } = this.root;
    this.inner.style.height = `${count * ROW_PX}px`;
    const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(count, Math.ceil((scrollTop + clientHeight) / ROW_PX) + SPARE_ROWS);
    const wanted = new Set<number>();
    for (let index = first; index < last; index++) {
      const key = this.source.key(index);
      wanted.add(key);
      this.place(key, index, count);
    }
    for (const [key, row] of this.made) {
      if (wanted.has(key)) continue;
      row.remove();
      this.made.delete(key);
    }
    if (last >= count) this.source.nearEnd();
  }

  private place(key: number, index: number, count: number): void {
    let row = this.made.get(key);
    if (!row) {
      row = this.source.row(index);
      row.id = `history-${key}`;
      row.setAttribute('role', 'option');
      this.made.set(key, row);
      this.inner.append(row);
    }
    row.style.transform = `translateY(${index * ROW_PX}px)`;
    row.dataset['index'] = String(index);
    row.setAttribute('aria-posinset', String(index + 1));
    row.setAttribute('aria-setsize', String(count));
    this.mark(key, row);
  }

  private mark(key: number, row: HTMLElement): void {
    row.ariaSelected = String(key === this.chosen);
    row.classList.toggle('active', key === this.active);
    if (key === this.active) this.root.setAttribute('aria-activedescendant', row.id);
  }

  private click(event: Event): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[role=option]');
    if (row) this.pick(Number(row.dataset['index']));
  }

  private pick(index: number): void {
    this.choose(this.source.key(index));
    this.source.chosen(index);
  }

  private key(event: KeyboardEvent): void {
    const count = this.source.count();
    const at = this.indexOf(this.active);
    const page = Math.max(1, Math.floor(this.root.clientHeight / ROW_PX) - 1);
    const ways: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: count - 1,
    };
    const next = ways[event.key];
    const press = event.key === 'Enter' || event.key === ' ';
    if (next === undefined && !press) return;
    event.preventDefault();
    event.stopPropagation(); // these keys walk where nobody takes them
    if (count === 0) return;
    const index = Math.min(count - 1, Math.max(0, next ?? at));
    this.active = this.source.key(index);
    this.reveal(index);
    for (const [one, row] of this.made) this.mark(one, row);
    if (press) this.pick(index);
  }

  private indexOf(key: number | null): number {
    const row = key === null ? undefined : this.made.get(key);
    if (row) return Number(row.dataset['index']);
    // Far out of sight, as one scrolled away: the row is not made.
    for (let index = this.source.count() - 1; index >= 0; index--)
      if (this.source.key(index) === key) return index;
    return -1;
  }
}
