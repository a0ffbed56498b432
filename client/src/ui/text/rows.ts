import { el } from '../dom.ts';

/**
 * A list whose rows keep their elements: nothing moves under the finger or the focus of someone who
 * goes through it, and a screen reader is told what changed and not the whole list again.
 */
export class Rows<Item> {
  readonly root: HTMLUListElement;
  private readonly rows = new Map<string | number, HTMLLIElement>();
  private readonly empty: HTMLElement;
  private readonly keyOf: (item: Item) => string | number;
  private readonly fill: (row: HTMLLIElement, item: Item) => void;

  constructor(
    label: string,
    empty: string,
    keyOf: (item: Item) => string | number,
    fill: (row: HTMLLIElement, item: Item) => void,
  ) {
    this.root = el('ul', { ariaLabel: label });
    this.empty = el('li', { class: 'dim' }, empty);
    this.keyOf = keyOf;
    this.fill = fill;
  }

  /** Shows these, in this order; while the list has the focus, known rows stay where they are. */
  show(items: readonly Item[]): void {
    const wanted = items.map((item) => this.rowOf(item));
    const kept = new Set(items.map(this.keyOf));
    for (const [key, row] of this.rows) {
      if (kept.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    const held = this.root.contains(document.activeElement);
    const order = held ? [...this.root.children].filter((row) => row !== this.empty) : [];
    for (const row of wanted) if (!order.includes(row)) order.push(row);
    if (order.length === 0) order.push(this.empty);
    else this.empty.remove();
    order.forEach((row, at) => {
      if (this.root.children[at] !== row)
        this.root.insertBefore(row, this.root.children[at] ?? null);
    });
  }

  private rowOf(item: Item): HTMLLIElement {
    const key = this.keyOf(item);
    let row = this.rows.get(key);
    if (!row) {
      row = el('li');
      this.rows.set(key, row);
    }
    this.fill(row, item);
    return row;
  }
}

/** Sets a text where it changed: what is the same is not read out again. */
export function write(into: HTMLElement, text: string): void {
  if (into.textContent !== text) into.textContent = text;
}
