import { stillness, type Intent } from './intent.ts';

const DEAD = 0.18;
const TURN_RAD_PER_S = 2.6;
const [A, X, Y, LEFT_STICK, RIGHT_TRIGGER] = [0, 2, 3, 10, 7];

/** Reads the first gamepad: left stick walks, right stick looks, A clicks, X takes, Y throws. */
export class Gamepads {
  private held = [false, false, false];
  /** True in the frame in which the main button went down. */
  clicked = false;
  /** The same for the button that takes and puts down (X) and the one that throws (Y). */
  took = false;
  threw = false;

  read(dt: number): Intent {
    const intent = stillness();
    const pad = navigator.getGamepads?.().find((found) => found?.connected);
    this.clicked = this.took = this.threw = false;
    if (!pad) return intent;
    const axis = (index: number) => curve(pad.axes[index] ?? 0);
    intent.strafe = axis(0);
    intent.forward = -axis(1);
    intent.yaw = -axis(2) * TURN_RAD_PER_S * dt;
    intent.pitch = -axis(3) * TURN_RAD_PER_S * 0.7 * dt;
    intent.run = pressed(pad, LEFT_STICK) || pressed(pad, RIGHT_TRIGGER);
    const now = [A, X, Y].map((button) => pressed(pad, button!));
    [this.clicked, this.took, this.threw] = now.map((down, i) => down && !this.held[i]) as [
      boolean,
      boolean,
      boolean,
    ];
    this.held = now;
    return intent;
  }
}

function pressed(pad: Gamepad, index: number): boolean {
  return pad.buttons[index]?.pressed ?? false;
}

function curve(value: number): number {
  const size = Math.abs(value);
  return size < DEAD ? 0 : Math.sign(value) * ((size - DEAD) / (1 - DEAD)) ** 1.5;
}
