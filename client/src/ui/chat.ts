import { el, iconButton } from './dom.ts';
import { say } from './strings.ts';

const KEPT_MAX = 100;
const FRESH_MS = 14_000;
const TEXT_MAX = 2000;

/** What was said, and a line to say something. The log is read out by screen readers. */
export class Chat {
  readonly root: HTMLElement;
  private readonly log = el('div', {
    class: 'log',
    ariaLabel: say.chatLog,
    attrs: { role: 'log', 'aria-live': 'polite' },
  });
  private readonly input = el('input', {
    maxLength: TEXT_MAX,
    placeholder: say.chatPlaceholder,
    ariaLabel: say.chatPlaceholder,
    autocomplete: 'off',
    enterKeyHint: 'send',
    hidden: true,
  });
  private readonly opener: HTMLButtonElement;
  private readonly leave: () => void;

  constructor(send: (text: string) => void, leave: () => void) {
    this.leave = leave;
    this.opener = iconButton('chat', say.chat, () =>
      this.isOpen ? form.requestSubmit() : this.open(),
    );
    const form = el('form', { class: 'card' }, this.input, this.opener);
    form.onsubmit = (event) => {
      event.preventDefault();
      const text = this.input.value.trim();
      this.input.value = '';
      if (text) send(text);
      this.close();
    };
    this.input.onkeydown = this.log.onkeydown = (event) => {
      event.stopPropagation(); // letters typed here do not walk, nor do keys that scroll
      if (event.key === 'Escape') this.close();
    };
    this.root = el('section', { class: 'chat', ariaLabel: say.chat }, this.log, form);
  }

  get isOpen(): boolean {
    return this.root.classList.contains('open');
  }

  /** Opens the line and takes the keys. */
  open(): void {
    this.root.classList.add('open');
    this.input.hidden = false;
    this.log.tabIndex = 0;
    this.opener.title = say.send;
    this.opener.ariaLabel = say.send;
    this.input.focus();
    this.log.scrollTop = this.log.scrollHeight;
  }

  close(): void {
    if (!this.isOpen) return;
    this.root.classList.remove('open');
    this.input.hidden = true;
    this.log.removeAttribute('tabindex');
    this.opener.title = say.chat;
    this.opener.ariaLabel = say.chat;
    this.leave();
  }

  /** Adds what someone said; the world itself speaks without a name. */
  said(name: string, text: string, agent = false): void {
    const badge = agent ? el('span', { class: 'badge' }, say.agent) : '';
    this.add('', name ? el('b', {}, `${name} `) : '', badge, agent ? ' ' : '', text);
  }

  /** Adds a line that only tells what happened. */
  quiet(text: string): void {
    this.add('quiet', text);
  }

  /** Forgets every line: another world's talk begins. */
  clear(): void {
    this.log.replaceChildren();
  }

  private add(kind: string, ...content: (Node | string)[]): void {
    const line = el('p', { class: kind, dir: 'auto' }, ...content);
    this.log.append(line);
    while (this.log.children.length > KEPT_MAX) this.log.firstElementChild?.remove();
    this.log.scrollTop = this.log.scrollHeight;
    setTimeout(() => line.classList.add('old'), FRESH_MS);
  }
}
