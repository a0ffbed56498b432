// The browser lays a panel out; we paint that layout into a canvas. One rule for each idea of CSS
// that panels use, none for any widget.
import { isClear } from './clear.ts';
import { paintInput, paintSelect } from './inputs.ts';
import { paintText } from './text.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

type Brush = CanvasRenderingContext2D;
const SIDES = ['Top', 'Right', 'Bottom', 'Left'] as const;
const RING_PX = 6;
const UNSEEN = 'inset(50%)'; // how what only screen readers read is cut away

/** Paints one element and all in it, as it is laid out, from its own upper left corner. */
export class Painter {
  readonly root: HTMLElement;
  private origin = { x: 0, y: 0 };
  private only: Box | null = null;

  constructor(root: HTMLElement) {
    this.root = root;
  }

  /** Paints what lies in a part, or all. */
  paint(g: Brush, scale: number, only: Box | null = null): void {
    const { left: x, top: y } = this.root.getBoundingClientRect();
    this.origin = { x, y };
    this.only = only;
    g.save();
    g.setTransform(scale, 0, 0, scale, 0, 0);
    this.element(g, this.root);
    g.restore();
  }

  /** Where an element lies, from the root's corner. */
  boxOf(element: Element): Box {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left - this.origin.x, y: top - this.origin.y, w: width, h: height };
  }

  private element(g: Brush, element: HTMLElement): void {
    const style = getComputedStyle(element);
    const opacity = Number(style.opacity);
    if (style.display === 'none' || style.visibility === 'hidden' || opacity === 0) return;
    if (style.clipPath === UNSEEN) return;
    const box = snapped(this.boxOf(element));
    const clips = style.overflowX !== 'visible' || style.overflowY !== 'visible';
    if (clips && this.outside(box)) return;
    g.save();
    g.globalAlpha *= opacity;
    if (!this.outside(box)) this.face(g, element, box, style);
    if (clips) {
      shape(g, box, style);
      g.clip();
    }
    this.inside(g, element, style);
    g.restore();
  }

  private outside({ x, y, w, h }: Box): boolean {
    if (this.only === null) return false;
    const { x: left, y: top, w: width, h: height } = this.only;
    return (
      x > left + width + RING_PX ||
      y > top + height + RING_PX ||
      x + w < left - RING_PX ||
      y + h < top - RING_PX
    );
  }

  /** A line icon: paths in a square of their own. */
  private icon(g: Brush, svg: SVGSVGElement): void {
    const { x, y, w, h } = this.boxOf(svg);
    const { width, height } = svg.viewBox.baseVal;
    const { color, stroke, strokeWidth } = getComputedStyle(svg);
    if (!w || !h || !width || !height) return;
    g.save();
    g.translate(x, y);
    g.scale(w / width, h / height);
    g.strokeStyle = stroke === 'none' ? color : stroke;
    g.lineWidth = parseFloat(strokeWidth) || 1;
    g.lineCap = g.lineJoin = 'round';
    for (const path of svg.querySelectorAll('path'))
      g.stroke(new Path2D(path.getAttribute('d') ?? ''));
    g.restore();
  }

  /** What an element itself looks like: its ground, its border, its ring, what it shows. */
  private face(g: Brush, element: HTMLElement, box: Box, style: CSSStyleDeclaration): void {
    if (!isClear(style.backgroundColor)) {
      g.fillStyle = style.backgroundColor;
      shape(g, box, style);
      g.fill();
    }
    border(g, box, style);
    ring(g, element, box, style);
    if (element instanceof HTMLCanvasElement) {
      if (element.width && element.height) g.drawImage(element, box.x, box.y, box.w, box.h);
    } else if (element instanceof HTMLImageElement) {
      picture(g, element, element.naturalWidth, element.naturalHeight, box, style);
    } else if (element instanceof HTMLVideoElement) {
      picture(g, element, element.videoWidth, element.videoHeight, box, style);
    } else if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
      paintInput(g, element, box, this.boxOf(element).y, style);
    } else if (element instanceof HTMLSelectElement) {
      paintSelect(g, element, box, style);
    }
  }

  private inside(g: Brush, element: HTMLElement, style: CSSStyleDeclaration): void {
    if (element instanceof HTMLSelectElement) return; // its face says what is chosen
    const shut = element instanceof HTMLDetailsElement && !element.open;
    const late: HTMLElement[] = [];
    for (const child of element.childNodes) {
      if (child instanceof Text) paintText(g, child, style, this.origin, this.only);
      else if (child instanceof HTMLElement) {
        if (shut && child.tagName !== 'SUMMARY') continue;
        if (child.tagName === 'THEAD')
          late.push(child); // its heads stick over the rows
        else this.element(g, child);
      } else if (child instanceof SVGSVGElement) this.icon(g, child);
    }
    for (const child of late) this.element(g, child);
  }
}

/** A box whose sides lie on whole pixels of the page, where a browser draws them. */
function snapped({ x, y, w, h }: Box): Box {
  const [left, top] = [Math.round(x), Math.round(y)];
  return { x: left, y: top, w: Math.round(x + w) - left, h: Math.round(y + h) - top };
}

/** Begins the path of a box with its round corners. */
function shape(g: Brush, { x, y, w, h }: Box, style: CSSStyleDeclaration): void {
  const most = Math.min(w, h) / 2;
  const corner = (name: string) => {
    const value = parseFloat(name) || 0;
    return Math.min(name.endsWith('%') ? (value / 100) * Math.min(w, h) : value, most);
  };
  g.beginPath();
  g.roundRect(x, y, w, h, [
    corner(style.borderTopLeftRadius),
    corner(style.borderTopRightRadius),
    corner(style.borderBottomRightRadius),
    corner(style.borderBottomLeftRadius),
  ]);
}

function border(g: Brush, box: Box, style: CSSStyleDeclaration): void {
  const widths = SIDES.map((side) =>
    style[`border${side}Style`] === 'none' ? 0 : parseFloat(style[`border${side}Width`]) || 0,
  );
  const colours = SIDES.map((side) => style[`border${side}Color`]);
  const [wide, colour] = [widths[0]!, colours[0]!];
  if (widths.every((width) => width === wide) && colours.every((other) => other === colour)) {
    if (wide === 0 || isClear(colour)) return;
    g.strokeStyle = colour;
    g.lineWidth = wide;
    const inner = { x: box.x + wide / 2, y: box.y + wide / 2, w: box.w - wide, h: box.h - wide };
    shape(g, inner, style);
    g.stroke();
    return;
  }
  for (const [side, width] of widths.entries()) {
    if (width === 0 || isClear(colours[side]!)) continue;
    edge(g, box, side, width, colours[side]!, style[`border${SIDES[side]!}Style`]);
  }
}

/** One side of a border as a stripe. */
function edge(g: Brush, box: Box, side: number, width: number, colour: string, kind: string): void {
  const { x, y, w, h } = box;
  if (kind === 'solid') {
    g.fillStyle = colour;
    if (side === 0) g.fillRect(x, y, w, width);
    if (side === 1) g.fillRect(x + w - width, y, width, h);
    if (side === 2) g.fillRect(x, y + h - width, w, width);
    if (side === 3) g.fillRect(x, y, width, h);
    return;
  }
  const middle = side % 2 === 0 ? y + (side === 0 ? width / 2 : h - width / 2) : 0;
  if (middle === 0) return; // only keys of charts are dashed, and only above
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.setLineDash(kind === 'dotted' ? [width, width] : [2 * width, width]);
  g.beginPath();
  g.moveTo(x, middle);
  g.lineTo(x + w, middle);
  g.stroke();
  g.setLineDash([]);
}

/** The ring round what has the focus, or is pointed at in a headset. */
function ring(g: Brush, element: HTMLElement, box: Box, style: CSSStyleDeclaration): void {
  const pointed = element.classList.contains('pointed');
  const width = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth) || 0;
  if (!width && !pointed) return;
  const wide = width || 2;
  const away = (width ? parseFloat(style.outlineOffset) || 0 : 0) + wide / 2;
  g.strokeStyle = width ? style.outlineColor : style.getPropertyValue('--accent').trim();
  g.lineWidth = wide;
  const radius = (parseFloat(style.borderTopLeftRadius) || 0) + away;
  g.beginPath();
  g.roundRect(box.x - away, box.y - away, box.w + 2 * away, box.h + 2 * away, radius);
  g.stroke();
}

function picture(
  g: Brush,
  source: CanvasImageSource,
  width: number,
  height: number,
  box: Box,
  style: CSSStyleDeclaration,
): void {
  if (!width || !height) return;
  const choose = style.objectFit === 'cover' ? Math.max : Math.min;
  const scale = choose(box.w / width, box.h / height);
  const fill = style.objectFit === 'fill';
  const [w, h] = fill ? [box.w, box.h] : [width * scale, height * scale];
  g.save();
  shape(g, box, style);
  g.clip();
  g.drawImage(source, box.x + (box.w - w) / 2, box.y + (box.h - h) / 2, w, h);
  g.restore();
}
