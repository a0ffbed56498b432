import { button, el } from '../dom.ts';
import type { Category, Filter } from './groups.ts';
import { say } from './strings.ts';

const KINDS: readonly Category[] = ['made', 'changed', 'talk', 'people', 'other'];

/** Which groups are listed: by person, by kind, by thing. */
export class Filters {
  readonly root: HTMLElement;
  private readonly people = el('select', { ariaLabel: say.who });
  private readonly kinds = el('select', { ariaLabel: say.what });
  private readonly things = el('select', { ariaLabel: say.thing });
  private readonly clear: HTMLButtonElement;
  private readonly change: (filter: Filter) => void;

  constructor(change: (filter: Filter) => void) {
    this.change = change;
    this.clear = button(say.clear, () => this.set({ actor: '', category: '', thing: null }));
    this.kinds.append(
      new Option(say.everything, ''),
      ...KINDS.map((kind) => new Option(say.kinds[kind], kind)),
    );
    for (const select of [this.people, this.kinds, this.things])
      select.onchange = () => this.changed();
    this.root = el(
      'div',
      { class: 'filters', ariaLabel: say.what, attrs: { role: 'group' } },
      this.people,
      this.kinds,
      this.things,
      this.clear,
    );
    this.offer([], []);
  }

  get value(): Filter {
    const thing = this.things.value;
    return {
      actor: this.people.value,
      category: this.kinds.value as Category | '',
      thing: thing === '' ? null : Number(thing),
    };
  }

  /** Offers people and things to choose from; what is chosen stays chosen. */
  offer(people: readonly [string, string][], things: readonly [number, string][]): void {
    fill(this.people, say.everyone, people);
    fill(this.things, say.anyThing, things.map(([id, name]) => [String(id), name] as const));
    this.mark();
  }

  /** Chooses from outside: a thing that was clicked in the world, say. */
  set({ actor, category, thing }: Filter, name = ''): void {
    const key = thing === null ? '' : String(thing);
    if (key && ![...this.things.options].some(({ value }) => value === key))
      this.things.append(new Option(name, key));
    this.people.value = actor;
    this.kinds.value = category;
    this.things.value = key;
    this.changed();
  }

  private changed(): void {
    this.mark();
    this.change(this.value);
  }

  private mark(): void {
    const { actor, category, thing } = this.value;
    this.clear.hidden = actor === '' && category === '' && thing === null;
    for (const select of [this.people, this.kinds, this.things])
      select.classList.toggle('set', select.value !== '');
  }
}

type Row = readonly [key: string, name: string];

function fill(select: HTMLSelectElement, all: string, rows: readonly Row[]): void {
  const chosen = select.selectedOptions[0];
  const options = [new Option(all, ''), ...rows.map(([key, name]) => new Option(name, key))];
  const kept = options.some(({ value }) => value === chosen?.value);
  if (chosen && !kept) options.push(new Option(chosen.text, chosen.value));
  const wanted = chosen?.value ?? '';
  if (same(select, options)) return;
  select.replaceChildren(...options);
  select.value = wanted;
}

function same(select: HTMLSelectElement, options: readonly HTMLOptionElement[]): boolean {
  return (
    select.options.length === options.length &&
    options.every(({ value, text }, i) => {
      const known = select.options[i]!;
      return known.value === value && known.text === text;
    })
  );
}
