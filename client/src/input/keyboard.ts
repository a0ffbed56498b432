import { stillness, type Intent } from './intent.ts';

const TURN_RAD_PER_S = 2;
const TILT_RAD_PER_S = 1.2;
const ZOOM_PER_S = 2.5; // so many times nearer in a second
const WALK = {
  KeyW: [0, 1], ArrowUp: [0, 1],
  KeyS: [0, -1], ArrowDown: [0, -1],
  KeyA: [-1, 0], KeyD: [1, 0],
} as const; // prettier-ignore
const TURN = { ArrowLeft: 1, ArrowRight: -1 } as const;
const TILT = { PageUp: 1, PageDown: -1 } as const;
const ZOOM = { Equal: -1, NumpadAdd: -1, Minus: 1, NumpadSubtract: 1 } as const;

/** The keys that are down, by their place on the keyboard, so that every layout walks alike. */
export class Keyboard {
  private readonly down = new Set<string>();
  private jumped = false;

  constructor(target: Window) {
    target.addEventListener('keydown', (event) => this.press(event));
    target.addEventListener('keyup', (event) => this.down.delete(event.code));
    target.addEventListener('blur', () => this.down.clear());
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    if (event.code === 'Space') {
      if (!event.repeat) this.jumped = true;
      event.preventDefault();
    }
    if (/^(Arrow|Page)/.test(event.code)) event.preventDefault();
    this.down.add(event.code);
  }

  /** What the keys wish for this frame. */
  read(dt: number): Intent {
    const intent = stillness();
    for (const [code, [strafe, forward]] of Object.entries(WALK)) {
      if (!this.down.has(code)) continue;
      intent.strafe += strafe;
      intent.forward += forward;
    }
    for (const [code, side] of Object.entries(TURN)) {
      if (this.down.has(code)) intent.yaw += side * TURN_RAD_PER_S * dt;
    }
    for (const [code, up] of Object.entries(TILT))
      if (this.down.has(code)) intent.pitch += up * TILT_RAD_PER_S * dt;
    for (const [code, away] of Object.entries(ZOOM))
      if (this.down.has(code)) intent.zoom *= ZOOM_PER_S ** (away * dt);
    intent.run = this.down.has('ShiftLeft') || this.down.has('ShiftRight');
    intent.jump = this.jumped;
    this.jumped = false;
    return intent;
  }
}

/**
 * Whether a key belongs to a control of the page: letters to a field, Enter and arrows to a button.
 */
export function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('input, textarea, select, dialog')) return true;
  const pressing = key === 'Enter' || key === ' ' || key.startsWith('Arrow');
  return pressing && target.closest('button, a, [role=toolbar]') !== null;
}
