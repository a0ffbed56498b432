import { api } from '../net/api.ts';
import type { Me } from '../net/people.ts';
import { say } from '../ui/strings.ts';
import { attempt } from './here.ts';
import type { Hud } from './hud.ts';

/** Takes an invitation's secret from the address and opens what it is good for. */
export async function acceptInvitation(here: { hud: Hud }): Promise<void> {
  const invitation = /^#invite=(.+)$/.exec(location.hash)?.[1];
  if (!invitation) return;
  history.replaceState(null, '', location.pathname + location.search);
  await attempt(here, () => api('POST', '/api/auth/invitations', { invitation }));
}

/** Takes the owner's claim from the address, once, and takes it out of the address at once. */
export async function claimRealm(here: { hud: Hud }): Promise<void> {
  const claim = /^#claim=(.+)$/.exec(location.hash)?.[1];
  if (!claim) return;
  history.replaceState(null, '', location.pathname + location.search);
  const me = await attempt(here, () =>
    api<Me>('POST', '/api/auth/claim', { claim: decodeURIComponent(claim) }),
  );
  if (!me) return;
  if (location.pathname === '/') void import('./owning.ts').then((m) => m.tellOwner(here, me));
  else here.hud.toasts.note(say.claimed);
}
