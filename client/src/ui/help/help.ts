import { el, openDialog } from '../dom.ts';
import { say as common } from '../strings.ts';
import { say } from './words.ts';

/** The keys and gestures, for the device at hand. */
export function openHelp(touch: boolean): void {
  const rows = touch ? say.touchKeys : say.keys;
  const list = el('dl', { class: 'keys' });
  for (const [keys, meaning] of rows) list.append(el('dt', {}, keys), el('dd', {}, meaning));
  openDialog(
    common.help,
    common.close,
    el('div', { class: 'stack' }, list, el('p', { class: 'dim' }, say.helpDrop)),
  );
}
