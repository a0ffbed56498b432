import type { Here } from '../here.ts';

/** A part of the page that hangs before the eyes while the page shows it. */
export interface Hang {
  /** How wide it is, and how far before the eyes and above them it hangs, in metres. */
  readonly wide: number;
  readonly away: number;
  readonly up: number;
  /** The element that is shown now, or null. */
  find(here: Here): HTMLElement | null;
}

const open = (element: HTMLElement | null) => (element && !element.hidden ? element : null);

/** All of them; what was opened last lies before what it was opened from. */
export const HANGS: readonly Hang[] = [
  { wide: 0.62, away: 0.85, up: -0.05, find: () => document.querySelector('dialog[open]') },
  { wide: 0.42, away: 0.9, up: -0.1, find: ({ hud }) => open(hud.topbar.menu) },
  { wide: 0.42, away: 0.95, up: 0.12, find: ({ hud }) => open(hud.note.root) },
  { wide: 0.5, away: 0.85, up: -0.3, find: ({ hud }) => (hud.chat.isOpen ? hud.chat.root : null) },
  { wide: 0.5, away: 0.8, up: -0.42, find: ({ hud }) => open(hud.placeBar.root) },
  {
    wide: 0.7,
    away: 0.95,
    up: -0.55,
    find: ({ hud }) => open(hud.inside.querySelector<HTMLElement>('.screen-bar')),
  },
  { wide: 0.9, away: 0.85, up: -0.35, find: ({ time }) => time.known?.shownBar ?? null },
  { wide: 0.6, away: 1, up: 0.15, find: ({ time }) => time.known?.shownList ?? null },
  // the sign that motion is recorded here, which one presses to have one's own part in it
  { wide: 0.24, away: 1, up: 0.48, find: ({ hud }) => open(hud.topbar.recording.root) },
  // whether anyone is still here, at a headset that many people use
  {
    wide: 0.42,
    away: 0.8,
    up: -0.02,
    find: () => document.querySelector('.kiosk:has([role=status]:not([hidden]))'),
  },
  // what takes long, with the button that takes it back
  { wide: 0.5, away: 0.85, up: 0.25, find: () => document.querySelector('.waiting:not([hidden])') },
];
