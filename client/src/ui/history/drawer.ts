import { spokenName } from '../../world/naming.ts';
import { button, el } from '../dom.ts';
import { Detail, type DetailEvents } from './detail.ts';
import { Feed } from './feed.ts';
import { Filters } from './filters.ts';
import { EVERYTHING, type Group } from './groups.ts';
import { tool } from './icons.ts';
import { RowList } from './list.ts';
import type { Names } from './names.ts';
import { sentence, type BeforeOf } from './sentences.ts';
import { say } from './strings.ts';
import { ago, exactly } from './times.ts';
import { brief } from './values.ts';

const PAGES_AT_ONCE = 6;
const PEOPLE_MAX = 60;
const THINGS_MAX = 200;
const HUES = 12;
const HUE_DEGREES = 30;

export interface DrawerEvents extends Omit<DetailEvents, 'close'> {
  close(): void;
  /** A group was chosen, or none: what it touched is marked in the world. */
  touched(ids: readonly number[]): void;
}

/** What happened in this world, newest first: who, what, when, before and after. */
export class Drawer {
  readonly root: HTMLElement;
  readonly detail: Detail;
  private readonly list: RowList;
  private readonly filters: Filters;
  private readonly note = el('p', { class: 'note dim', ariaLive: 'polite' });
  private readonly more = button(say.furtherBack, () => void this.fill());
  private readonly feed: Feed;
  private readonly names: Names;
  private readonly before: BeforeOf;
  private readonly events: DrawerEvents;
  private moment: number | null = null;
  private unseen = false;
  private filling = false;
  private pages = 0;

  constructor(feed: Feed, names: Names, before: BeforeOf, events: DrawerEvents) {
    this.feed = feed;
    this.names = names;
    this.before = before;
    this.events = events;
    this.detail = new Detail(names, before, { ...events, close: () => this.pick(null) });
    this.filters = new Filters((filter) => {
      feed.choose(filter);
      this.list.root.scrollTop = 0;
      this.pick(null);
      this.redraw();
      void this.fill();
    });
    this.list = new RowList(say.openList, {
      count: () => feed.shown.length,
      key: (index) => feed.shown[index]!.first,
      row: (index) => this.row(feed.shown[index]!),
      chosen: (index) => this.pick(feed.shown[index]!),
      nearEnd: () => {
        if (this.pages < PAGES_AT_ONCE) void this.fill();
      },
    });
    this.more.hidden = true;
    this.root = el(
      'aside',
      { class: 'history-drawer card', ariaLabel: say.history, hidden: true },
      el(
        'header',
        {},
        el('h2', {}, say.history),
        tool('close', say.closeList, () => this.events.close()),
      ),
      this.filters.root,
      this.list.root,
      el('footer', {}, this.note, this.more),
      this.detail.root,
    );
    this.root.addEventListener('keydown', (event) => this.key(event));
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  open(open: boolean): void {
    this.root.hidden = !open;
    if (open) {
      this.redraw();
      void this.fill();
    }
  }

  /** Takes the keys: the list is where one goes on from. */
  focus(): void {
    this.list.root.focus();
  }

  /** The world went on: reads and shows it. */
  async follow(): Promise<void> {
    const count = await this.feed.newer();
    if (count > 0) this.list.grew(count);
    this.tell();
  }

  /** Draws again: names or values have come, or minutes went by. */
  redraw(): void {
    this.list.refresh();
    this.detail.draw();
    this.offer();
    this.tell();
  }

  /** Lists only what touched one thing. */
  about(id: number): void {
    this.filters.set({ ...EVERYTHING, thing: id }, spokenName(this.names.nameOf(id) ?? `e${id}`));
  }

  /** Marks the group that the world is shown at; what came later is pale. */
  mark(seq: number | null): void {
    if (seq === this.moment) return;
    this.moment = seq;
    this.unseen = seq !== null;
    if (!this.isOpen) return;
    this.list.refresh();
    if (seq === null && !this.detail.shown) this.list.choose(null);
    this.seek();
  }

  /** Brings the moment's line into sight, once it is read. */
  private seek(): void {
    if (!this.unseen || this.detail.shown || this.moment === null) return;
    const group = this.feed.at(this.moment);
    if (!group) return;
    this.unseen = false;
    this.list.choose(group.first);
    this.list.reveal(this.feed.shown.indexOf(group));
  }

  private pick(group: Group | null): void {
    this.detail.show(group);
    this.list.choose(group?.first ?? null);
    this.events.touched(group?.things ?? []);
    if (group) this.list.reveal(this.feed.shown.indexOf(group));
    else this.list.root.focus();
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    if (this.detail.shown) this.pick(null);
    else this.events.close();
  }

  /** Reads further back until the sight is full, a few pages at once at most. */
  private async fill(): Promise<void> {
    if (this.filling || this.feed.whole || !this.isOpen) return;
    this.filling = true;
    this.pages = 0;
    this.tell();
    try {
      while (!this.feed.whole && this.pages < PAGES_AT_ONCE) {
        const before = this.feed.shown.length;
        await this.feed.older();
        this.pages += 1;
        if (this.feed.shown.length - before >= 20) break;
      }
      if (this.feed.shown.length > 0) this.pages = 0;
    } finally {
      this.filling = false;
      this.offer();
      this.list.refresh(false);
      this.seek();
      this.tell();
    }
  }

  private tell(): void {
    const { shown, whole, filter } = this.feed;
    const filtered = filter.actor !== '' || filter.category !== '' || filter.thing !== null;
    const stuck = !this.filling && !whole && this.pages >= PAGES_AT_ONCE;
    this.more.hidden = !stuck;
    if (this.filling) this.note.textContent = say.looking;
    else if (shown.length === 0 && whole)
      this.note.textContent = filtered ? say.emptyFiltered : say.empty;
    else this.note.textContent = '';
    this.note.hidden = this.note.textContent === '';
  }

  private offer(): void {
    const people = this.feed.actors().slice(0, PEOPLE_MAX);
    const things = this.feed.things().slice(0, THINGS_MAX);
    this.filters.offer(
      people.map((actor) => [actor, this.names.account(actor)]),
      things.map((id) => [id, spokenName(this.names.nameOf(id) ?? `e${id}`)]),
    );
  }

  private row(group: Group): HTMLElement {
    const who = this.names.person(group.records[0]!);
    const told = sentence(group, this.names, this.before);
    const time = el('time', { title: exactly(group.ms) }, ago(group.ms));
    const later = this.moment !== null && group.first > this.moment;
    return el(
      'div',
      { class: later ? 'entry later' : 'entry' },
      face(who, group.category),
      el(
        'div',
        { class: 'told' },
        el('span', { class: 'line', dir: 'auto', title: told }, told),
        el('span', { class: 'sub' }, time, this.glance(group)),
      ),
    );
  }

  /** A look at the one thing that a group changed. */
  private glance({ records }: Group): HTMLElement | null {
    const [only, ...others] = records.filter(({ kind }) => kind === 'Changed');
    if (!only || others.length > 0) return null;
    return brief(String(only.data!['component']), this.before(only), only.data!['data']);
  }
}

/** A person's first letter in a colour of their own. */
function face(name: string, category: string): HTMLElement {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) % 9973;
  const letter = /\p{L}|\p{N}/u.exec(name)?.[0] ?? '·';
  const round = el('span', { class: 'face', ariaHidden: 'true' }, letter.toUpperCase());
  round.style.setProperty('--hue', String((sum % HUES) * HUE_DEGREES));
  round.dataset['kind'] = category;
  return round;
}
