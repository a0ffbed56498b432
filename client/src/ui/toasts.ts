import { sentence, type Problem } from '../net/problem.ts';
import { el, iconButton } from './dom.ts';
import { say } from './strings.ts';

const NOTE_MS = 3500;
const PROBLEM_MS = 9000;
const SHOWN_MAX = 4;

/**
 * Short messages at the top: what went wrong and how to mend it, what worked, what is under way.
 */
export class Toasts {
  readonly root = el('div', { class: 'toasts', attrs: { role: 'status', 'aria-live': 'polite' } });
  private home: HTMLElement | null = null;

  constructor() {
    new MutationObserver(() => this.stand()).observe(document.body, { childList: true });
  }

  /** Goes into the dialog on top, which else covers it and keeps presses from it, and back. */
  private stand(): void {
    if (!this.root.isConnected) this.home?.append(this.root); // the dialog went with it
    else if (!this.root.closest('dialog')) this.home = this.root.parentElement;
    const worn = document.querySelector('.in-headset'); // it paints the dialog by itself
    const on = worn ? null : [...document.querySelectorAll('dialog:modal')].at(-1);
    if (on && !on.contains(this.root)) on.firstElementChild?.after(this.root);
    else if (!on && this.root.parentElement !== this.home) this.home?.append(this.root);
  }

  /** Shows a refusal with its fix. */
  problem({ message, fix, code }: Problem): void {
    const known = [...this.root.children].find(
      (shown) => (shown as HTMLElement).dataset['code'] === code,
    );
    known?.remove(); // the same again is not another message
    const text = el(
      'div',
      {},
      el('div', {}, sentence(message)),
      fix ? el('div', { class: 'fix' }, sentence(fix)) : null,
    );
    const toast = this.show('toast card bad', text, PROBLEM_MS);
    toast.dataset['code'] = code;
    toast.append(iconButton('close', say.close, () => toast.remove()));
  }

  /** Says something that worked, and what more there is to it. */
  note(message: string, lines: readonly string[] = []): void {
    const more = lines.map((line) => el('div', { class: 'fix' }, line));
    const ms = lines.length > 0 ? PROBLEM_MS : NOTE_MS;
    this.show('toast card note', el('div', {}, message, ...more), ms);
  }

  /** Shows something under way; call the result with a share of 0 to 1, or null when it is over. */
  progress(title: string): (share: number | null) => void {
    const bar = el('progress', { max: 1, value: 0, ariaLabel: title });
    const toast = this.show('toast card', el('div', {}, el('div', {}, title), bar), null);
    return (share) => {
      if (share === null) toast.remove();
      else bar.value = share;
    };
  }

  /** Shows what stays until whoever gets it takes it away. */
  stay(content: HTMLElement): HTMLElement {
    return this.show('toast card', content, null);
  }

  private show(kind: string, content: HTMLElement, ms: number | null): HTMLElement {
    const toast = el('div', { class: kind }, content);
    this.root.append(toast);
    while (this.root.children.length > SHOWN_MAX) this.root.firstElementChild?.remove();
    if (ms !== null) setTimeout(() => toast.remove(), ms);
    return toast;
  }
}
