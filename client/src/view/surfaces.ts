import type { Tier } from './change';

/** The words of `extras.worldloom.surface`; `plain` is any material that says nothing. */
export type Surface =
  | 'stone'
  | 'leaf'
  | 'water'
  | 'fall'
  | 'veil'
  | 'glow'
  | 'grass'
  | 'glass'
  | 'land'
  | 'hill'
  | 'plain'
  | 'shape'
  | 'avatar';

/** What a glTF material tells the view beyond glTF. */
export interface SurfaceExtras {
  surface: Surface;
  tier: Tier;
  shadow: boolean;
  solid: boolean;
}

const known = new Set<string>([
  'stone',
  'leaf',
  'water',
  'fall',
  'veil',
  'glow',
  'grass',
  'glass',
  'land',
  'hill',
]);
const tiers: readonly Tier[] = ['low', 'medium', 'high'];

/** Reads `extras.worldloom` of a glTF material (three keeps extras in userData); unknown words are plain. */
export function readExtras(userData: Record<string, unknown>): SurfaceExtras {
  const said = (userData['worldloom'] ?? {}) as Record<string, unknown>;
  const surface = typeof said['surface'] === 'string' && known.has(said['surface']);
  return {
    surface: surface ? (said['surface'] as Surface) : 'plain',
    tier: tiers.find((tier) => tier === said['tier']) ?? 'low',
    shadow: said['shadow'] !== false,
    solid: said['solid'] !== false,
  };
}

/** Whether something that asks for at least `lowest` is drawn at `tier`. */
export function drawnAt(tier: Tier, lowest: Tier): boolean {
  return tiers.indexOf(tier) >= tiers.indexOf(lowest);
}

/** Surfaces whose colours stand in COLOR_0, with occlusion in its alpha. */
export function isBaked(surface: Surface): boolean {
  return surface !== 'plain' && surface !== 'shape';
}
