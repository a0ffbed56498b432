import { keep, recall, type Drawer } from './memory.ts';

/** How somebody likes to be in a headset. */
export interface Comfort {
  /** The hand that points and turns. */
  hand: 'right' | 'left';
  /** How the other hand's stick goes: at once to a place, or gliding. */
  moving: 'teleport' | 'smooth';
  turning: 'snap' | 'smooth';
  /** Sits, and wants to see from where the others do. */
  seated: boolean;
  /** The hand that points does all: it walks and turns by one stick. */
  oneHanded: boolean;
  /** Darkens the edges while something else than the own legs moves one. */
  vignette: boolean;
}

export const CHOICES = {
  hand: ['right', 'left'],
  moving: ['teleport', 'smooth'],
  turning: ['snap', 'smooth'],
} as const;

const KEY = 'worldloom.headset';

/** What was chosen on this device; what disturbs least is where one begins. */
export function recallComfort(from?: Drawer | null): Comfort {
  const words = new Set((recall(KEY, from) ?? '').split(' '));
  const one = <Name extends keyof typeof CHOICES>(name: Name): (typeof CHOICES)[Name][number] =>
    CHOICES[name].find((value) => words.has(`${name}:${value}`)) ?? CHOICES[name][0];
  return {
    hand: one('hand'),
    moving: one('moving'),
    turning: one('turning'),
    seated: words.has('seated'),
    oneHanded: words.has('one-handed'),
    vignette: !words.has('wide'),
  };
}

/** Keeps what was chosen, on this device only. */
export function rememberComfort(comfort: Comfort, into?: Drawer | null): void {
  const names = Object.keys(CHOICES) as (keyof typeof CHOICES)[];
  const words = names.map((name) => `${name}:${comfort[name]}`);
  if (comfort.seated) words.push('seated');
  if (comfort.oneHanded) words.push('one-handed');
  if (!comfort.vignette) words.push('wide');
  keep(KEY, words.join(' '), into);
}
