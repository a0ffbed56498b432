import { button, drawn, el } from './dom.ts';

const say = {
  bar: (title: string) => `Drawing: ${title}. Arrow keys move the pen, Shift moves it farther`,
  left: 'Pen left',
  right: 'Pen right',
  up: 'Pen up',
  down: 'Pen down',
  point: 'Set a point',
  keep: 'Keep it',
  done: 'Done',
  at: (right: number, up: number, points: number) =>
    `${side(right, 'right', 'left')}, ${side(up, 'up', 'down')}` +
    (points ? ` · ${points} ${points === 1 ? 'point' : 'points'}` : ''),
  middle: 'Middle of the board',
};

/** Centimetres to a side. */
function side(metres: number, more: string, less: string): string {
  return `${Math.round(Math.abs(metres) * 100)} cm ${metres < 0 ? less : more}`;
}

function arrow(d: string, label: string, press: () => void): HTMLButtonElement {
  const named = { title: label, ariaLabel: label, onclick: press };
  return el('button', { type: 'button', class: 'round', ...named }, drawn(d));
}

const FAR = 5;
const WAYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
} as const;

export interface SketchEvents {
  /** Steps of the pen. */
  move(right: number, up: number): void;
  point(): void;
  keep(): void;
  done(): void;
}

/** The pen in buttons and keys: for a keyboard, a screen reader, one finger. */
export class SketchBar {
  readonly root: HTMLElement;
  private readonly where = el('span', { class: 'pen', attrs: { 'aria-live': 'polite' } });
  private readonly main: HTMLButtonElement;

  constructor(events: SketchEvents) {
    this.main = button(say.point, events.point, 'main');
    this.root = el(
      'div',
      { class: 'bar card', hidden: true, attrs: { role: 'toolbar' } },
      this.where,
      arrow('M19 12H5M11 6l-6 6 6 6', say.left, () => events.move(-1, 0)),
      arrow('M5 12h14M13 6l6 6-6 6', say.right, () => events.move(1, 0)),
      arrow('M12 19V5M6 11l6-6 6 6', say.up, () => events.move(0, 1)),
      arrow('M12 5v14M6 13l6 6 6-6', say.down, () => events.move(0, -1)),
      this.main,
      button(say.keep, events.keep),
      button(say.done, events.done),
    );
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') events.done();
      const way = WAYS[event.key as keyof typeof WAYS];
      if (!way) return;
      event.preventDefault();
      const far = event.shiftKey ? FAR : 1;
      events.move(way[0] * far, way[1] * far);
    });
  }

  show(title: string): void {
    this.root.hidden = false;
    this.root.ariaLabel = say.bar(title);
    this.main.focus();
  }

  /** Says where the pen is, in metres from the middle, and how many points the stroke has. */
  tell([right, up]: readonly [number, number], points: number): void {
    const middle = right === 0 && up === 0 && points === 0;
    this.where.textContent = middle ? say.middle : say.at(right, up, points);
  }

  hide(): void {
    if (this.root.hidden) return;
    this.root.hidden = true;
    document.getElementById('stage')?.focus();
  }
}
