import { blend } from './limbs.ts';
import type { Held, Motion, Worn } from './rig.ts';

const FRESH_S = 1.2; // a headset tells at least twice a second
const SETTLE_PER_SECOND = 18;
const SHARE_PER_SECOND = 6;

/** What a headset tells of its wearer, in the figure's own frame: it looks along +Z. */
export type Reached = Omit<Worn, 'share'>;

/** Smooths what a headset tells, and lets it fade when it says nothing more. */
export class Wearing {
  private goal: Reached | null = null;
  private until = 0;

  take(reached: Reached | null, now: number): void {
    this.goal = reached ?? this.goal;
    this.until = reached ? now + FRESH_S : 0;
  }

  step(dt: number, now: number, motion: Motion): void {
    const { goal } = this;
    if (!goal) return;
    const old = motion.worn;
    const toward = now < this.until ? 1 : 0;
    const share = old?.share ?? 0;
    const next = share + (toward - share) * (1 - Math.exp(-SHARE_PER_SECOND * dt));
    if (toward === 0 && next < 0.01) {
      motion.worn = this.goal = null;
      return;
    }
    const t = 1 - Math.exp(-SETTLE_PER_SECOND * dt);
    const ease = (from: Held | null | undefined, to: Held | null) =>
      from && to ? eased(from, to, t) : to;
    motion.worn = {
      head: ease(old?.head, goal.head)!,
      left: ease(old?.left, goal.left),
      right: ease(old?.right, goal.right),
      share: next,
    };
  }
}

function eased(from: Held, to: Held, t: number): Held {
  const turn: Held['turn'] = [...from.turn];
  blend(turn, 0, to.turn, 0, t);
  const at = (k: 0 | 1 | 2) => from.place[k] + (to.place[k] - from.place[k]) * t;
  return { place: [at(0), at(1), at(2)], turn, grip: to.grip };
}
