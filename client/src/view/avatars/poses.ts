import { Gait } from './gait.ts';
import type { Motion } from './rig.ts';

const [STAND, LEFT, RIGHT, SIT] = [0, 1, 2, 3];
const BOB_M = 0.022;

/** In how many poses someone is seen from afar: standing, either foot ahead, sitting. */
export const POSES = 4;

/** What the poses are, as motions. */
export function motions(): Motion[] {
  const pose = (clip: 'idle' | 'walk' | 'sit', phase: number) => {
    const { motion } = new Gait(0);
    motion.weights.idle = 0;
    motion.weights[clip] = 1;
    motion.phases[clip] = phase;
    return motion;
  };
  return [pose('idle', 0), pose('walk', 0.25), pose('walk', 0.75), pose('sit', 0)];
}

/** Which of the poses comes nearest to a motion. */
export function poseOf({ weights, phases }: Motion): number {
  if (weights.sit > 0.5) return SIT;
  const swing = (weights.walk + weights.run) * Math.sin(phases.walk * 2 * Math.PI);
  return Math.abs(swing) < 0.5 ? STAND : swing > 0 ? LEFT : RIGHT;
}

/** How much higher than at rest someone who walks is just now, in metres. */
export function bob({ weights, phases }: Motion): number {
  return BOB_M * (weights.walk + 2 * weights.run) * Math.cos(phases.walk * 4 * Math.PI);
}
