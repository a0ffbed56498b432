import { button, el } from '../dom.ts';
import { Filters } from '../history/filters.ts';
import type { Filter, Group } from '../history/groups.ts';
import { say } from '../history/strings.ts';
import { ago, exactly } from '../history/times.ts';
import type { Around } from '../../world/surroundings.ts';
import { Rows, write } from './rows.ts';
import { words } from './words.ts';

const LISTED = 30;

/** What the part asks of its owner. */
export interface BeforeEvents {
  filter(filter: Filter): void;
  /** One page further back. */
  older(): void;
  moment(group: Group): void;
  undo(group: Group): void;
  restore(): void;
  now(): void;
}

/** What is told of the past: what happened, newest first, and what was there at one moment. */
export class BeforePart {
  readonly root: HTMLElement;
  readonly filters: Filters;
  private readonly told: Rows<Group>;
  private readonly things: Rows<Around>;
  private readonly more: HTMLButtonElement;
  private readonly note = el('p', { class: 'dim', attrs: { role: 'status' } });
  private readonly then = el('div', { class: 'then', hidden: true });
  private readonly head = el('h3', { tabIndex: -1 });
  private readonly picture = el('a', {}, words.toPicture);
  private readonly restore: HTMLButtonElement;
  private readonly lines = new Map<string, Group>();
  private readonly sentence: (group: Group) => string;
  private readonly events: BeforeEvents;
  private listed = LISTED;
  private opener: HTMLElement | null = null;

  constructor(sentence: (group: Group) => string, events: BeforeEvents) {
    this.sentence = sentence;
    this.events = events;
    this.filters = new Filters((filter) => {
      this.listed = LISTED;
      events.filter(filter);
    });
    this.told = new Rows(words.before, say.empty, ({ first }) => first, this.line.bind(this));
    this.things = new Rows(words.wasHere, words.nothing, ({ id }) => id, thing);
    this.more = button(say.furtherBack, () => {
      this.listed += LISTED;
      events.older();
    });
    this.restore = button(say.restore, () => events.restore());
    const back = button(words.toNow, () => events.now());
    const row = el('div', { class: 'row' }, back, this.picture, this.restore);
    this.then.append(this.head, row, this.things.root);
    this.root = el(
      'div',
      { class: 'before' },
      this.then,
      this.filters.root,
      this.told.root,
      this.note,
      this.more,
    );
  }

  /** Shows what was read; `whole`: the beginning of the world is among it. */
  show(groups: readonly Group[], whole: boolean, undoes: boolean, note = ''): void {
    this.root.dataset['undoes'] = String(undoes);
    this.lines.clear();
    for (const group of groups) this.lines.set(String(group.first), group);
    this.told.show(groups.slice(0, this.listed));
    this.more.hidden = whole && groups.length <= this.listed;
    write(this.note, note);
  }

  /** Whether more is wished for than this. */
  wants(count: number): boolean {
    return count < this.listed;
  }

  /** Shows one moment, and goes there; null: now, and back to the line one came from. */
  moment(at: { when: string; href: string; things: readonly Around[]; restores: boolean } | null) {
    const opened = this.then.hidden;
    this.then.hidden = at === null;
    if (at === null) {
      this.opener?.focus();
      return;
    }
    if (opened) this.opener = document.activeElement as HTMLElement | null;
    write(this.head, words.asItWas(at.when));
    this.picture.href = at.href;
    this.restore.hidden = !at.restores;
    this.things.show(at.things);
    this.head.focus();
  }

  private line(row: HTMLLIElement, group: Group): void {
    const told = this.sentence(group);
    if (row.children.length === 0) {
      const key = String(group.first);
      const given = () => this.lines.get(key) ?? group;
      const then = button(words.thenHere, () => this.events.moment(given()));
      const undo = button(words.undo, () => this.events.undo(given()));
      row.append(
        el('p', { dir: 'auto' }),
        el('p', { title: exactly(group.ms) }),
        el('div', { class: 'row' }, then, undo),
      );
    }
    const [line, time, does] = [...row.children] as HTMLElement[];
    const [then, undo] = [...does!.children] as HTMLElement[];
    write(line!, told);
    write(time!, ago(group.ms));
    then!.ariaLabel = `${words.thenHere}: ${told}`;
    undo!.ariaLabel = `${words.undo}: ${told}`;
    undo!.hidden = this.root.dataset['undoes'] !== 'true' || !group.things.length;
  }
}

function thing(row: HTMLLIElement, { title, about, distance, direction }: Around): void {
  if (row.children.length === 0) row.append(el('p', { dir: 'auto' }), el('p', { dir: 'auto' }));
  const [head, more] = [...row.children] as HTMLElement[];
  write(head!, `${title}, ${words.away(distance, direction)}`);
  write(more!, about === title ? '' : about);
}
