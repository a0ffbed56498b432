import type { Tier } from './change.ts';

/** The words of `extras.worldloom.surface`; `plain` is any material that says nothing. */
export type Surface =
  | 'stone'
  | 'paving'
  | 'leaf'
  | 'water'
  | 'fall'
  | 'veil'
  | 'glow'
  | 'grass'
  | 'glass'
  | 'land'
  | 'hill'
  | 'collider'
  | 'plain'
  | 'shape'
  | 'avatar';

/** What a glTF material tells the view beyond glTF. */
export interface SurfaceExtras {
  surface: Surface;
  /** The lowest tier that draws it, and the highest. */
  tier: Tier;
  until: Tier;
  shadow: boolean;
  solid: boolean;
}

const known = new Set<string>([
  'stone',
  'paving',
  'leaf',
  'water',
  'fall',
  'veil',
  'glow',
  'grass',
  'glass',
  'land',
  'hill',
  'collider',
]);
const tiers: readonly Tier[] = ['low', 'medium', 'high'];

/**
 * Reads `extras.worldloom` of a glTF material (three keeps extras in userData); unknown words are
 * plain.
 */
export function readExtras(userData: Record<string, unknown>): SurfaceExtras {
  const said = (userData['worldloom'] ?? {}) as Record<string, unknown>;
  const surface = typeof said['surface'] === 'string' && known.has(said['surface']);
  return {
    surface: surface ? (said['surface'] as Surface) : 'plain',
    tier: tiers.find((tier) => tier === said['tier']) ?? 'low',
    until: tiers.find((tier) => tier === said['until']) ?? 'high',
    shadow: said['shadow'] !== false,
    solid: said['solid'] !== false,
  };
}

/** Whether something meant for the tiers from `lowest` to `highest` is drawn at `tier`. */
export function drawnAt(tier: Tier, lowest: Tier, highest: Tier): boolean {
  const at = tiers.indexOf(tier);
  return at >= tiers.indexOf(lowest) && at <= tiers.indexOf(highest);
}

/** Surfaces whose colours stand in COLOR_0, with occlusion in its alpha. */
export function isBaked(surface: Surface): boolean {
  return surface !== 'plain' && surface !== 'shape';
}
