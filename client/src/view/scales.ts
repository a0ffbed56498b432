import type { Heat } from '../world/components.generated.ts';

/**
 * Colour maps whose lightness follows the number (balance: away from its middle), readable by
 * colour-blind people: viridis and magma by van der Walt and Smith, cividis by Nuñez et al. (2018).
 */
const MAPS: Record<Heat['map'], readonly string[]> = {
  viridis: '440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725'.split(' '),
  cividis: '00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838'.split(' '),
  magma: '000004 1c1044 4f127b 812581 b5367a e55964 fb8761 fec287 fcfdbf'.split(' '),
  gray: ['1a1a1a', 'f5f5f5'],
  balance: '2166ac 67a9cf d1e5f0 f7f7f7 fddbc7 ef8a62 b2182b'.split(' '),
};

export type Rgb = readonly [number, number, number];

/** The colour of a share from 0 to 1, as sRGB bytes; what lies outside takes the end's. */
export function colourOf(map: Heat['map'], share: number): Rgb {
  const stops = MAPS[map];
  const at = Math.max(0, Math.min(1, Number.isFinite(share) ? share : 0)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const part = (i: number, k: number) => Number.parseInt(stops[i]!.slice(2 * k, 2 * k + 2), 16);
  const blend = (k: number) =>
    Math.round(part(low, k) + (part(low + 1, k) - part(low, k)) * (at - low));
  return [blend(0), blend(1), blend(2)];
}

/** From where to where a scale runs: as it is told, or over the numbers themselves. */
export function rangeOf({ low, high }: Heat, values: Iterable<number>): [number, number] {
  if (high > low) return [low, high];
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (!(most >= least)) return [0, 1];
  return most > least ? [least, most] : [least - 0.5, most + 0.5];
}

/** A number as a scale says it: three digits that matter. */
export function numberOf(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 6 });
}
