const HIDE_SELF_METRES = 0.75;
const BETWEEN = 0.45; // of the way from the eye to us

/**
 * Whether a body stands before the eye and is not drawn: our own where we look out of it, and
 * that of somebody between an eye behind our shoulder and us, which would fill the picture of
 * a phone. Whom we face is farther from the eye than we are; who looks out of their own eyes
 * (`within`) sees everyone. `metres`, `own`: from the eye to the middle of the body and of ours.
 */
export function hides(self: boolean, within: boolean, metres: number, own: number): boolean {
  return self ? within || metres < HIDE_SELF_METRES : !within && metres < own * BETWEEN;
}
