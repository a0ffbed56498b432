import { oklch } from './oklch.ts';
import type { Color } from './three.ts';

/** Colours of an avatar in slot order: skin, hair, top, bottom, shoes, accent. */
export type LookColors = readonly [Color, Color, Color, Color, Color, Color];

const skins = [
  [0.86, 0.045, 62],
  [0.81, 0.06, 58],
  [0.74, 0.07, 56],
  [0.66, 0.075, 54],
  [0.58, 0.07, 50],
  [0.5, 0.06, 46],
  [0.43, 0.05, 44],
  [0.37, 0.04, 42],
] as const;
const hairs = [
  [0.22, 0.02, 40],
  [0.3, 0.04, 45],
  [0.38, 0.06, 48],
  [0.5, 0.08, 58],
  [0.64, 0.1, 72],
  [0.76, 0.09, 85],
  [0.45, 0.1, 35],
  [0.74, 0.01, 90],
] as const;
const tops = [
  [0.62, 0.125, 40],
  [0.58, 0.085, 200],
  [0.56, 0.1, 300],
  [0.91, 0.025, 90],
  [0.76, 0.12, 82],
  [0.52, 0.09, 145],
  [0.5, 0.12, 262],
  [0.66, 0.13, 18],
  [0.72, 0.08, 160],
  [0.45, 0.06, 240],
  [0.7, 0.1, 340],
  [0.36, 0.03, 265],
  [0.8, 0.06, 60],
  [0.62, 0.09, 115],
  [0.55, 0.13, 28],
  [0.66, 0.08, 225],
] as const;
const bottoms = [
  [0.36, 0.05, 262],
  [0.84, 0.025, 85],
  [0.33, 0.02, 270],
  [0.5, 0.06, 135],
  [0.48, 0.055, 60],
  [0.56, 0.03, 250],
  [0.42, 0.06, 20],
  [0.66, 0.04, 80],
] as const;
const shoes = [
  [0.93, 0.015, 90],
  [0.45, 0.065, 52],
  [0.31, 0.03, 262],
  [0.62, 0.12, 35],
] as const;
const accents = [
  [0.76, 0.115, 80],
  [0.7, 0.14, 32],
  [0.86, 0.07, 5],
  [0.6, 0.085, 200],
  [0.93, 0.02, 90],
  [0.55, 0.1, 300],
  [0.68, 0.09, 140],
  [0.38, 0.04, 262],
] as const;

/** Decodes a look: skin = bits 0–2, hair 3–5, top 6–9, bottom 10–12, shoes 13–14, accent 15–17. */
export function lookColors(look: number): LookColors {
  const pick = (list: readonly (readonly [number, number, number])[], shift: number) => {
    const [L, C, h] = list[(look >> shift) % list.length]!;
    return oklch(L, C, h);
  };
  return [
    pick(skins, 0),
    pick(hairs, 3),
    pick(tops, 6),
    pick(bottoms, 10),
    pick(shoes, 13),
    pick(accents, 15),
  ];
}
