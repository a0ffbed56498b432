// Which colours, as a computed style spells them, leave nothing to paint.
export const isClear = (colour: string) =>
  colour === 'transparent' || /^(rgba\(.*,|.*\/) ?0\)$/.test(colour);
