import { recallSelf } from '../net/memory.ts';
import { keepAccount, type Me } from '../net/people.ts';
import { words } from '../ui/account/strings.ts';
import '../ui/css/account.css';
import { button, el, openDialog } from '../ui/dom.ts';
import { deviceLabel } from './account.ts';
import { attempt } from './here.ts';
import type { Hud } from './hud.ts';

/** Says once to who became the owner that they are, by what, and how to stay it. */
export function tellOwner(page: { hud: Hud }, me: Me): void {
  const keep = async () => {
    const name = recallSelf().name || me.name;
    const work = () => keepAccount(name, deviceLabel()).then(() => true);
    if (!(await attempt(page, work))) return;
    dialog.close();
    page.hud.toasts.note(words.kept);
  };
  const close = () => dialog.close();
  const still = [
    el('p', {}, words.ownsByCookie),
    el('p', { class: 'dim' }, words.how),
    button(words.addPasskey, () => void keep(), 'main'),
    button(words.later, close),
  ];
  const parts = me.kept ? [button(words.understood, close, 'main')] : still;
  const dialog: HTMLDialogElement = openDialog(
    words.owns,
    words.close,
    el(
      'div',
      { class: 'account stack' },
      el('p', {}, words.ownsAll),
      ...parts,
      el('p', { class: 'dim' }, words.ownsAgain),
    ),
  );
}
