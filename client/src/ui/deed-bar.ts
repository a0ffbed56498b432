import './css/deed-bar.css';
import { button, el } from './dom.ts';
import { say } from './strings.ts';

/** What the buttons ask of the page. */
export interface DeedEvents {
  jump(): void;
  turn(): void;
  throw(): void;
}

/** For fingers, which have no keys: jumping, and turning and throwing what is in the hand. */
export class DeedBar {
  readonly root: HTMLElement;
  private readonly held: readonly HTMLElement[];

  constructor(events: DeedEvents) {
    this.held = [button(say.turnHeld, events.turn), button(say.throwHeld, events.throw)];
    this.root = el(
      'div',
      { class: 'deed-bar', hidden: true, ariaLabel: say.deeds, attrs: { role: 'group' } },
      ...this.held,
      button(say.jump, events.jump),
    );
    this.holds(false);
    const come = ({ pointerType }: PointerEvent) => {
      if (pointerType === 'touch') this.root.hidden = false;
    };
    addEventListener('pointerdown', come, { capture: true, passive: true });
  }

  /** Whether something is in the hand. */
  holds(on: boolean): void {
    for (const one of this.held) one.hidden = !on;
  }
}
