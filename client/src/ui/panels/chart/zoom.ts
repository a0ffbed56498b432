import { button, el } from '../../dom.ts';
import { say } from './words.ts';

/** A stretch of a chart's axis. */
export type Span = readonly [low: number, high: number];

/** What can be zoomed: where it stands, all of it, and where a place of the window is on it. */
export interface Zoomed {
  all(): Span;
  shown(): Span;
  show(span: Span): void;
  /** The value under a place of the window, in CSS pixels from its left. */
  valueAt(x: number): number;
  write(value: number): string;
}

const STEP = 2;
const NUDGE = 0.25;

/**
 * The ways into a chart for keys, for fingers and for a headset's ray: keys on the chart, buttons
 * under it, two fingers that part, one that drags.
 */
export class Zoom {
  private readonly stage: HTMLElement;
  private readonly chart: Zoomed;
  private readonly bar: HTMLElement;
  private readonly told = el('span', { class: 'value', attrs: { role: 'status' } });
  /** Fingers on the chart → the value that each holds. */
  private readonly held = new Map<number, number>();
  private readonly at = new Map<number, number>();
  private readonly quiet = new AbortController();

  constructor(stage: HTMLElement, name: string, chart: Zoomed) {
    this.stage = stage;
    this.chart = chart;
    const press = (sign: string, label: string, does: () => void) => {
      const made = button(sign, does, 'nudge');
      made.type = 'button';
      made.ariaLabel = made.title = label;
      return made;
    };
    this.bar = el(
      'div',
      { class: 'zoom-bar', dir: 'ltr', attrs: { role: 'group' }, ariaLabel: say.tools(name) },
      press('−', say.wider, () => this.by(STEP)),
      press('+', say.closer, () => this.by(1 / STEP)),
      press('‹', say.back, () => this.move(-NUDGE)),
      press('›', say.on, () => this.move(NUDGE)),
      press('↔', say.all, () => this.whole()),
      this.told,
    );
    stage.after(this.bar);
    stage.tabIndex = 0;
    stage.setAttribute('role', 'group');
    stage.setAttribute('aria-keyshortcuts', '+ - ArrowLeft ArrowRight Home');
    stage.ariaLabel = say.zoom(name);
    this.hear();
  }

  dispose(): void {
    this.quiet.abort();
    this.bar.remove();
    this.stage.removeAttribute('tabindex');
  }

  /** Shows so many times as much as now, about the middle. */
  by(times: number): void {
    const [low, high] = this.chart.shown();
    const half = ((high - low) / 2) * times;
    this.go((low + high) / 2 - half, (low + high) / 2 + half);
  }

  /** Goes along by a share of what is shown. */
  move(share: number): void {
    const [low, high] = this.chart.shown();
    this.go(low + (high - low) * share, high + (high - low) * share);
  }

  whole(): void {
    this.chart.show(this.chart.all());
  }

  /** Shows a stretch, or the nearest one that there is. */
  private go(low: number, high: number): void {
    const [first, last] = this.chart.all();
    const width = Math.min(high - low, last - first);
    if (!(width > (last - first) * 1e-6)) return; // closer than that lies nothing
    if (width === last - first) return this.whole();
    const from = Math.min(Math.max(low, first), last - width);
    this.chart.show([from, from + width]);
  }

  /** Says which part is shown, whoever chose it; nothing where all is. */
  tell(): void {
    const [low, high] = this.chart.shown();
    const [first, last] = this.chart.all();
    const part = low !== first || high !== last;
    const text = part ? say.shown(this.chart.write(low), this.chart.write(high)) : '';
    if (this.told.textContent !== text) this.told.textContent = text;
  }

  private hear(): void {
    const { signal } = this.quiet;
    const on = <Kind extends keyof HTMLElementEventMap>(
      kind: Kind,
      heard: (event: HTMLElementEventMap[Kind]) => void,
    ) => this.stage.addEventListener(kind, heard, { signal });
    on('keydown', (event) => this.key(event));
    on('pointerdown', (event) => this.take(event));
    on('pointermove', (event) => this.drag(event));
    for (const kind of ['pointerup', 'pointercancel'] as const)
      on(kind, ({ pointerId }) => {
        this.at.delete(pointerId);
        this.hold();
      });
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const does = {
      '+': () => this.by(1 / STEP),
      '=': () => this.by(1 / STEP), // the same key without Shift
      '-': () => this.by(STEP),
      ArrowLeft: () => this.move(-NUDGE),
      ArrowRight: () => this.move(NUDGE),
      Home: () => this.whole(),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation(); // else one walks away by the arrows
    does();
  }

  /** A mouse drags a stretch that it zooms into; fingers and rays hold what they are on. */
  private take({ pointerType, pointerId, clientX, isTrusted }: PointerEvent): void {
    if (pointerType === 'mouse') return;
    if (isTrusted) this.stage.setPointerCapture(pointerId);
    this.at.set(pointerId, clientX);
    this.hold();
  }

  /** From here on each finger holds the value that it is on. */
  private hold(): void {
    this.held.clear();
    for (const [finger, x] of this.at) this.held.set(finger, this.chart.valueAt(x));
  }

  private drag({ pointerId, clientX }: PointerEvent): void {
    if (!this.at.has(pointerId)) return;
    this.at.set(pointerId, clientX);
    const [low, high] = this.chart.shown();
    const now = [...this.at].map(([finger, x]) => [this.held.get(finger)!, this.chart.valueAt(x)]);
    const [one, two] = now as [number[], number[] | undefined];
    if (!two) return this.go(low + one[0]! - one[1]!, high + one[0]! - one[1]!);
    const apart = two[1]! - one[1]!;
    if (Math.abs(apart) < (high - low) * 0.02) return; // two fingers in one place
    const scale = (two[0]! - one[0]!) / apart;
    if (!(scale > 0)) return; // they passed each other
    this.go(one[0]! - (one[1]! - low) * scale, two[0]! + (high - two[1]!) * scale);
  }
}
