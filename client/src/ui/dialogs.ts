import { button, el, openDialog } from './dom.ts';
import { say } from './strings.ts';

/** The keys and gestures, for the device at hand. */
export function openHelp(touch: boolean): void {
  const rows = touch ? say.touchKeys : say.keys;
  const list = el('dl', { class: 'keys' });
  for (const [keys, meaning] of rows) list.append(el('dt', {}, keys), el('dd', {}, meaning));
  openDialog(
    say.help,
    say.close,
    el('div', { class: 'stack' }, list, el('p', { class: 'dim' }, say.helpDrop)),
  );
}

/** A link to the world, to copy or to scan. */
export function openInvite(url: string): void {
  const field = el('input', { value: url, readOnly: true, ariaLabel: say.inviteTitle });
  const path = new URL(url).pathname;
  const code = el('img', {
    class: 'qr',
    alt: say.qrAlt,
    src: `/api/invite.svg?path=${encodeURIComponent(path)}`,
  });
  code.onerror = () => code.remove(); // a server without the code's drawer still has the link
  const copy = button(say.copy, () => void copyFrom(field, copy), 'main');
  openDialog(
    say.inviteTitle,
    say.close,
    el('div', { class: 'stack' }, el('p', { class: 'dim' }, say.inviteText), field, copy, code),
  );
}

async function copyFrom(field: HTMLInputElement, copy: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select(); // pages without https may not write the clipboard by themselves
    document.execCommand('copy');
  }
  copy.textContent = say.copied;
}
