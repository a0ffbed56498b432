import type { Self } from '../net/memory.ts';
import { button, el } from './dom.ts';
import { portrait } from './looks.ts';
import { nameField } from './name-field.ts';
import { say } from './strings.ts';

export interface FrontEvents {
  enter(): void;
  openModel(): void;
  newWorld(): void;
  invite(): void;
  world(name: string): void;
  self(self: Self): void;
  account(): void;
  /** By a passkey, or by the organisation, which leads back to this path. */
  signIn(organised?: string): void;
}

/** The front page: a card over the living plaza. */
export class Front {
  readonly root: HTMLElement;
  private readonly name: HTMLInputElement;
  private readonly look = button('', () => void this.changeLook(), 'look');
  private readonly signIn = button(say.signIn, () => this.events.signIn());
  private readonly organised = button('', () => this.events.signIn('/'));
  private readonly events: FrontEvents;
  private self: Self;

  constructor(self: Self, events: FrontEvents) {
    this.events = events;
    this.self = self;
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
      el(
        'div',
        { class: 'account-line' },
        this.signIn,
        button(say.account, () => {
          this.keep(); // the name goes into the account that is kept
          this.events.account();
        }, 'account-door'),
      ),
      this.organised,
    );
    this.organised.hidden = true;
    form.onsubmit = (event) => {
      event.preventDefault();
      this.keep();
      events.enter();
    };
    this.root = el('section', { class: 'front', ariaLabel: say.brand, lang: 'en' }, form);
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
    this.self = { ...this.self, name: this.name.value.trim() };
    this.events.self(this.self);
  }

  private async changeLook(): Promise<void> {
    const { openSelfDialog } = await import('./self-dialog.ts');
    openSelfDialog({ ...this.self, name: this.name.value }, (next) => {
      this.name.value = next.name;
      this.self = next;
      this.drawLook();
      this.keep();
    });
  }

  private drawLook(): void {
    this.look.replaceChildren(portrait(this.self.avatar ?? ''));
  }

  /** Shows whether this browser has an account that is kept, and whose people may sign in. */
  person(kept: boolean, organisation = '', name = ''): void {
    // what is typed just now is newer than what the account is called
    if (kept && name && this.name.value.trim() === this.self.name) {
      this.name.value = name;
      this.keep();
    }
    this.signIn.hidden = kept;
    this.organised.hidden = kept || !organisation;
    this.organised.textContent = say.signInWith(organisation);
  }

  /** Goes to a world that was chosen beside the card. */
  go(world: string): void {
    this.keep();
    this.events.world(world);
  }
}
