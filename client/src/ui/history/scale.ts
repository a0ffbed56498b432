import type { Axis } from '../../world/axis.ts';
import { el } from '../dom.ts';
import type { Category } from './groups.ts';
import { say } from './strings.ts';
import { tickOf, whenOf } from './times.ts';

/** One thing that happened, as the scale shows it. */
export interface Mark {
  readonly seq: number;
  readonly category: Category;
}

/** From when to when people's motion was recorded, in UTC milliseconds. */
export type Stretch = readonly [from: number, until: number];

export interface ScaleEvents {
  /** Someone points at a place, 0 to 1; `held` while the pointer is down. */
  scrub(place: number, held: boolean): void;
  /** On to a place, and to what comes next where that is further away. */
  leap(place: number): void;
  /** One group further back or on. */
  step(way: -1 | 1): void;
  /** To the very beginning, or back to live. */
  end(way: -1 | 1): void;
}

const BAR_PX = 4;
const GAP_PX = 1;
const TICKS = 4;
const STEPS: Record<string, -1 | 1> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
};
const LEAP = 0.1; // what Page Up and Page Down move by

/** The whole life of a world as a line that one drags along: a bar for whatever happened there. */
export class Scale {
  readonly root: HTMLElement;
  private readonly canvas = el('canvas', { ariaHidden: 'true' });
  private readonly head = el('i', { class: 'playhead' });
  private readonly tip = el('output', { class: 'tip', hidden: true });
  private readonly ticks = el('div', { class: 'ticks', ariaHidden: 'true' });
  private readonly events: ScaleEvents;
  private axis: Axis | null = null;
  private marks: readonly Mark[] = [];
  private stretches: readonly Stretch[] = [];
  private place = 1;
  private held = false;

  constructor(events: ScaleEvents) {
    this.events = events;
    const line = el('div', { class: 'line' }, this.canvas, this.head);
    this.root = el(
      'div',
      {
        class: 'scale',
        tabIndex: 0,
        ariaLabel: say.slider,
        attrs: { role: 'slider', 'aria-valuemin': '0', 'aria-orientation': 'horizontal' },
      },
      line,
      this.ticks,
      this.tip,
    );
    this.root.addEventListener('pointerdown', (event) => this.down(event));
    this.root.addEventListener('pointermove', (event) => this.move(event));
    this.root.addEventListener('pointerup', () => this.let());
    this.root.addEventListener('pointercancel', () => this.let());
    this.root.addEventListener('pointerleave', () => (this.tip.hidden = true));
    this.root.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(line);
  }

  /** Takes where things happened; the hand that holds the scale is not disturbed. */
  fill(axis: Axis, marks: readonly Mark[], stretches: readonly Stretch[]): void {
    if (this.held) return;
    this.stretches = stretches;
    this.axis = axis;
    this.marks = marks;
    this.draw();
  }

  /** Where the world is shown at: a place of the scale, and what is said of it. */
  show(place: number, seq: number, head: number, words: string): void {
    this.root.setAttribute('aria-valuenow', String(seq));
    this.root.setAttribute('aria-valuemax', String(head));
    this.root.setAttribute('aria-valuetext', words);
    this.head.style.left = `${place * 100}%`;
    if (place === this.place) return;
    this.place = place;
    this.draw();
  }

  private placeOf({ clientX }: PointerEvent): number {
    const { left, width } = this.canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left) / Math.max(1, width)));
  }

  private down(event: PointerEvent): void {
    if (event.isTrusted) this.root.setPointerCapture(event.pointerId); // a headset's is no such
    this.held = true;
    this.move(event);
  }

  private let(): void {
    if (!this.held) return;
    this.held = false;
    this.tip.hidden = true;
    this.events.scrub(this.place, false);
  }

  private move(event: PointerEvent): void {
    const place = this.placeOf(event);
    this.hint(place);
    if (this.held) this.events.scrub(place, true);
  }

  private hint(place: number): void {
    if (!this.axis?.last) return;
    this.tip.hidden = false;
    this.tip.textContent = `${whenOf(this.axis.msAt(place))} · ${say.seq(this.axis.seqAt(place))}`;
    this.tip.style.left = `${Math.min(88, Math.max(12, place * 100))}%`;
  }

  private key(event: KeyboardEvent): void {
    const way = STEPS[event.key];
    if (way) this.events.step(way);
    else if (event.key === 'Home') this.events.end(-1);
    else if (event.key === 'End') this.events.end(1);
    else if (event.key === 'PageUp') this.events.scrub(Math.max(0, this.place - LEAP), false);
    else if (event.key === 'PageDown') this.events.leap(Math.min(1, this.place + LEAP));
    else return;
    event.preventDefault();
    event.stopPropagation(); // arrows walk where nobody takes them
  }

  private draw(): void {
    const { canvas, axis } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = Math.min(2, devicePixelRatio);
    if (width === 0 || !axis) return;
    if (canvas.width !== Math.round(width * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext('2d');
    if (!pen) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.bands(pen, width, height, axis);
    this.bars(pen, width, height, axis);
    this.tell(axis);
  }

  /** Where people are seen moving, the ground of the scale is tinted. */
  private bands(pen: CanvasRenderingContext2D, width: number, height: number, axis: Axis): void {
    pen.fillStyle = getComputedStyle(this.root).getPropertyValue('--past');
    pen.globalAlpha = 0.22;
    for (const [from, until] of this.stretches) {
      const [left, right] = [axis.placeAt(from) * width, axis.placeAt(until) * width];
      pen.beginPath();
      pen.roundRect(left, 2, Math.max(3, right - left), height - 2, 4);
      pen.fill();
    }
  }

  private bars(pen: CanvasRenderingContext2D, width: number, height: number, axis: Axis): void {
    const colors = getComputedStyle(this.root);
    const step = BAR_PX + GAP_PX;
    const slots: Partial<Record<Category, number>>[] = [];
    for (const { seq, category } of this.marks) {
      const slot = (slots[Math.floor((axis.placeOf(seq) * (width - BAR_PX)) / step)] ??= {});
      slot[category] = (slot[category] ?? 0) + 1;
    }
    const full = slots.map((slot) => Object.values(slot ?? {}).reduce((sum, one) => sum + one, 0));
    const most = Math.log2(2 + Math.max(0, ...full.filter(Boolean)));
    slots.forEach((slot, i) => {
      const tall = 6 + (height - 8) * (Math.log2(1 + full[i]!) / most);
      let top = height;
      pen.globalAlpha = (i * step) / width <= this.place ? 1 : 0.32;
      for (const [category, count] of Object.entries(slot)) {
        const part = (tall * count) / full[i]!;
        top -= part;
        pen.fillStyle = colors.getPropertyValue(`--${category}`);
        pen.beginPath();
        pen.roundRect(i * step, top, BAR_PX, part, 1.5);
        pen.fill();
      }
    });
  }

  /** Names some times under the line; the same one only once. */
  private tell(axis: Axis): void {
    const span = (axis.last?.ms ?? 0) - (axis.first?.ms ?? 0);
    const texts = Array.from({ length: TICKS }, (_, i) => tickOf(axis.msAt(i / TICKS), span));
    const shown = texts.map((text, i) => (text === texts[i - 1] ? '' : text));
    const words = [...shown, say.now];
    if (this.ticks.textContent === words.join('')) return;
    this.ticks.replaceChildren(...words.map((text) => el('span', {}, text)));
  }
}
