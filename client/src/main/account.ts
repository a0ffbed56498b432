import {
  type Me,
  askedOfMe,
  decideAsked,
  dropPasskey,
  forgetMe,
  keepAccount,
  saveProfile,
  signIn,
  signOut,
  whoAmI,
  workOfAgents,
} from '../net/people.ts';
import { listWorlds } from '../net/api.ts';
import { recallSelf, rememberSelf } from '../net/memory.ts';
import { openAccount } from '../ui/account/dialog.ts';
import { words } from '../ui/account/strings.ts';
import { goToOrganisation } from '../net/organisation.ts';
import { showAtWork } from './at-work.ts';
import { titlesFor } from './asked.ts';
import { succeeds } from '../ui/successor.ts';
import { attempt, type Asking } from './here.ts';

type Page = Pick<Asking, 'hud'>;

/**
 * Opens the account's dialog; `changed` is called when something else became true of it. It takes
 * the place of an older one once it is all there, unless that one was closed meanwhile.
 */
export async function showAccount(
  page: Page,
  world: string | null,
  changed: () => void,
  older?: HTMLDialogElement,
): Promise<void> {
  const me = await attempt(page, whoAmI);
  if (!me) return;
  const asked = (await attempt(page, askedOfMe)) ?? [];
  const titles = await titlesFor(asked);
  const work = (await attempt(page, workOfAgents)) ?? [];
  if (!succeeds(older)) return;
  const again = async (work: () => Promise<unknown>, said: string) => {
    if ((await attempt(page, () => work().then(() => true))) === null) return;
    page.hud.toasts.note(said);
    changed();
    await showAccount(page, world, changed, dialog);
  };
  const decide = async (id: string, approve: boolean) => {
    const found = await attempt(page, () => decideAsked(id, approve));
    if (found) await again(() => Promise.resolve(), words.decided(found.state));
  };
  const dialog = openAccount(me, asked, titles, work.length ? showAtWork(page, work) : null, {
    keep: () => void again(() => keepAccount(nameOf(me), deviceLabel()), words.kept),
    signIn: () => void comeBack(page),
    organisation: () => void comeBack(page, '/'),
    save: (name, language) => {
      rememberSelf({ ...recallSelf(), name });
      const speak = () => (document.documentElement.lang = language || 'en');
      void again(() => saveProfile({ name, language }).then(speak), words.saved);
    },
    drop: (id) => void again(() => dropPasskey(id), words.removed),
    decide: (id, approve) => void decide(id, approve),
    programs: () => {
      dialog.close();
      void import('./access.ts').then(({ showPrograms }) => showPrograms(page, me, world));
    },
    leave: (everywhere) => void goAway(page, () => signOut(everywhere)),
    forget: () => void goAway(page, forgetMe),
  });
}

/**
 * Signs in by a passkey, and the page begins anew as that account; or, with the path that its page
 * leads back to, by the organisation. A guest who has something here is asked before.
 */
export async function comeBack(page: Page, organised = ''): Promise<void> {
  if (!(await mayLeaveGuest(page))) return;
  if (organised) return goToOrganisation(organised);
  const name = await attempt(page, signIn);
  if (name === null) return;
  rememberSelf({ ...recallSelf(), name, avatar: '', vrm: '', state: 'kept' });
  location.reload();
}

/** Tells whether to go on; a guest with worlds or roles may keep the account instead. */
async function mayLeaveGuest(page: Page): Promise<boolean> {
  // Where this cannot be told, signing in still can.
  const me = await whoAmI().catch(() => null);
  if (!me || me.kept) return true;
  const list = await listWorlds().catch(() => null);
  const owner = me.role === 'owner';
  const mine = (list?.worlds ?? []).filter((world) => world.mine);
  if (!owner && mine.length === 0) return true;
  const { askLeaving } = await import('../ui/account/leaving.ts');
  const titles = mine.map(({ title, name }) => title || name);
  const answer = await askLeaving(owner, titles);
  const keep = () => keepAccount(nameOf(me), deviceLabel()).then(() => true);
  if (answer === 'keep' && (await attempt(page, keep))) location.reload();
  return answer === 'go';
}

async function goAway(page: Page, leave: () => Promise<unknown>): Promise<void> {
  if ((await attempt(page, () => leave().then(() => true))) === null) return;
  rememberSelf({ name: '', avatar: '', vrm: '', state: 'random' });
  location.assign('/');
}

const nameOf = (me: Me) => recallSelf().name || me.name;

/** What a passkey is called after: the system, as far as the browser tells. */
export function deviceLabel(): string {
  const told = navigator as { userAgentData?: { platform?: string } };
  return told.userAgentData?.platform || navigator.platform || '';
}
