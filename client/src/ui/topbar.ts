import type { LinkStatus } from '../net/link.ts';
import type { Visitor } from '../world/presence.ts';
import { button, el, icon, iconButton } from './dom.ts';
import { lookDot } from './looks.ts';
import { RecordingSign } from './recording-sign.ts';
import { say } from './strings.ts';

export interface MenuChoices {
  quality: 'auto' | 'low' | 'medium' | 'high';
  /** Null: as in the world. */
  hour: number | null;
}

export interface TopbarEvents {
  invite(): void;
  help(): void;
  self(): void;
  gestures(): void;
  sounds(): void;
  account(): void;
  /** Something waits for our word, as this line says. */
  asked(line: string): void;
  front(): void;
  history(): void;
  undo(again: boolean): void;
  model(): void;
  world(): void;
  choose(choices: MenuChoices): void;
  consent(on: boolean): void;
  /** Somebody else was chosen from the list, by visitor's id. */
  person(visitor: string): void;
  safety(): void;
}

/** What a fork continues. */
export interface ForkCard {
  world: string;
  seq: number;
  by: string;
  /** Its requests do not leave the house. */
  sandbox: boolean;
}

const NOON = 12;

type Drawer = 'people' | 'menu';

/** The line at the top: where we are, the state of the line, who is here, the menu. */
export class Topbar {
  readonly root: HTMLElement;
  readonly recording: RecordingSign;
  /** The round buttons, for those that come later. */
  readonly tools: HTMLElement;
  /** Under who is here: the other copies of the world. */
  readonly others = el('div', {});
  private readonly title = el('span', {});
  private readonly origin = el('a', { class: 'origin', hidden: true });
  private readonly dot = el('i', { class: 'dot' });
  private readonly keeping = el('span', { class: 'pending', hidden: true }, say.pending);
  private readonly count = el('span', {}, '1');
  private readonly list = el('ul', {});
  private readonly drawers: Record<Drawer, HTMLElement>;
  private readonly openers: Record<Drawer, HTMLButtonElement>;

  readonly events: TopbarEvents;

  constructor(choices: MenuChoices, events: TopbarEvents) {
    this.events = events;
    this.openers = {
      people: el(
        'button',
        { type: 'button', class: 'people', title: say.people, ariaExpanded: 'false' },
        icon('people'),
        this.count,
      ),
      menu: iconButton('menu', say.menu, () => undefined, 'menu-door'),
    };
    this.drawers = {
      people: el(
        'section',
        { class: 'drawer card', ariaLabel: say.people, hidden: true },
        el('h2', {}, say.people),
        this.list,
        this.others,
        button(say.safety, () => {
          this.shut();
          events.safety();
        }),
      ),
      menu: el(
        'section',
        { class: 'drawer card', ariaLabel: say.menu, hidden: true },
        ...menu(choices, events, () => this.shut()),
      ),
    };
    for (const name of ['people', 'menu'] as const) {
      this.openers[name].onclick = () => this.toggle(name);
    }
    this.recording = new RecordingSign(events.consent);
    const place = el(
      'div',
      { class: 'place card' },
      this.dot,
      el('div', { class: 'names' }, this.title, this.origin, this.recording.root),
      this.keeping,
    );
    this.tools = el(
      'div',
      { class: 'tools card', attrs: { role: 'group', 'aria-label': say.menu } },
      this.openers.people,
      iconButton('history', say.history, events.history),
      iconButton('invite', say.invite, events.invite),
      this.openers.menu,
    );
    this.root = el(
      'header',
      { lang: 'en' },
      el('div', { class: 'top' }, place, this.tools),
      this.drawers.people,
      this.drawers.menu,
    );
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.shut();
      document.getElementById('stage')?.focus();
    });
  }

  /** Adds what the menu offers besides. */
  offer(label: string, press: () => void): void {
    const entry = button(label, () => {
      this.shut();
      press();
    });
    this.drawers.menu.querySelector('.entries')!.append(entry);
  }

  place(title: string): void {
    this.title.textContent = title;
    this.title.title = title;
  }

  /** Says whose fork the world is; the link leads to the moment at which it left its parent. */
  fork(from: ForkCard | null): void {
    this.origin.hidden = from === null;
    if (from === null) return;
    this.origin.href = `/w/${encodeURIComponent(from.world)}?seq=${from.seq}`;
    this.origin.textContent = say.forkOf(from.world);
    this.origin.title = say.forkHint(from.by, from.seq, from.sandbox);
  }

  status(status: LinkStatus): void {
    this.dot.dataset['status'] = status;
    this.dot.title = say.connection[status];
  }

  /** Shows that some of our actions are not yet kept. */
  pending(actions: number): void {
    this.keeping.hidden = actions === 0;
  }

  people(visitors: readonly Visitor[], me: string): void {
    this.count.textContent = String(visitors.length);
    this.openers.people.ariaLabel = `${say.people}: ${say.count(visitors.length)}`;
    const mine = visitors.find(({ id }) => id === me)?.copy ?? 1;
    const near = [...visitors].sort((a, b) => Number(a.copy !== mine) - Number(b.copy !== mine));
    const rows = near.map(({ id, name, avatar, agent, copy }) =>
      el(
        'li',
        {},
        lookDot(avatar),
        id === me ? el('span', { dir: 'auto' }, name) : this.personButton(id, name),
        id === me ? el('span', { class: 'badge' }, say.you) : null,
        agent ? el('span', { class: 'badge' }, say.agent) : null,
        copy === mine ? null : el('span', { class: 'badge' }, say.copy(copy)),
      ),
    );
    this.list.replaceChildren(...rows);
  }

  private personButton(id: string, name: string): HTMLElement {
    return el(
      'button',
      {
        type: 'button',
        class: 'plain',
        dir: 'auto',
        title: say.about(name),
        onclick: () => {
          this.shut();
          this.events.person(id);
        },
      },
      name,
    );
  }

  /** The menu's drawer, for who hangs it elsewhere. */
  get menu(): HTMLElement {
    return this.drawers.menu;
  }

  /** Opens one of the drawers, or shuts it. */
  toggle(name: Drawer): void {
    const open = this.drawers[name].hidden;
    this.shut();
    this.drawers[name].hidden = !open;
    this.openers[name].ariaExpanded = String(open);
    if (open) this.drawers[name].querySelector<HTMLElement>('button, input')?.focus();
  }

  /** Closes both drawers. */
  shut(): void {
    for (const name of ['people', 'menu'] as const) {
      this.drawers[name].hidden = true;
      this.openers[name].ariaExpanded = 'false';
    }
  }
}

function menu(choices: MenuChoices, events: TopbarEvents, shut: () => void): HTMLElement[] {
  const entry = (label: string, press: () => void, kind = '') =>
    button(
      label,
      () => {
        shut();
        document.getElementById('stage')?.focus(); // where a dialog gives the keys back, too
        press();
      },
      kind,
    );
  return [
    hourField(choices, events),
    qualityField(choices, events),
    el(
      'div',
      { class: 'entries' },
      entry(say.undo, () => events.undo(false)),
      entry(say.redo, () => events.undo(true)),
      entry(say.openModel, events.model),
      entry(say.newWorld, events.world),
      entry(say.changeSelf, events.self),
      entry(say.gestures, events.gestures),
      entry(say.sounds, events.sounds),
      entry(say.account, events.account, 'account-door'),
      entry(say.help, events.help),
      entry(say.front, events.front),
    ),
  ];
}

function hourField(choices: MenuChoices, events: TopbarEvents): HTMLElement {
  const output = el('output');
  const range = el('input', {
    ...{ type: 'range', min: '0', max: '24', step: '0.25' },
    ariaLabel: say.hour, // the label's first field is the output
  });
  const show = () => {
    output.textContent = choices.hour === null ? say.hourWorld : say.hourOf(choices.hour);
    range.setAttribute('aria-valuetext', output.textContent);
    back.hidden = choices.hour === null;
  };
  range.oninput = () => {
    choices.hour = Number(range.value);
    show();
    events.choose(choices);
  };
  const back = button(say.hourWorld, () => {
    choices.hour = null;
    show();
    events.choose(choices);
  });
  range.value = String(choices.hour ?? NOON);
  show();
  return el(
    'div',
    { class: 'stack' },
    el('label', {}, el('span', {}, say.hour, ' · ', output), range),
    back,
  );
}

function qualityField(choices: MenuChoices, events: TopbarEvents): HTMLElement {
  const names = ['auto', 'low', 'medium', 'high'] as const;
  const select = el(
    'select',
    {},
    ...names.map((name) => el('option', { value: name }, say.qualities[name])),
  );
  select.value = choices.quality;
  select.onchange = () => {
    choices.quality = names[select.selectedIndex]!;
    events.choose(choices);
  };
  return el('label', {}, say.quality, select);
}
