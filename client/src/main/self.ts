import { recallSelf, rememberSelf, type Self } from '../net/memory.ts';
import type { Session } from '../world/session.ts';
import { attempt, type Asking } from './here.ts';

/**
 * Lets one choose name and look. A new name is told by coming in again; a look alone is put on
 * where one stands. A name that the server gave is shown and stays the server's. `drawn`: the
 * figure is shown in 3D.
 */
export function changeSelf(here: Asking, drawn = true): void {
  void attempt(here, async () => {
    const { openSelfDialog } = await import('../ui/self-dialog.ts');
    const self = recallSelf();
    const shown = self.name || (here.session?.me?.name ?? '');
    const done = (chosen: Self) => {
      const named = chosen.name !== shown && chosen.name !== self.name;
      const next = named ? chosen : { ...chosen, name: self.name };
      keepSelf(next);
      const { session } = here;
      if (!session) return;
      if (named) session.link.restart(); // hello tells the new name
      else void attempt(here, () => wear(next, session));
    };
    openSelfDialog({ ...self, name: shown }, done, drawn);
  });
}

/** Keeps who one wants to be in this browser, and with the account what it is called. */
export function keepSelf(self: Self): void {
  const named = self.name !== '' && self.name !== recallSelf().name;
  rememberSelf(self);
  // Loaded when there is a name to tell; without an answer the account is called as it was.
  if (named) import('../net/people.ts').then((m) => m.keepName(self.name)).catch(() => undefined);
}

/** Puts a look on and keeps it; an account has it wherever one comes in next. */
export async function wear(self: Self, session: Session): Promise<void> {
  rememberSelf({ ...self, state: 'chosen' });
  const { result } = await session.do('wear', { avatar: self.avatar ?? '', vrm: self.vrm });
  if ((result as { kept: boolean }).kept) rememberSelf({ ...self, state: 'kept' });
}
