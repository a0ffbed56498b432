import '../css/account.css';
import { button, el, openDialog } from '../dom.ts';
import { words } from './strings.ts';

/** What a guest who would sign in elsewhere answers to what stays behind. */
export type Leaving = 'keep' | 'go' | 'stay';

/** Asks a guest before it is left with what it has here; closing the dialog is to stay. */
export function askLeaving(owner: boolean, worlds: readonly string[]): Promise<Leaving> {
  let chosen: Leaving = 'stay';
  const choose = (what: Leaving) => () => {
    chosen = what;
    dialog.close();
  };
  const dialog: HTMLDialogElement = openDialog(
    words.leaving,
    words.close,
    el(
      'div',
      { class: 'account stack' },
      el('p', {}, owner ? words.leavesRealm : words.leavesWorlds),
      owner ? null : el('ul', {}, ...worlds.map((title) => el('li', { dir: 'auto' }, title))),
      el('p', {}, words.leavesFor),
      button(words.keepFirst, choose('keep'), 'main'),
      el('p', { class: 'dim' }, words.leavesOther),
      button(words.goAnyway, choose('go'), 'danger'),
      button(words.cancel, choose('stay')),
    ),
  );
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(chosen)));
}
