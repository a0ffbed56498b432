const HIDE_SELF_METRES = 0.75;
const HIDE_OTHER_METRES = 2.1;
const BEHIND_METRES = 0.8;

/**
 * Whether a body stands before the eye and is not drawn: our own where we look out of it, and
 * that of somebody between an eye behind our shoulder and us, which would fill the picture of
 * a phone. Whom we face is farther from the eye than we are; who looks out of their own eyes
 * (`within`) sees everyone. `metres`, `own`: from the eye to the middle of the body and of ours.
 */
export function hides(self: boolean, within: boolean, metres: number, own: number): boolean {
  if (self) return within || metres < HIDE_SELF_METRES;
  return !within && metres < Math.min(HIDE_OTHER_METRES, own - BEHIND_METRES);
}
