import '../ui/css/shut.css';
import { button, el } from '../ui/dom.ts';
import { words } from '../ui/shut/words.ts';
import { say } from '../ui/strings.ts';
import { comeBack } from './account.ts';
import type { Here } from './here.ts';

/** Says in the place of a world that it is private, and leads to who may come into it. */
export function showShutOut(here: Pick<Here, 'hud'>, world: string): void {
  const { hud } = here;
  const spent = hud.toasts.root.querySelector('[data-code="invitation_void"]');
  spent?.remove(); // it is said in the same place
  hud.enter(false);
  hud.loading.show(0, -1);
  document.title = `${words.title} · ${say.brand}`;
  const signIn = button(say.signIn, () => void comeBack(here), 'main');
  hud.banner.stand(
    el('p', { class: 'dim' }, world),
    el('h1', {}, words.title),
    el('p', {}, spent ? words.spent : words.who),
    el('p', { class: 'dim' }, words.elsewhere),
    el(
      'div',
      { class: 'ways' },
      button(say.front, () => location.assign('/')),
      signIn,
    ),
  );
  signIn.focus();
}
