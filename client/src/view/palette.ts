import type { Oklch } from './oklch.ts';

/** Everything that the hour decides. Colours are OKLCH; sun is [elevation, azimuth] in degrees. */
export interface Palette {
  sun: Oklch;
  sunPower: number;
  zenith: Oklch;
  middle: Oklch;
  horizon: Oklch;
  ground: Oklch;
  glow: Oklch;
  glowPower: number;
  cloud: Oklch;
  cloudShade: Oklch;
  cover: number;
  environment: number;
  skyLight: Oklch;
  groundLight: Oklch;
  fillPower: number;
  fog: Oklch;
  fogDensity: number;
  exposure: number;
  lamp: number;
  veil: number;
  stars: number;
  glass: number;
}

const noon: Palette = {
  sun: [0.975, 0.045, 85],
  sunPower: 6.6,
  zenith: [0.62, 0.13, 248],
  middle: [0.82, 0.078, 232],
  horizon: [0.96, 0.026, 210],
  ground: [0.66, 0.035, 100],
  glow: [0.98, 0.03, 90],
  glowPower: 0.4,
  cloud: [1.03, 0.006, 90],
  cloudShade: [0.87, 0.028, 255],
  cover: 0.49,
  environment: 0.58,
  skyLight: [0.84, 0.05, 245],
  groundLight: [0.78, 0.055, 80],
  fillPower: 0.72,
  fog: [0.9, 0.036, 228],
  fogDensity: 0.0018,
  exposure: 0.88,
  lamp: 0,
  veil: 0.95,
  stars: 0,
  glass: 0.8,
};

const dusk: Palette = {
  sun: [0.81, 0.135, 54],
  sunPower: 8.6,
  zenith: [0.43, 0.1, 276],
  middle: [0.7, 0.085, 350],
  horizon: [0.89, 0.1, 64],
  ground: [0.46, 0.04, 330],
  glow: [0.9, 0.135, 66],
  glowPower: 0.85,
  cloud: [0.91, 0.09, 44],
  cloudShade: [0.6, 0.07, 318],
  cover: 0.52,
  environment: 0.82,
  skyLight: [0.68, 0.06, 298],
  groundLight: [0.64, 0.07, 52],
  fillPower: 0.95,
  fog: [0.73, 0.075, 352],
  fogDensity: 0.0018,
  exposure: 1.0,
  lamp: 1.15,
  veil: 1.1,
  stars: 0.12,
  glass: 1.6,
};

const night: Palette = {
  sun: [0.78, 0.045, 250],
  sunPower: 3.0,
  zenith: [0.2, 0.062, 272],
  middle: [0.285, 0.065, 266],
  horizon: [0.43, 0.062, 245],
  ground: [0.21, 0.03, 260],
  glow: [0.62, 0.05, 250],
  glowPower: 0.3,
  cloud: [0.38, 0.04, 262],
  cloudShade: [0.25, 0.045, 268],
  cover: 0.48,
  environment: 1.15,
  skyLight: [0.48, 0.055, 262],
  groundLight: [0.38, 0.045, 60],
  fillPower: 1.0,
  fog: [0.262, 0.055, 260],
  fogDensity: 0.0023,
  exposure: 1.32,
  lamp: 3.2,
  veil: 0.95,
  stars: 1,
  glass: 1.75,
};

const dawn: Palette = {
  ...dusk,
  sun: [0.87, 0.1, 62],
  sunPower: 7.2,
  zenith: [0.55, 0.09, 256],
  middle: [0.79, 0.055, 310],
  horizon: [0.93, 0.075, 70],
  cloud: [0.95, 0.06, 50],
  cloudShade: [0.7, 0.055, 305],
  fog: [0.82, 0.05, 50],
  fogDensity: 0.0026,
  exposure: 0.96,
  lamp: 0.5,
  stars: 0.05,
  glass: 1.3,
};

/** Between dusk and night: the sun is down, the west still burns, lamps are on. */
const twilight: Palette = {
  ...dusk,
  sunPower: 0,
  zenith: [0.29, 0.075, 268],
  middle: [0.46, 0.07, 300],
  horizon: [0.7, 0.11, 45],
  ground: [0.3, 0.035, 300],
  glowPower: 0.45,
  cloud: [0.6, 0.09, 20],
  cloudShade: [0.38, 0.06, 295],
  environment: 1.05,
  skyLight: [0.56, 0.05, 272],
  groundLight: [0.46, 0.05, 40],
  fog: [0.42, 0.048, 295],
  fogDensity: 0.0021,
  exposure: 1.2,
  lamp: 2.3,
  stars: 0.5,
  glass: 1.7,
};

/**
 * Hours in rising order, each with its palette and the place of the sun (or, by night, the moon).
 */
export const hours: readonly {
  hour: number;
  palette: Palette;
  sun: readonly [elevation: number, azimuth: number];
}[] = [
  { hour: 0, palette: night, sun: [36, -66] },
  { hour: 4.2, palette: { ...night, sunPower: 2.4 }, sun: [30, -58] },
  { hour: 5.2, palette: twilight, sun: [28, -56] },
  { hour: 5.21, palette: twilight, sun: [2, -100] },
  { hour: 6.4, palette: dawn, sun: [10, -104] },
  { hour: 9, palette: noon, sun: [28, -110] },
  { hour: 12, palette: noon, sun: [40, -116] },
  { hour: 15, palette: noon, sun: [39, -84] },
  { hour: 16.8, palette: { ...noon, sun: [0.93, 0.08, 72] }, sun: [27, 8] },
  { hour: 18.5, palette: dusk, sun: [10.5, 57] },
  { hour: 19.6, palette: twilight, sun: [1.5, 64] },
  { hour: 19.61, palette: twilight, sun: [28, -80] },
  { hour: 20.8, palette: night, sun: [33, -73] },
  { hour: 24, palette: night, sun: [36, -66] },
];
