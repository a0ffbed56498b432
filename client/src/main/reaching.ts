import { decodeReaches, encodeReach, type Limb, type Limbs } from '../net/limbs.ts';
import { REACH_NUMBER } from '../net/wire.generated.ts';
import type { Session } from '../world/session.ts';
import type { Here } from './here.ts';

/** Shows heads and hands of those who wear headsets. */
export function showReaches(here: Here, session: Session): void {
  session.channels.onBytes(REACH_NUMBER, (bytes) => {
    for (const { slot, generation, limbs } of decodeReaches(bytes)) {
      const id = session.presence.ownerOf(slot, generation);
      if (id === null) continue;
      showReach(here, id, limbs);
    }
  });
}

/** Shows where someone's head and hands are; our own are seen in mirrors. */
export function showReach({ stage }: Pick<Here, 'stage'>, id: string, limbs: Limbs): void {
  const head = turned(limbs.head);
  const [left, right] = [turned(limbs.left), turned(limbs.right)];
  stage.reach(id, head && { head, left, right });
}

/**
 * Tells where our head and hands are, relative to our feet and the way we face (−Z ahead); a
 * headset calls it up to 20 times a second and at least twice, and once without a head at its end.
 */
export function sendReach(session: Session, limbs: Limbs): boolean {
  return session.link.sendLive(REACH_NUMBER, encodeReach(limbs));
}

/** The figure looks along +Z where its pose looks along −Z. */
function turned(limb: Limb | null): Limb | null {
  if (!limb) return null;
  const { place, turn, grip } = limb;
  return {
    place: [-place[0], place[1], -place[2]],
    turn: [-turn[0], turn[1], -turn[2], turn[3]],
    grip,
  };
}
