import { button, el } from '../dom.ts';
import { allow, isAllowed } from '../tools.ts';
import { tool } from './icons.ts';
import { Scale, type ScaleEvents } from './scale.ts';
import { say } from './strings.ts';

/** How fast time goes by while the past is played. */
export const RATES = [0.25, 0.5, 1, 2, 4, 8, 16] as const;

/** What can be asked of the bar. */
export interface BarEvents extends ScaleEvents {
  play(): void;
  rate(rate: number): void;
  live(): void;
  record(): void;
  undo(): void;
  redo(): void;
  compare(): void;
  restore(): void;
  fork(): void;
  link(): void;
  list(): void;
  close(): void;
}

/** What the bar shows. */
export interface BarState {
  readonly place: number;
  readonly seq: number;
  readonly head: number;
  readonly live: boolean;
  readonly playing: boolean;
  readonly comparing: boolean;
  readonly listed: boolean;
  readonly waiting: boolean;
  /** The moment in words: "08:12:04 · 3 minutes ago". */
  readonly when: string;
  readonly words: string;
}

type Deed = 'undo' | 'redo' | 'compare' | 'restore' | 'fork' | 'link';

/** The bar at the lower edge: the scale, how to go along it, and what can be done with a moment. */
export class TimeBar {
  readonly root: HTMLElement;
  readonly scale: Scale;
  private readonly play = tool('play', say.play, () => this.events.play());
  private readonly paused = tool('pause', say.pause, () => this.events.play());
  private readonly speed = el('select', { class: 'speed', ariaLabel: say.speed });
  private readonly when = el('span', { class: 'when' });
  private readonly number = el('span', { class: 'number dim' });
  private readonly back = button(say.backToLive, () => this.events.live(), 'main back');
  private readonly lively = el('span', { class: 'lively' }, el('i', { class: 'dot' }), say.live);
  private readonly record = tool('record', say.record, () => this.events.record());
  private readonly deeds: Record<Deed, HTMLButtonElement>;
  private readonly list = tool('list', say.openList, () => this.events.list());
  private readonly events: BarEvents;

  constructor(events: BarEvents) {
    this.events = events;
    this.scale = new Scale(events);
    this.play.classList.add('play');
    this.paused.classList.add('play');
    this.speed.append(...RATES.map((rate) => new Option(say.times(rate), String(rate))));
    this.speed.value = '1';
    this.speed.onchange = () => events.rate(Number(this.speed.value));
    this.deeds = {
      undo: this.deed('undo', say.undo),
      redo: this.deed('redo', say.redo),
      compare: this.deed('compare', say.compare),
      restore: this.deed('restore', say.restore),
      fork: this.deed('fork', say.fork),
      link: this.deed('link', say.link),
    };
    const way = el(
      'div',
      { class: 'way' },
      tool('back', say.stepBack, () => events.step(-1)),
      this.play,
      this.paused,
      tool('forth', say.stepForth, () => events.step(1)),
      this.speed,
    );
    const told = el('div', { class: 'where' }, this.when, this.number);
    const doing = el('div', { class: 'doing' }, ...Object.values(this.deeds), this.list);
    this.root = el(
      'section',
      { class: 'time-bar card', ariaLabel: say.history, attrs: { role: 'region' } },
      this.scale.root,
      el('div', { class: 'row' }, way, told, this.record, this.lively, this.back, doing),
      tool('close', say.closeHistory, () => events.close()),
    );
    this.record.classList.add('record');
    this.root.lastElementChild!.classList.add('shut');
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.lively.hidden) return; // in the past it brings back now
      event.stopPropagation();
      events.close();
    });
  }

  private deed(name: Deed, label: string): HTMLButtonElement {
    const made = tool(name, label, () => {
      if (isAllowed(made)) this.events[name]();
    });
    made.dataset['deed'] = name;
    return made;
  }

  /** Takes a deed out of use and says why, or gives it back. */
  allow(name: Deed, label: string, reason: string | null): void {
    allow(this.deeds[name], label, reason);
  }

  /** Offers to record what is to come, or to end that; `on` is null for who may not, and then. */
  recording(on: boolean | null): void {
    this.record.hidden = on === null;
    allow(this.record, on ? say.recordEnd : say.record, null);
    press(this.record, on === true);
  }

  show(state: BarState): void {
    const { place, seq, head, live, playing, comparing, listed, waiting } = state;
    this.scale.show(place, seq, head, state.words);
    const stood = document.activeElement;
    this.root.classList.toggle('past', !live);
    this.root.classList.toggle('waiting', waiting);
    this.play.hidden = playing;
    this.paused.hidden = !playing;
    this.when.textContent = state.when;
    this.number.textContent = say.place(seq, head);
    this.back.hidden = live;
    this.lively.hidden = !live;
    press(this.deeds.compare, comparing);
    press(this.list, listed);
    if (stood instanceof HTMLElement && stood.hidden) this.follow(stood);
  }

  /** Who goes by keys stays at the bar where the button that they stood on is gone. */
  private follow(gone: HTMLElement): void {
    if (!this.root.contains(gone)) return;
    if (gone === this.play) this.paused.focus();
    else if (gone === this.paused) this.play.focus();
    else this.scale.root.focus();
  }
}

function press(button: HTMLButtonElement, pressed: boolean): void {
  button.ariaPressed = String(pressed);
}
