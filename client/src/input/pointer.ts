import { stillness, type Intent } from './intent.ts';

const LOOK_RAD_PER_PX = 0.0042;
const TOUCH_LOOK_RAD_PER_PX = 0.0062;
const TAP_PX = 8;
const TAP_MS = 450;
const STICK_PX = 56;
const STICK_SHARE = 0.45; // the left part of the screen walks, the right part looks
const WHEEL_ZOOM = 0.0011;

/** A place in the picture: −1..1, y up. */
export interface Ndc {
  x: number;
  y: number;
}

/** What the pointer means beside walking and looking. */
export interface PointerEvents {
  tap(at: Ndc): void;
  /** The second button or a long touch: chooses a thing to change it. */
  choose(at: Ndc): void;
  hover(at: Ndc | null): void;
  /** True takes the pointer: it then drags a thing and does not look around. */
  grab(at: Ndc): boolean;
  drag(at: Ndc): void;
  release(): void;
  /** The thumb's stick in CSS pixels, or null when it is let go. */
  stick(at: { x: number; y: number; dx: number; dy: number } | null): void;
}

type Job = 'look' | 'stick' | 'grab' | 'pinch';

interface Finger {
  job: Job;
  x: number;
  y: number;
  startX: number;
  startY: number;
  startedAt: number;
  moved: boolean;
}

/**
 * Mouse and touch on the canvas: drag looks, the left thumb walks, two fingers and the wheel zoom.
 */
export class Pointers {
  private readonly fingers = new Map<number, Finger>();
  private readonly canvas: HTMLElement;
  private readonly events: PointerEvents;
  private wish = stillness();
  private strafe = 0;
  private forward = 0;
  private span = 0;

  constructor(canvas: HTMLElement, events: PointerEvents) {
    this.canvas = canvas;
    this.events = events;
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', (event) => this.lift(event, true));
    canvas.addEventListener('pointercancel', (event) => this.lift(event, false));
    canvas.addEventListener('pointerleave', () => events.hover(null));
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
  }

  /** What the pointers wish for this frame. */
  read(): Intent {
    const intent = this.wish;
    intent.strafe = this.strafe;
    intent.forward = this.forward;
    intent.run = Math.hypot(this.strafe, this.forward) > 0.97;
    this.wish = stillness();
    return intent;
  }

  private place(event: { clientX: number; clientY: number }): Ndc {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - left) / width) * 2 - 1,
      y: 1 - ((event.clientY - top) / height) * 2,
    };
  }

  private press(event: PointerEvent): void {
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const { clientX: x, clientY: y } = event;
    const job = this.jobFor(event);
    const startedAt = event.timeStamp; // when it happened, not when a slow frame let us hear of it
    this.fingers.set(event.pointerId, { job, x, y, startX: x, startY: y, startedAt, moved: false });
    if (job === 'pinch') this.startPinch();
  }

  private jobFor(event: PointerEvent): Job {
    if (event.button === 0 && this.events.grab(this.place(event))) return 'grab';
    if (event.pointerType !== 'touch') return 'look';
    const jobs = [...this.fingers.values()].map((finger) => finger.job);
    const left = event.clientX < this.canvas.clientWidth * STICK_SHARE;
    if (left && !jobs.includes('stick') && !jobs.includes('look')) return 'stick';
    return jobs.includes('look') ? 'pinch' : 'look';
  }

  private startPinch(): void {
    for (const finger of this.fingers.values()) if (finger.job === 'look') finger.job = 'pinch';
    this.span = this.pinchSpan();
  }

  private pinchSpan(): number {
    const [a, b] = [...this.fingers.values()].filter((finger) => finger.job === 'pinch');
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }

  private move(event: PointerEvent): void {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType !== 'touch') this.events.hover(this.place(event));
      return;
    }
    const dx = event.clientX - finger.x;
    const dy = event.clientY - finger.y;
    finger.x = event.clientX;
    finger.y = event.clientY;
    finger.moved ||= Math.hypot(finger.x - finger.startX, finger.y - finger.startY) > TAP_PX;
    if (finger.job === 'grab') this.events.drag(this.place(event));
    else if (finger.job === 'stick') this.steer(finger);
    else if (finger.job === 'pinch') this.pinch();
    else if (finger.moved) this.look(event.pointerType === 'touch', dx, dy);
  }

  private look(touch: boolean, dx: number, dy: number): void {
    const rate = touch ? TOUCH_LOOK_RAD_PER_PX : LOOK_RAD_PER_PX;
    this.wish.yaw -= dx * rate;
    this.wish.pitch -= dy * rate;
  }

  private steer(finger: Finger): void {
    const x = (finger.x - finger.startX) / STICK_PX;
    const y = (finger.y - finger.startY) / STICK_PX;
    const size = Math.max(1, Math.hypot(x, y));
    this.strafe = x / size;
    this.forward = -y / size;
    if (!finger.moved) return;
    const { startX, startY } = finger;
    this.events.stick({
      x: startX,
      y: startY,
      dx: (x / size) * STICK_PX,
      dy: (y / size) * STICK_PX,
    });
  }

  private pinch(): void {
    const span = this.pinchSpan();
    if (span > 0 && this.span > 0) this.wish.zoom *= this.span / span;
    this.span = span;
  }

  private lift(event: PointerEvent, meant: boolean): void {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    this.fingers.delete(event.pointerId);
    if (finger.job === 'stick') {
      this.strafe = 0;
      this.forward = 0;
      this.events.stick(null);
    }
    if (finger.job === 'grab') this.events.release();
    if (!meant || finger.moved || finger.job === 'pinch' || finger.job === 'grab') return;
    const quick = performance.now() - finger.startedAt < TAP_MS;
    if (event.button === 2 || (!quick && event.pointerType === 'touch'))
      this.events.choose(this.place(event));
    else if (quick) this.events.tap(this.place(event));
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    this.wish.zoom *= Math.exp(Math.max(-240, Math.min(240, pixels)) * WHEEL_ZOOM);
  }
}
