import { el } from './dom.ts';
import { say } from './strings.ts';

/** Something near that can be pressed, or that there is something to say of. */
export interface Offer {
  id: number;
  title: string;
  /** What a press does; nothing for what is only told of. */
  verb: string;
  distance: number;
}

/** A place among those that were there before; what is new comes last. */
function rank(before: readonly Element[], one: Element): number {
  const at = before.indexOf(one);
  return at < 0 ? before.length : at;
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
  private readonly buttons = new Map<number, HTMLButtonElement>();
  private readonly nothing = el('button', { type: 'button' }, say.nothing);
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

  /**
   * Takes what is within reach now, nearest first. A thing keeps its button, and while the bar has
   * the focus the things keep their order: nothing moves under the hand that goes through them,
   * though models that arrive change who is nearest.
   */
  show(offers: Offer[]): void {
    const wanted = offers.map((offer) => this.buttonFor(offer));
    if (wanted.length === 0) wanted.push(this.nothing);
    const before = [...this.root.children];
    const held = this.focused ? document.activeElement : null;
    if (held !== null) wanted.sort((a, b) => rank(before, a) - rank(before, b));
    for (const one of before) if (!wanted.includes(one as HTMLButtonElement)) one.remove();
    wanted.forEach((one, i) => {
      const there = this.root.children[i];
      if (there !== one) this.root.insertBefore(one, there ?? null);
    });
    const kept = offers.map(({ id }) => id);
    for (const id of this.buttons.keys()) if (!kept.includes(id)) this.buttons.delete(id);
    const first = wanted.find((one) => one === held) ?? wanted[0]!;
    for (const one of wanted) one.tabIndex = one === first ? 0 : -1;
    if (held !== null && first !== held) first.focus();
  }

  private buttonFor({ id, title, verb, distance }: Offer): HTMLButtonElement {
    let made = this.buttons.get(id);
    if (!made) {
      made = el('button', { type: 'button', onclick: () => this.pressed(made!, id) });
      made.dataset['id'] = String(id);
      this.buttons.set(id, made);
    }
    const text = say.offer(title, verb);
    made.ariaDisabled = verb ? null : 'true';
    const isNew = made.textContent !== text;
    if (isNew) made.textContent = text;
    // What has the focus is read out anew when its label changes: not for a step to the side.
    if (isNew || made !== document.activeElement) made.ariaLabel = say.thing(title, verb, distance);
    return made;
  }

  private pressed(made: HTMLButtonElement, id: number): void {
    if (!made.ariaDisabled) this.press(id);
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
