import { PhaseLock } from '../net/phase-lock.ts';
import { showPlace } from '../ui/queue/queue.ts';
import type { Session } from '../world/session.ts';

/** What only matters among others: a place in a queue, and poses that come just in time. */
export function among(session: Session, banner: HTMLElement): void {
  const lock = new PhaseLock();
  session.poses.lock = lock;
  session.moved = ({ samples }) => {
    const own = samples.find(({ slot }) => slot === session.me?.slot);
    if (own) lock.heard(own);
  };
  session.channels.on('queued', (queued) => showPlace(banner, queued));
}
