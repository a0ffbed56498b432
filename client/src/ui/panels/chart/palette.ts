// Colours of charts: Okabe and Ito's, for either ground, told apart by dashes and shapes too.

export interface Palette {
  readonly ink: string;
  readonly dim: string;
  readonly line: string;
  readonly font: string;
  readonly series: readonly string[];
}

export const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 4],
  [2, 3],
  [9, 3, 2, 3],
  [4, 2],
  [1, 4],
];

/** The colours that the page's tokens give an element. */
export function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: token('--ink'),
    dim: token('--dim'),
    line: token('--line'),
    font: style.fontFamily,
    series: [1, 2, 3, 4, 5, 6].map((number) => token(`--series-${number}`)),
  };
}

// Viridis at nine places: even steps to every eye, and in print.
const HEAT = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

/** The colour of a share from 0 to 1. */
export function heatColour(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (HEAT.length - 1);
  const low = HEAT[Math.floor(at)]!;
  const high = HEAT[Math.ceil(at)]!;
  const part = at % 1;
  const mix = low.map((value, channel) => Math.round(value + (high[channel]! - value) * part));
  return `rgb(${mix.join(' ')})`;
}
