import { brushOf } from '../../../view/panels/brush.ts';
import type { Palette } from './palette.ts';
import type { Axis } from './scales.ts';

const LETTER_PX = 13;

/** The room of a chart on its canvas, in CSS pixels, with the axes around it. */
export class Frame {
  readonly g: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  left = 10;
  right = 10;
  top = 10;
  bottom = 24;
  private across: Axis | null = null;
  private up: Axis | null = null;

  constructor(canvas: HTMLCanvasElement, width: number, height: number, palette: Palette) {
    const scale = Math.max(1.5, devicePixelRatio); // a headset reads it from close by
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    this.g = brushOf(canvas);
    this.g.setTransform(scale, 0, 0, scale, 0, 0);
    this.g.clearRect(0, 0, width, height);
    this.g.font = `${LETTER_PX}px ${palette.font}`;
    this.g.lineJoin = 'round';
    this.width = width;
    this.height = height;
    this.palette = palette;
  }

  /** Draws the grid and its marks; from now on `x` and `y` know where values stand. */
  axes(across: Axis, up: Axis): void {
    const { g } = this;
    const widest = Math.max(0, ...up.ticks.map((tick) => g.measureText(up.write(tick)).width));
    this.left = Math.ceil(widest) + 14;
    this.across = across;
    this.up = up;
    g.textBaseline = 'middle';
    g.textAlign = 'right';
    g.strokeStyle = this.palette.line;
    g.fillStyle = this.palette.dim;
    g.lineWidth = 1;
    for (const tick of up.ticks) {
      const y = Math.round(this.y(tick)) + 0.5;
      g.beginPath();
      g.moveTo(this.left, y);
      g.lineTo(this.width - this.right, y);
      g.stroke();
      g.fillText(up.write(tick), this.left - 6, y);
    }
    g.textAlign = 'center';
    let free = Number.NEGATIVE_INFINITY;
    for (const tick of across.ticks) {
      const text = across.write(tick);
      const half = g.measureText(text).width / 2;
      const x = Math.min(this.width - half - 2, Math.max(half + 2, this.x(tick)));
      if (x - half < free) continue; // two marks in one place are none
      free = x + half + 8;
      g.fillText(text, x, this.height - LETTER_PX / 2 - 3);
    }
  }

  x(value: number): number {
    const { low, high } = this.across!;
    return this.left + ((value - low) / (high - low)) * (this.width - this.left - this.right);
  }

  y(value: number): number {
    const { low, high } = this.up!;
    return this.height - this.bottom - ((value - low) / (high - low)) * this.tall;
  }

  get tall(): number {
    return this.height - this.top - this.bottom;
  }

  get wide(): number {
    return this.width - this.left - this.right;
  }

  /** The value across under a place of the canvas. */
  valueAt(x: number): number {
    const { low, high } = this.across!;
    return low + ((x - this.left) / this.wide) * (high - low);
  }

  /** Draws only inside the axes. */
  inside(draw: () => void): void {
    const { g } = this;
    g.save();
    g.beginPath();
    g.rect(this.left - 3, this.top - 3, this.wide + 6, this.tall + 6);
    g.clip();
    draw();
    g.restore();
  }
}
