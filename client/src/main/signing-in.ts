import { recallSelf } from '../net/memory.ts';
import { keepAccount, whoAmI } from '../net/people.ts';
import { words as account } from '../ui/account/strings.ts';
import { button, el, openDialog } from '../ui/dom.ts';
import { words } from '../ui/signing/words.ts';
import { say } from '../ui/strings.ts';
import { comeBack, deviceLabel } from './account.ts';
import { attempt } from './here.ts';
import type { Hud } from './hud.ts';

const BACK = '/oauth/authorize'; // nothing else leads here

/** Lets someone sign in whom another page of this server sent, and leads back to it. */
export async function offerSignIn(page: { hud: Hud }): Promise<void> {
  const then = ownPath(new URLSearchParams(location.search).get('then') ?? '');
  const me = await attempt(page, whoAmI);
  if (!me) return;
  if (me.kept) return location.replace(then);
  const keep = async () => {
    const name = recallSelf().name || me.name;
    const work = () => keepAccount(name, deviceLabel()).then(() => true);
    if (await attempt(page, work)) location.replace(then);
  };
  openDialog(
    words.title,
    say.close,
    el(
      'div',
      { class: 'stack' },
      el('p', {}, words.why),
      button(words.signIn, () => void comeBack(page), 'main'),
      me.organisation
        ? button(say.signInWith(me.organisation), () => void comeBack(page, then))
        : null,
      el('p', { class: 'dim' }, words.none),
      button(account.keep, () => void keep()),
    ),
  );
}

/** A path of this server's own that may be led back to; the front page for all else. */
function ownPath(asked: string): string {
  if (!URL.canParse(asked, location.origin)) return '/';
  const { origin, pathname, search } = new URL(asked, location.origin);
  return origin === location.origin && pathname === BACK ? pathname + search : '/';
}
