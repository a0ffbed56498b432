/**
 * What panels, and charts in them, are painted with: the processor, not the graphics card. A card
 * rounds corners otherwise with what else it draws at once, so a part would differ from the whole.
 * One picture of the card that is painted into a canvas makes the card paint all of it.
 */
export function brushOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  return canvas.getContext('2d', { willReadFrequently: true })!;
}
