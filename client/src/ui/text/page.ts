import type { ActionRow } from '../../net/wire.generated.ts';
import type { Visitor } from '../../world/presence.ts';
import type { Around, Direction } from '../../world/surroundings.ts';
import { button, el } from '../dom.ts';
import { say as lost } from '../lost/words.ts';
import { say } from '../strings.ts';
import { Rows, write } from './rows.ts';
import { words } from './words.ts';

/** What each row shows now, for its buttons. */
const shown = new WeakMap<HTMLElement, Around>();
const LISTED_MAX = 40;
const LINES_MAX = 100;

/** Someone here, and where from us. */
export interface Near {
  readonly visitor: Visitor;
  readonly self: boolean;
  readonly distance: number | null;
  readonly direction: Direction;
  /** In which copy of the world they are, where it has some. */
  readonly copy: string;
  /** What they are seen to do, such as to wave. */
  readonly does: string;
}

/** Something around, and who holds it: null nobody, nothing we ourselves. */
export interface Reachable extends Around {
  readonly held: string | null;
  /** What of it could not be loaded, in words. */
  readonly lost: readonly string[];
}

/** What the page asks of its owner. */
export interface TextEvents {
  step(metres: number): void;
  turn(radians: number): void;
  goTo(thing: Around): void;
  meet(visitor: string): void;
  about(visitor: string): void;
  safety(): void;
  putDown(): void;
  throwIt(): void;
  turnIt(): void;
  gestures(): void;
  self(): void;
  invite(): void;
  account(): void;
  /** Tells what happened before in a place of the page, or no longer. */
  before(place: HTMLElement, on: boolean): void;
  press(thing: Around): void;
  act(action: ActionRow): void;
  say(text: string): void;
  find(): void;
}

/** A world in words: headings, lists and real controls, all of it one column. */
export class TextPage {
  /** Where stands what takes long. */
  readonly waiting = el('div');
  private readonly title = el('h1');
  private readonly status = el('p', { class: 'dim', attrs: { role: 'status' } }, words.connecting);
  private readonly place = el('p', { attrs: { 'aria-live': 'polite' } });
  private readonly filter = el('input', { type: 'search', autocomplete: 'off', dir: 'auto' });
  private readonly all: HTMLButtonElement;
  private readonly things: Rows<Reachable>;
  private readonly drop: HTMLButtonElement;
  private readonly toss: HTMLButtonElement;
  private readonly turn: HTMLButtonElement;
  private readonly people: Rows<Near>;
  private readonly deeds: Rows<ActionRow>;
  private readonly log = el('div', {
    class: 'talk',
    ariaLabel: words.happened,
    tabIndex: 0,
    attrs: { role: 'log', 'aria-live': 'polite' },
  });
  private readonly events: TextEvents;
  private readonly board: HTMLElement;
  private everything = false;

  constructor(root: HTMLElement, picture: string, events: TextEvents) {
    this.events = events;
    this.things = new Rows(words.things, words.nothing, ({ id }) => id, this.thing.bind(this));
    this.people = new Rows(
      words.people,
      words.nobody,
      ({ visitor }) => visitor.id,
      this.person.bind(this),
    );
    this.deeds = new Rows(words.deeds, words.nothing, ({ name }) => name, this.deed.bind(this));
    this.all = button(words.showAll, () => {
      this.everything = true;
      this.events.find();
    });
    this.filter.oninput = () => this.events.find();
    this.drop = button('', () => this.events.putDown());
    this.toss = button('', () => this.events.throwIt());
    this.turn = button('', () => this.events.turnIt());
    this.hand(null);
    this.board = this.part('panels', words.panels);
    this.board.hidden = true;
    root.replaceChildren(
      el(
        'header',
        {},
        this.title,
        el('a', { href: picture }, words.toPicture),
        ' ',
        el('a', { href: '/' }, words.front),
        this.status,
      ),
      this.part(
        'where',
        words.where,
        this.place,
        this.moves(),
        el('div', { class: 'row' }, this.drop, this.toss, this.turn),
      ),
      this.part('talk', words.talk, this.log, this.line()),
      this.waiting,
      this.part(
        'things',
        words.things,
        el('label', {}, words.find, this.filter),
        this.things.root,
        this.all,
      ),
      this.part(
        'people',
        words.people,
        this.people.root,
        button(words.safety, () => this.events.safety()),
      ),
      this.board,
      this.part('deeds', words.deeds, this.deeds.root),
      this.part('yourself', words.yourself, this.own()),
      this.part('before', words.before, ...this.past()),
    );
  }

  private own(): HTMLElement {
    const { events } = this;
    return el(
      'div',
      { class: 'row' },
      button(say.gestures, () => events.gestures()),
      button(say.changeSelf, () => events.self()),
      button(say.invite, () => events.invite()),
      button(say.account, () => events.account()),
    );
  }

  /** Opens the part that tells what happened before; no more than a press on its door. */
  openPast = (): void => undefined;

  private past(): HTMLElement[] {
    const place = el('div');
    const door = button(words.showBefore, () => open(door.ariaExpanded !== 'true'));
    const open = (on: boolean) => {
      door.ariaExpanded = String(on);
      place.hidden = !on;
      this.events.before(place, on);
    };
    door.ariaExpanded = 'false';
    this.openPast = () => open(true);
    return [door, place];
  }

  private part(id: string, title: string, ...content: HTMLElement[]): HTMLElement {
    const head = el('h2', { id: `${id}-title` }, title);
    return el('section', { id, attrs: { 'aria-labelledby': head.id } }, head, ...content);
  }

  private moves(): HTMLElement {
    const { step, turn } = this.events;
    return el(
      'div',
      { class: 'row', ariaLabel: words.where, attrs: { role: 'group' } },
      button(words.left, () => turn(Math.PI / 4)),
      button(words.forward, () => step(2)),
      button(words.back, () => step(-2)),
      button(words.right, () => turn(-Math.PI / 4)),
    );
  }

  private line(): HTMLElement {
    const text = el('input', { maxLength: 2000, required: true, autocomplete: 'off', dir: 'auto' });
    const form = el(
      'form',
      {},
      el('label', {}, words.yourWords, text),
      el('button', { class: 'main' }, words.say),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      const given = text.value.trim();
      text.value = '';
      if (given) this.events.say(given);
    };
    return form;
  }

  private thing(row: HTMLLIElement, thing: Reachable): void {
    const parts = row.children.length > 0 ? null : [el('p'), el('p'), el('div', { class: 'row' })];
    if (parts) {
      parts[2]!.append(
        button('', () => this.events.press(thingOf(row))),
        button('', () => this.events.goTo(thingOf(row))),
      );
      row.append(...parts);
    }
    shown.set(row, thing);
    const [head, about, does] = [...row.children] as HTMLElement[];
    const [press, go] = [...does!.children] as HTMLElement[];
    const mine = thing.held === '';
    const where = mine ? words.inHand : words.away(thing.distance, thing.direction);
    const held = thing.held ? `, ${words.heldBy(thing.held)}` : '';
    const title = sentence(thing.title);
    const named = thing.lost.length > 0 ? lost.named(title, thing.lost) : title;
    write(head!, `${named}${held}, ${where}`);
    write(about!, thing.about === thing.title ? '' : thing.about);
    const verb = mine ? words.putDown : say.verbs[thing.verb];
    write(press!, verb);
    name(press!, `${verb}: ${thing.title}`);
    write(go!, words.goThere);
    name(go!, `${words.goThere}: ${thing.title}`);
    const idle = thing.verb === 'click' && !thing.solid; // writing alone does nothing
    press!.hidden = idle || Boolean(thing.held);
    go!.hidden = mine;
  }

  private person(row: HTMLLIElement, near: Near): void {
    const { visitor, self, distance, direction, copy, does: doing } = near;
    if (row.children.length === 0) {
      const [meet, about] = [
        button(words.goThere, () => this.events.meet(row.dataset['visitor']!)),
        button(words.about, () => this.events.about(row.dataset['visitor']!)),
      ];
      row.append(el('p'), el('div', { class: 'row' }, meet, about));
    }
    row.dataset['visitor'] = visitor.id;
    const [who, does] = [...row.children] as HTMLElement[];
    const [go, about] = [...does!.children] as HTMLElement[];
    const agent = visitor.agent ? words.agent : '';
    const parts = [visitor.name, self ? say.you : '', agent, copy, doing];
    const away = self || distance === null ? '' : words.away(distance, direction);
    write(who!, [...parts, away].filter(Boolean).join(', '));
    go!.hidden = self || distance === null;
    name(go!, `${words.goThere}: ${visitor.name}`);
    does!.hidden = self;
    name(about!, `${words.about} ${visitor.name}`);
  }

  private deed(row: HTMLLIElement, action: ActionRow): void {
    if (row.children.length > 0) return;
    const made = button(sentence(action.name.replaceAll('_', ' ')), () => this.events.act(action));
    row.append(made, el('p', { class: 'dim' }, action.doc.split('\n')[0]!));
  }

  /** Says which world it is and how the line stands. */
  head(title: string, status: string): void {
    write(this.title, title);
    write(this.status, status);
  }

  /** Says where we stand. */
  at(text: string): void {
    write(this.place, text);
  }

  /** Shows what is around; those with a name like what is searched for come alone. */
  around(all: readonly Reachable[]): void {
    const asked = this.filter.value.trim().toLowerCase();
    const fitting = all.filter(({ title, about }) =>
      `${title} ${about}`.toLowerCase().includes(asked),
    );
    const most = this.everything ? fitting.length : LISTED_MAX;
    this.things.show(fitting.slice(0, most));
    this.all.hidden = fitting.length <= most;
  }

  /** Shows who is here. */
  here(near: readonly Near[]): void {
    this.people.show(near);
  }

  /** Says what our hand holds; null where it is empty. */
  hand(title: string | null): void {
    for (const [one, does] of [
      [this.drop, words.putDown],
      [this.toss, words.throw],
      [this.turn, words.turnIt],
    ] as const) {
      one.hidden = title === null;
      write(one, `${does}: ${title ?? ''}`);
    }
  }

  /** Puts the sign that the world is recorded beside how the line stands. */
  sign(root: HTMLElement): void {
    this.status.after(root);
  }

  /** Shows the world's panels; null where there is none. */
  panels(root: HTMLElement | null): void {
    this.board.hidden = root === null;
    if (root && root.parentElement !== this.board) this.board.append(root);
  }

  /** Shows what may be done here. */
  may(actions: readonly ActionRow[]): void {
    this.deeds.show(actions);
  }

  /** Takes the focus where what had it is gone: what came of it stands there. */
  rest(): void {
    this.log.focus();
  }

  /** Adds a line of what was said or what happened; a screen reader says it. */
  tell(text: string, who = ''): void {
    this.log.append(el('p', { dir: 'auto' }, who ? el('b', {}, `${who}: `) : null, text));
    while (this.log.children.length > LINES_MAX) this.log.firstElementChild?.remove();
    this.log.scrollTop = this.log.scrollHeight;
  }
}

function thingOf(row: HTMLElement): Around {
  return shown.get(row)!;
}

function sentence(text: string): string {
  return text.replace(/^./u, (first) => first.toUpperCase());
}

function name(of: HTMLElement, text: string): void {
  if (of.ariaLabel !== text) of.ariaLabel = text;
}
