import {
  addDevice,
  devicesOf,
  everyAgent,
  entryOf,
  invitationsOf,
  invite,
  makeToken,
  removeDevice,
  revokeToken,
  setDeviceBudget,
  setEntry,
  stopAgent,
  stopAllAgents,
  tokensOf,
  uninvite,
} from '../net/access.ts';
import type { WorldCard } from '../net/api.ts';
import type { Me } from '../net/people.ts';
import { openInvite, whichWorld, type Guests } from '../ui/access/guests.ts';
import { openPrograms } from '../ui/access/programs.ts';
import { words } from '../ui/access/words.ts';
import { succeeds } from '../ui/successor.ts';
import { attempt, type Asking } from './here.ts';

type Page = Pick<Asking, 'hud'>;

const GIVEN = ['visitor', 'member', 'builder'];

/** Does something and shows the dialog anew; what is refused leaves it as it is. */
async function again(
  page: Page,
  dialog: HTMLDialogElement,
  said: string,
  work: () => Promise<unknown>,
  show: (older: HTMLDialogElement) => Promise<void>,
): Promise<void> {
  if ((await attempt(page, () => work().then(() => true))) === null) return;
  if (said) page.hud.toasts.note(said);
  await show(dialog);
}

/** Opens the link to a world; those who own it say there who may come, too. */
export async function showInvite(
  page: Page,
  world: string,
  owner: boolean,
  made = '',
  copy = '',
  worlds: readonly WorldCard[] = [], // to choose from, where one stands in none
  older?: HTMLDialogElement,
): Promise<void> {
  const guests = owner ? await attempt(page, () => guestsOf(world, made)) : null;
  if (!succeeds(older)) return;
  const show = (older: HTMLDialogElement, made = '') =>
    showInvite(page, world, owner, made, copy, worlds, older);
  const go = async (next: string) => {
    const owns = worlds.find(({ name }) => name === next)?.role === 'owner';
    await showInvite(page, next, owns, '', '', worlds, dialog);
    document.querySelector<HTMLElement>('dialog select')?.focus(); // it goes on from there
  };
  const where = worlds.length ? whichWorld(worlds, world, (next) => void go(next)) : null;
  const dialog = openInvite(`${location.origin}/w/${world}${copy}`, guests, {
    save: (entry) =>
      void again(page, dialog, words.saved, () => setEntry(world, entry), show),
    takeBack: (id) =>
      void again(page, dialog, words.takenBack, () => uninvite(world, id), show),
    make: (wish) => {
      let url = '';
      const work = () => invite(world, wish).then((made) => (url = location.origin + made.url));
      void again(page, dialog, '', work, (older) => show(older, url));
    },
  }, where);
  dialog.querySelector<HTMLElement>('.secret input')?.focus();
}

async function guestsOf(world: string, made: string): Promise<Guests> {
  const [entry, { invitations }] = await Promise.all([entryOf(world), invitationsOf(world)]);
  const { visibility, capacity, roles } = entry;
  return { entry: { visibility, capacity }, links: invitations, roles: [...GIVEN, ...roles], made };
}

/** Opens what programs and machines come in by: one's own, or as an owner that of an account. */
export async function showPrograms(
  page: Page,
  me: Me,
  world: string | null,
  account = '',
  made = '',
  older?: HTMLDialogElement,
): Promise<void> {
  const owner = me.role === 'owner';
  const asked = [tokensOf(account), devicesOf(account), owner ? everyAgent() : null] as const;
  const found = await attempt(page, () => Promise.all(asked));
  if (!found || !succeeds(older)) return;
  const [{ tokens }, { devices }, agents] = found;
  const shown = account || me.account;
  const everyone = agents?.filter((one) => !one.name || one.account !== shown) ?? null;
  const roles = owner ? [...GIVEN, 'owner', 'records'] : GIVEN;
  const show = (older: HTMLDialogElement, made = '', whose = account) =>
    showPrograms(page, me, world, whose, made, older);
  const dialog = openPrograms(
    { account, everyone, roles, world, tokens, devices, made },
    {
      show: (whose) =>
        void again(page, dialog, '', () => Promise.resolve(), (older) => show(older, '', whose)),
      make: (wish) => {
        let token = '';
        const work = () => makeToken(account, wish).then((made) => (token = made.token));
        void again(page, dialog, '', work, (older) => show(older, token));
      },
      revoke: (id) =>
        void again(page, dialog, words.revoked, () => revokeToken(id), show),
      stop: (name, whose = account) =>
        void again(page, dialog, words.stopped, () => stopAgent(whose, name), show),
      stopAll: () =>
        void again(page, dialog, words.allStopped, () => stopAllAgents(), show),
      add: (wish) =>
        void again(page, dialog, words.machineAdded, () => addDevice(account, wish), show),
      allow: (id, budget) =>
        void again(page, dialog, words.budgetSet, () => setDeviceBudget(id, budget), show),
      remove: (id) =>
        void again(page, dialog, words.removed, () => removeDevice(id), show),
    },
  );
  dialog.querySelector<HTMLElement>('.secret input')?.focus();
}
