import { button, el, iconButton } from './dom.ts';
import { say } from './strings.ts';

export interface PlacingEvents {
  turn(radians: number): void;
  grow(factor: number): void;
  nudge(east: number, south: number): void;
  remove(): void;
  done(): void;
}

const TURN_RAD = Math.PI / 12;
const STEP_M = 0.25;
const GROW = 1.15;

/** What can be done with a placed thing: move, turn, grow, take away. */
export class PlaceBar {
  readonly root: HTMLElement;
  private readonly title = el('span', { class: 'what' });

  constructor(events: PlacingEvents) {
    const remove = iconButton('remove', say.remove, events.remove);
    remove.classList.add('danger');
    this.root = el(
      'div',
      {
        class: 'bar card',
        hidden: true,
        title: say.move,
        ariaLabel: say.move,
        attrs: { role: 'toolbar' },
      },
      this.title,
      iconButton('left', say.turnLeft, () => events.turn(TURN_RAD)),
      iconButton('right', say.turnRight, () => events.turn(-TURN_RAD)),
      iconButton('minus', say.smaller, () => events.grow(1 / GROW)),
      iconButton('plus', say.bigger, () => events.grow(GROW)),
      remove,
      button(say.done, events.done, 'main'),
    );
    this.root.addEventListener('keydown', (event) => this.key(event, events));
  }

  show(title: string | null): void {
    this.root.hidden = title === null;
    if (title === null) return;
    this.title.textContent = title;
    this.root.querySelector<HTMLElement>('button.main')?.focus();
  }

  private key(event: KeyboardEvent, events: PlacingEvents): void {
    const ways: Record<string, [number, number]> = {
      ArrowLeft: [-STEP_M, 0],
      ArrowRight: [STEP_M, 0],
      ArrowUp: [0, -STEP_M],
      ArrowDown: [0, STEP_M],
    };
    if (event.key === 'Escape') events.done();
    if (event.key === 'Delete') events.remove();
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    events.nudge(...way);
  }
}
