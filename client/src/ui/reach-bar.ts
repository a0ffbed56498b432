import { el } from './dom.ts';
import { say } from './strings.ts';

/** Something near that can be pressed. */
export interface Offer {
  id: number;
  title: string;
  verb: string;
  distance: number;
}

/**
 * What is within reach, for those who do not point: a toolbar of real buttons. Tab comes in,
 * arrows go from thing to thing, Enter presses; it is only seen while it has the focus.
 */
export class ReachBar {
  readonly root = el('div', {
    class: 'reach card',
    ariaLabel: say.reachable,
    attrs: { role: 'toolbar' },
  });
  /** Says out loud what the focus is on and what happens. */
  readonly voice = el('div', {
    id: 'reach',
    class: 'visually-hidden',
    attrs: { 'aria-live': 'polite' },
  });
  private offers: Offer[] = [];
  private readonly press: (id: number) => void;
  private readonly point: (id: number | null) => void;

  constructor(press: (id: number) => void, point: (id: number | null) => void) {
    this.press = press;
    this.point = point;
    this.root.addEventListener('keydown', (event) => this.key(event));
    this.root.addEventListener('focusout', () => this.point(null));
    this.root.addEventListener('focusin', (event) => {
      const id = Number((event.target as HTMLElement).dataset['id']);
      if (Number.isFinite(id)) this.point(id);
    });
  }

  get focused(): boolean {
    return this.root.contains(document.activeElement);
  }

  /** Takes what is within reach now; the focus stays on the same thing while it is there. */
  show(offers: Offer[]): void {
    const key = (list: Offer[]) => list.map(({ id, title }) => `${id}${title}`).join();
    if (this.root.children.length > 0 && key(offers) === key(this.offers)) return;
    const held = this.focused ? (document.activeElement as HTMLElement).dataset['id'] : null;
    this.offers = offers;
    const buttons = offers.map((offer) => this.buttonFor(offer));
    if (buttons.length === 0) buttons.push(el('button', { type: 'button' }, say.nothing));
    buttons.forEach((one, i) => (one.tabIndex = i === 0 ? 0 : -1));
    this.root.replaceChildren(...buttons);
    if (held !== null) (buttons.find((one) => one.dataset['id'] === held) ?? buttons[0])?.focus();
  }

  private buttonFor({ id, title, verb, distance }: Offer): HTMLButtonElement {
    const label = say.thing(title, verb, distance);
    const made = el(
      'button',
      { type: 'button', ariaLabel: label, onclick: () => this.press(id) },
      `${verb}: ${title}`,
    );
    made.dataset['id'] = String(id);
    return made;
  }

  private key(event: KeyboardEvent): void {
    const all = [...this.root.querySelectorAll('button')];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowDown: 1,
      ArrowLeft: -1,
      ArrowUp: -1,
    };
    const step = steps[event.key];
    if (event.key === 'Escape') document.getElementById('stage')?.focus();
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = all[(at + step + all.length) % all.length]!;
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  }

  announce(text: string): void {
    this.voice.textContent = text;
  }
}
