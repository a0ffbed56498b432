import type { WorldCard } from '../net/api.ts';
import type { Self } from '../net/memory.ts';
import { button, el } from './dom.ts';
import { portrait } from './looks.ts';
import { nameField, openSelfDialog } from './self-dialog.ts';
import { say } from './strings.ts';

export interface FrontEvents {
  enter(): void;
  openModel(): void;
  newWorld(): void;
  invite(): void;
  world(name: string): void;
  self(self: Self): void;
}

/** The front page: a card over the living plaza. */
export class Front {
  readonly root: HTMLElement;
  private readonly name: HTMLInputElement;
  private readonly look = button('', () => this.changeLook(), 'look');
  private readonly others = el('nav', { class: 'worlds', ariaLabel: say.otherWorlds });
  private readonly events: FrontEvents;
  private chosen: number;

  constructor(self: Self, events: FrontEvents) {
    this.events = events;
    this.chosen = self.look ?? 0;
    this.name = nameField(self.name);
    this.look.title = say.look;
    this.look.ariaLabel = say.look;
    this.drawLook();
    const enter = el('button', { class: 'main enter' }, say.enter);
    const form = el(
      'form',
      { class: 'card', ariaLabel: say.brand },
      el('div', {}, el('h1', {}, say.brand), el('p', { class: 'pitch' }, say.pitch)),
      el('div', { class: 'who' }, el('label', {}, say.name, this.name), this.look),
      enter,
      el('div', { class: 'doors' }, ...this.doors()),
      this.others,
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      this.keep();
      events.enter();
    };
    this.root = el('main', { class: 'front' }, form);
  }

  private doors(): HTMLElement[] {
    const door = (label: string, hint: string, press: () => void) => {
      const made = button(label, () => {
        this.keep();
        press();
      });
      made.title = hint;
      return made;
    };
    return [
      door(say.openModel, say.openModelHint, this.events.openModel),
      door(say.newWorld, say.newWorldHint, this.events.newWorld),
      door(say.invite, say.inviteHint, this.events.invite),
    ];
  }

  private keep(): void {
    this.events.self({ name: this.name.value.trim(), look: this.chosen });
  }

  private changeLook(): void {
    openSelfDialog({ name: this.name.value, look: this.chosen }, ({ name, look }) => {
      this.name.value = name;
      this.chosen = look ?? this.chosen;
      this.drawLook();
      this.keep();
    });
  }

  private drawLook(): void {
    this.look.replaceChildren(portrait(this.chosen));
  }

  /** Lists other worlds that may be entered. */
  worlds(cards: readonly WorldCard[]): void {
    const links = cards.slice(0, 8).map((card) => {
      const link = el(
        'a',
        { href: `/w/${encodeURIComponent(card.name)}` },
        card.title || card.name,
      );
      link.onclick = (event) => {
        event.preventDefault();
        this.keep();
        this.events.world(card.name);
      };
      return link;
    });
    this.others.replaceChildren(...links);
    this.others.hidden = links.length === 0;
  }
}
