import { drawn } from '../dom.ts';
import { roundButton } from '../tools.ts';

const PATHS = {
  back: 'M17 5v14L8 12zM6 5v14',
  forth: 'M7 5v14l9-7zM18 5v14',
  play: 'M7 4.500v15l12.500-7.500z',
  pause: 'M8.500 5v14M15.500 5v14',
  record:
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.010M4 12h.010M4 18h.010',
  compare: 'M12 3v18M9 6H4v12h5M15 6h5v12h-5',
  restore: 'M4 12a8 8 0 1 0 2.600-5.900M4 4v4.500h4.500M12 8v4.500l3 2',
  fork:
    'M7 4v5a4 4 0 0 0 4 4h2a4 4 0 0 1 4 4v3M7 9v11M14.500 17.500L17 20l2.500-2.500M4.500 17.500L7 20l2.500-2.500',
  link:
    'M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1.200 1.200M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1.200-1.200',
  close: 'M6 6l12 12M18 6L6 18',
  eye:
    'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  go: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.500 2',
  undo: 'M9 5L4 10l5 5M4 10h9a6 6 0 0 1 6 6v3',
  redo: 'M15 5l5 5-5 5M20 10h-9a6 6 0 0 0-6 6v3',
} as const;

export type IconName = keyof typeof PATHS;

/** A line icon of the history; it says nothing to a screen reader. */
export const icon = (name: IconName): SVGSVGElement => drawn(PATHS[name]);

/** A round button; its words are its tooltip and its name. */
export const tool = (name: IconName, label: string, press: () => void): HTMLButtonElement =>
  roundButton(PATHS[name], label, press);
