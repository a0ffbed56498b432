import type { Plugin } from 'vite';

const BEFORE = 'can.getContext("2d")';
const AFTER = 'can.getContext("2d", { willReadFrequently: true })';

/**
 * uPlot draws by the graphics card, and whatever a picture of the card is painted into is drawn by
 * it from then on; see view/panels/brush.ts. A new uPlot that asks otherwise fails the build.
 */
export function plotWithoutCard(): Plugin {
  return {
    name: 'worldloom-plot-without-card',
    apply: 'build',
    transform(code, id) {
      if (!id.endsWith('uPlot.esm.js')) return null;
      if (!code.includes(BEFORE)) throw new Error(`uPlot has no ${BEFORE} any more`);
      return { code: code.replace(BEFORE, AFTER), map: null };
    },
  };
}
