import { button, el } from '../dom.ts';
import { say } from './strings.ts';

const STEP = 0.02;

export interface WipeEvents {
  /** The divider stands at a share of the picture's width. */
  move(share: number): void;
  /** Holds the left moment on the right, or takes now there again. */
  hold(): void;
}

/** The divider between two moments, with the name of each. */
export class Wipe {
  readonly root: HTMLElement;
  /** Fades what is past: the left side, or both where the right one is held. */
  private readonly veil = el('i', { class: 'veil' });
  private readonly left = el('span', { class: 'side left card' });
  private readonly right = el('span', { class: 'side right card' });
  private readonly name = el('span', {});
  private readonly hold: HTMLButtonElement;
  private readonly line: HTMLElement;
  private readonly events: WipeEvents;
  private share = 0.5;
  private held = false;

  constructor(events: WipeEvents) {
    this.events = events;
    this.hold = button(say.hold, () => events.hold());
    this.right.append(this.name, this.hold);
    this.line = el(
      'div',
      {
        class: 'divider',
        tabIndex: 0,
        ariaLabel: say.divider,
        attrs: { role: 'slider', 'aria-valuemin': '0', 'aria-valuemax': '100' },
      },
      el('i', {}, el('b', {}, '‹ ›')),
    );
    this.root = el('div', { class: 'wipe', hidden: true }, this.veil, this.left, this.right);
    this.root.append(this.line);
    this.line.addEventListener('pointerdown', (event) =>
      this.line.setPointerCapture(event.pointerId),
    );
    this.line.addEventListener('pointermove', (event) => {
      if (this.line.hasPointerCapture(event.pointerId)) this.move(event.clientX / innerWidth);
    });
    this.line.addEventListener('keydown', (event) => this.key(event));
    this.move(this.share);
  }

  /** Names both sides; null puts the divider away. */
  show(sides: { left: string; right: string; held: boolean } | null): void {
    this.root.hidden = sides === null;
    if (!sides) return;
    this.left.textContent = sides.left;
    this.name.textContent = sides.right;
    this.hold.textContent = sides.held ? say.letGo : say.hold;
    this.hold.title = sides.held ? say.letGoWhy : say.holdWhy;
    if (this.held === sides.held) return;
    this.held = sides.held;
    this.move(this.share);
  }

  /** Puts the divider at a share of the picture's width. */
  move(share: number): void {
    this.share = Math.min(0.96, Math.max(0.04, share));
    const percent = `${this.share * 100}%`;
    this.line.style.left = percent;
    this.veil.style.right = this.held ? '0' : `${100 - this.share * 100}%`;
    this.left.style.right = `calc(${100 - this.share * 100}% + 14px)`;
    this.right.style.left = `calc(${percent} + 14px)`;
    this.line.setAttribute('aria-valuenow', String(Math.round(this.share * 100)));
    this.events.move(this.share);
  }

  private key(event: KeyboardEvent): void {
    const ways: Record<string, number> = {
      ArrowLeft: this.share - STEP,
      ArrowRight: this.share + STEP,
      Home: 0,
      End: 1,
    };
    const next = ways[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.move(next);
  }
}
