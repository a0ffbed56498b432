import { isTaken } from '../input/keyboard.ts';
import { sampleAt } from '../net/motion.ts';
import { PhaseLock } from '../net/phase-lock.ts';
import { showPlace } from '../ui/queue/queue.ts';
import type { Session } from '../world/session.ts';
import type { Hud } from './hud.ts';

const CROWD = 40; // of so many moving at once, a worker decodes where they are

/** What is seldom needed at first: a place in a queue, poses just in time, what takes long. */
export function among(session: Session, { banner, inside, toasts }: Hud): void {
  const lock = new PhaseLock();
  session.poses.lock = lock;
  let crowded = false;
  session.moved = (frame) => {
    const own = frame.slots.indexOf(session.me?.slot ?? -1);
    if (own >= 0) lock.heard(sampleAt(frame, own));
    if (crowded || frame.slots.length < CROWD) return;
    crowded = true;
    import('../net/decoding/decoding.ts').then(({ Decoding, helper }) => {
      const { link } = session;
      link.decoding ??= new Decoding((one, now_ms) => session.see(one, now_ms), helper);
    }, console.warn);
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
