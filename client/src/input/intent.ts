/** What every device ends in: where to go and where to look. Axes −1..1; turns in radians. */
export interface Intent {
  /** Right is positive. */
  strafe: number;
  /** Forward is positive. */
  forward: number;
  run: boolean;
  jump: boolean;
  yaw: number;
  pitch: number;
  /** Below 1 goes nearer. */
  zoom: number;
}

/** No wish at all. */
export function stillness(): Intent {
  return { strafe: 0, forward: 0, run: false, jump: false, yaw: 0, pitch: 0, zoom: 1 };
}

/** Adds one device's wish to another's. */
export function addIntent(into: Intent, more: Readonly<Intent>): void {
  into.strafe += more.strafe;
  into.forward += more.forward;
  into.run ||= more.run;
  into.jump ||= more.jump;
  into.yaw += more.yaw;
  into.pitch += more.pitch;
  into.zoom *= more.zoom;
}
