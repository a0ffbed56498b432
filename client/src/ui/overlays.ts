import { sentences, type Problem } from '../net/problem.ts';
import { button, el } from './dom.ts';
import { say } from './strings.ts';

/** A thin bar at the top while a world's models come in, with the bytes. */
export class Loading {
  readonly root: HTMLElement;
  private readonly fill = el('i', {});
  private readonly text = el('p', { class: 'card' }, say.loading);
  private shown = '';

  constructor() {
    const track = el('div', { class: 'track' }, this.fill);
    this.root = el(
      'div',
      { class: 'loading', attrs: { role: 'progressbar', 'aria-label': say.loading } },
      track,
    );
    this.root.append(this.text);
    this.show(0, 0);
  }

  /** Shows bytes done of a total; `total` 0 with `done` −1 hides it. */
  show(done: number, total: number): void {
    const state = `${done}/${total}`;
    if (state === this.shown) return;
    this.shown = state;
    this.root.hidden = done < 0;
    const share = total > 0 ? done / total : 0.04;
    this.fill.style.transform = `scaleX(${share})`;
    this.text.textContent = total > 0 ? `${say.loading} · ${say.bytes(done, total)}` : say.loading;
    this.root.setAttribute('aria-valuenow', String(Math.round(share * 100)));
  }
}

/** A line across the top that stays until it is mended or put away. */
export class Banner {
  readonly root = el('div', { class: 'banner card', hidden: true, attrs: { role: 'alert' } });

  lost(retry: () => void, problem: Problem | null): void {
    const why = problem ? sentences(problem) : say.connection.waiting;
    this.fill(why, button(say.tryNow, retry));
  }

  ended(problem: Problem): void {
    this.fill(
      sentences(problem),
      button(say.front, () => location.assign('/')),
    );
  }

  /** Stands as a card in the middle, in the place of a world. */
  stand(...card: HTMLElement[]): void {
    this.root.replaceChildren(...card);
    this.root.dataset['kind'] = 'card';
    this.root.hidden = false;
  }

  historyLost(): void {
    this.fill(
      say.historyLost,
      button(say.understood, () => this.hide()),
    );
    this.root.dataset['kind'] = 'history';
  }

  /** Takes away what is about the connection; a loss of history stays until it is understood. */
  mended(): void {
    if (this.root.dataset['kind'] !== 'history') this.hide();
  }

  private hide(): void {
    this.root.hidden = true;
    delete this.root.dataset['kind'];
  }

  private fill(text: string, press: HTMLButtonElement): void {
    if (this.root.dataset['kind'] === 'history' && !this.root.hidden) return;
    this.root.replaceChildren(el('span', {}, text), press);
    this.root.hidden = false;
  }
}

/** What the pointer is over, and whether it is near enough. */
export class Hint {
  readonly root = el('div', { class: 'hint card', hidden: true });
  private shown = '';

  show(text: string | null, far = false): void {
    const state = `${text ?? ''}${far}`;
    if (state === this.shown) return;
    this.shown = state;
    this.root.hidden = text === null;
    this.root.textContent = text;
    this.root.classList.toggle('far', far);
  }
}

/** The thumb's stick, where the thumb came down. */
export class Stick {
  readonly root: HTMLElement;
  private readonly knob = el('i', {});

  constructor() {
    this.root = el('div', { class: 'stick', hidden: true, ariaHidden: 'true' }, this.knob);
  }

  show(at: { x: number; y: number; dx: number; dy: number } | null): void {
    this.root.hidden = at === null;
    if (!at) return;
    this.root.style.left = `${at.x}px`;
    this.root.style.top = `${at.y}px`;
    this.knob.style.transform = `translate(${at.dx}px, ${at.dy}px)`;
  }
}

/** The frame that says: let go here. */
export function dropFrame(): HTMLElement {
  return el('div', { class: 'dropping', hidden: true }, el('p', { class: 'card' }, say.dropHere));
}
