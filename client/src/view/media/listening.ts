/** How this visitor watches films: their own choice, on this page alone. */
export const listening = {
  /** Sound off, whatever the films say. */
  muted: false,
  captions: true,
  /** Moving pictures may move: asked of who wishes for less motion. */
  moving: !matchMedia('(prefers-reduced-motion: reduce)').matches,
};
