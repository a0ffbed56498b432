import { el, openDialog } from './dom.ts';
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
