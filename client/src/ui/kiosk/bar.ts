import { button, el, openDialog } from '../dom.ts';
import { words } from './strings.ts';

/** The button by which the next person begins, and what is said before it happens by itself. */
export class KioskBar {
  readonly root: HTMLElement;
  private readonly told = el('span', { hidden: true, attrs: { role: 'status' } });
  private shown = '';

  constructor(next: () => void) {
    this.root = el('div', { class: 'card kiosk' }, this.told, button(words.next, next));
    const { style } = this.root;
    Object.assign(style, { position: 'fixed', left: '50%', transform: 'translateX(-50%)' });
    Object.assign(style, { bottom: '12px', display: 'flex', gap: '12px', alignItems: 'center' });
    Object.assign(style, { padding: '8px 14px', zIndex: '3' });
  }

  /** Says how many seconds are left; null says nothing. */
  show(seconds: number | null): void {
    const text = seconds === null ? '' : words.soon(seconds);
    if (text === this.shown) return;
    this.told.textContent = this.shown = text;
    this.told.hidden = !text;
  }
}

/** Asks whether a device is shared; nothing happens before somebody says so. */
export function askShared(seconds: number, yes: () => void): void {
  const foot = el('footer', {});
  foot.style.marginTop = '16px';
  const dialog = openDialog(
    words.title,
    words.close,
    el('p', {}, words.about(words.minutes(seconds))),
    foot,
  );
  const share = () => {
    dialog.close();
    yes();
  };
  foot.append(button(words.share, share, 'main'));
}
