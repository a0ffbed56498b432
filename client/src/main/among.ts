import { isTaken } from '../input/keyboard.ts';
import { PhaseLock } from '../net/phase-lock.ts';
import { showPlace } from '../ui/queue/queue.ts';
import type { Session } from '../world/session.ts';
import type { Hud } from './hud.ts';

/** What is seldom needed at first: a place in a queue, poses just in time, what takes long. */
export function among(session: Session, { banner, inside, toasts }: Hud): void {
  const lock = new PhaseLock();
  session.poses.lock = lock;
  session.moved = ({ samples }) => {
    const own = samples.find(({ slot }) => slot === session.me?.slot);
    if (own) lock.heard(own);
  };
  session.channels.on('queued', (queued) => showPlace(banner.root, queued));
  session.channels.whenFirst(['progress'], () => {
    void import('./waiting.ts').then(({ showWaiting }) =>
      showWaiting(session, {
        place: inside,
        isTaken,
        note: (line) => toasts.note(line),
        problem: (problem) => toasts.problem(problem),
        rest: () => document.getElementById('stage')?.focus(),
      }),
    );
  });
}
