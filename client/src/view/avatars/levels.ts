import type { Tier } from '../change.ts';

/** How someone is drawn: a figure with joints, a simple one, or a picture on a card. */
export type Level = 'figure' | 'far' | 'flat';

/** Within how many metres, and how many at most. */
const FIGURES: Record<Tier, readonly [number, number]> = {
  low: [12, 6],
  medium: [26, 24],
  high: [40, 47],
};
/** The same of simple figures: where a card would show that it is one. */
const FAR: Record<Tier, readonly [number, number]> = {
  low: [6, 12],
  medium: [14, 32],
  high: [22, 48],
};
/** Who is drawn so counts as nearer than they are: nobody flickers who stands on an edge. */
const KEPT: Record<Level, number> = { figure: 0.86, far: 0.93, flat: 1 };

/** How many figures with joints a tier draws at most. */
export const figuresMost = (tier: Tier): number => FIGURES[tier][1];

/** What the order goes by in which levels are given, nearest first, in metres. */
export const rank = (was: Level, metres: number): number => metres * KEPT[was];

/** The level of whoever is `place`th, from 0, in the order of ranks. */
export function levelOf(place: number, metres: number, tier: Tier): Level {
  const [reach, most] = FIGURES[tier];
  if (metres < reach && place < most) return 'figure';
  const [near, more] = FAR[tier];
  return metres < near && place < most + more ? 'far' : 'flat';
}
