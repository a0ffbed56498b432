import './css/screen.css';
import { button, drawn, el } from './dom.ts';
import { allow, isAllowed, roundButton } from './tools.ts';

const PATHS = {
  play: 'M7 4.500v15l12.500-7.500z',
  pause: 'M8.500 5v14M15.500 5v14',
  captions: 'M3.500 6h17v12h-17zM10.500 10.500a2 2 0 1 0 0 3M16.500 10.500a2 2 0 1 0 0 3',
  sound:
    'M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  muted: 'M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5',
} as const;

/** What can be asked of the bar. */
export interface ScreenBarEvents {
  play(): void;
  pause(): void;
  seek(seconds: number): void;
  sound(on: boolean): void;
  captions(): void;
  watch(): void;
}

/** What the bar shows. */
export interface ScreenBarState {
  readonly title: string;
  readonly playing: boolean;
  readonly seconds: number;
  readonly length: number;
  /** Why this visitor may not control it; null where they may. */
  readonly reason: string | null;
  readonly captioned: boolean;
  readonly captions: boolean;
  /** on: heard; off: muted by the visitor; blocked: the browser waits for a press. */
  readonly sound: 'none' | 'on' | 'off' | 'blocked';
  /** The visitor wishes for less motion, and has not said that this may play. */
  readonly still: boolean;
  readonly failed: boolean;
  /** It plays for this visitor alone. */
  readonly own: boolean;
}

const say = {
  bar: (title: string) => `Screen: ${title}`,
  round: (title: string) => `All round you: ${title}`,
  play: 'Play',
  pause: 'Pause',
  all: (deed: string) => `${deed} for everyone`,
  place: 'Place in the film',
  soundOn: 'Sound on',
  soundOff: 'Sound off',
  captionsOn: 'Show captions',
  captionsOff: 'Hide captions',
  watch: 'Watch along',
  failed: 'This browser cannot play this film',
  told: (at: string, length: string) => `${at} of ${length}`,
} as const;

/** Minutes and seconds, with hours where there are any. */
export function timeOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** The controls of the screen that a visitor stands before: real buttons and a real slider. */
export class ScreenBar {
  readonly root: HTMLElement;
  private readonly events: ScreenBarEvents;
  private readonly play = roundButton(PATHS.play, say.play, () => this.press('play'));
  private readonly pause = roundButton(PATHS.pause, say.pause, () => this.press('pause'));
  private readonly title = el('span', { class: 'title' });
  private readonly time = el('span', { class: 'time dim' });
  private readonly scale = el('input', {
    type: 'range',
    min: '0',
    step: '1',
    ariaLabel: say.place,
  });
  private readonly captions = roundButton(PATHS.captions, say.captionsOff, () =>
    this.events.captions(),
  );
  private readonly sound = roundButton(PATHS.sound, say.soundOff, () =>
    this.events.sound(false),
  );
  private readonly muted = roundButton(PATHS.muted, say.soundOn, () =>
    this.events.sound(true),
  );
  private readonly unheard: HTMLButtonElement;
  private readonly watch: HTMLButtonElement;
  private held = false;

  constructor(events: ScreenBarEvents) {
    this.events = events;
    // A press on the page is all that a browser waits for: the films hear of it by themselves.
    this.unheard = button(say.soundOn, () => events.sound(true), 'main');
    this.unheard.prepend(drawn(PATHS.muted));
    this.watch = button(say.watch, () => events.watch(), 'main');
    this.scale.oninput = () => {
      this.held = true;
      this.tell(Number(this.scale.value));
    };
    this.scale.onchange = () => {
      this.held = false;
      if (this.scale.ariaDisabled !== 'true') events.seek(Number(this.scale.value));
    };
    // The keys that walk must not go on walking while they move the slider.
    this.scale.onkeydown = (event) => event.stopPropagation();
    this.root = el(
      'section',
      { class: 'screen-bar card', hidden: true },
      this.play,
      this.pause,
      el('span', { class: 'names' }, this.title, this.time),
      this.scale,
      this.watch,
      this.unheard,
      this.captions,
      this.sound,
      this.muted,
    );
  }

  private press(deed: 'play' | 'pause'): void {
    if (isAllowed(this[deed])) this.events[deed]();
  }

  hide(): void {
    this.root.hidden = true;
    this.held = false;
  }

  show(state: ScreenBarState): void {
    const { playing, reason, length, sound } = state;
    const focused = document.activeElement === this.play || document.activeElement === this.pause;
    this.root.hidden = false;
    this.root.ariaLabel = state.own ? say.round(state.title) : say.bar(state.title);
    this.title.textContent = state.failed ? say.failed : state.title;
    this.play.hidden = playing;
    this.pause.hidden = !playing;
    if (focused) (playing ? this.pause : this.play).focus();
    for (const deed of ['play', 'pause'] as const)
      allow(this[deed], state.own ? say[deed] : say.all(say[deed]), reason);
    this.scale.disabled = length === 0;
    this.scale.ariaDisabled = reason === null ? null : 'true';
    this.scale.max = String(Math.floor(length));
    this.captions.hidden = !state.captioned;
    this.captions.ariaPressed = String(state.captions);
    this.captions.title = state.captions ? say.captionsOff : say.captionsOn;
    this.captions.ariaLabel = this.captions.title;
    this.unheard.hidden = sound !== 'blocked' || state.still;
    this.sound.hidden = sound !== 'on';
    this.muted.hidden = sound !== 'off';
    this.watch.hidden = !state.still;
    if (this.held) return;
    this.scale.value = String(Math.floor(state.seconds));
    this.tell(state.seconds, length);
  }

  private tell(seconds: number, length = Number(this.scale.max)): void {
    const told = say.told(timeOf(seconds), timeOf(length));
    if (this.time.textContent === told) return;
    this.time.textContent = told;
    this.scale.setAttribute('aria-valuetext', told);
  }
}
