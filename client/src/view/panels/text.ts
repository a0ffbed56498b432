import type { Box } from './painter.ts';

type Brush = CanvasRenderingContext2D;
interface Point {
  readonly x: number;
  readonly y: number;
}

const range = document.createRange();

/** A canvas font that says the same as a computed style. */
export function fontOf(style: CSSStyleDeclaration): string {
  return `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
}

/** Sets a brush to write as an element does. */
export function dip(g: Brush, style: CSSStyleDeclaration): void {
  g.font = fontOf(style);
  g.fillStyle = style.color;
  g.textBaseline = 'alphabetic';
  g.textAlign = 'left';
  g.direction = style.direction === 'rtl' ? 'rtl' : 'ltr';
  g.letterSpacing = style.letterSpacing === 'normal' ? '0px' : style.letterSpacing;
}

/** Paints a text where the browser put it, line by line; it shapes and orders the letters. */
export function paintText(
  g: Brush,
  text: Text,
  style: CSSStyleDeclaration,
  origin: Point,
  only: Box | null,
): void {
  if (!text.data.trim()) return;
  range.selectNodeContents(text);
  const whole = range.getBoundingClientRect();
  if (!whole.width || !whole.height) return;
  if (only) {
    const top = whole.top - origin.y;
    if (top > only.y + only.h || top + whole.height < only.y) return;
  }
  dip(g, style);
  for (const line of linesOf(text)) write(g, line, text.parentElement!, style, origin);
}

interface Line {
  readonly text: string;
  readonly box: DOMRect;
}

/** The lines that a text is broken into, with the box of each. */
function linesOf(text: Text): Line[] {
  range.selectNodeContents(text);
  const rects = [...range.getClientRects()];
  const tops = [...new Set(rects.map((rect) => Math.round(rect.top)))];
  const clean = (from: number, until: number) => text.data.slice(from, until).replace(/\s+/g, ' ');
  const around = (top: number) => {
    const on = rects.filter((rect) => Math.round(rect.top) === top);
    const left = Math.min(...on.map((rect) => rect.left));
    const right = Math.max(...on.map((rect) => rect.right));
    return new DOMRect(left, on[0]!.top, right - left, on[0]!.height);
  };
  if (tops.length === 1) return [{ text: clean(0, text.length), box: around(tops[0]!) }];
  const lines: Line[] = [];
  let start = 0;
  for (const top of tops) {
    const end = lineEnd(text, start, top);
    const words = clean(start, end).trim();
    if (words) lines.push({ text: words, box: around(top) });
    start = end;
  }
  return lines;
}

/** Where a line ends: the browser does not say, so we look for the last letter at its height. */
function lineEnd(text: Text, start: number, top: number): number {
  let low = Math.min(start + 1, text.length);
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    range.setStart(text, middle - 1);
    range.setEnd(text, middle);
    const letter = range.getBoundingClientRect();
    if (letter.width === 0 || Math.round(letter.top) <= top) low = middle;
    else high = middle - 1;
  }
  return low;
}

function write(
  g: Brush,
  { text, box }: Line,
  parent: HTMLElement,
  style: CSSStyleDeclaration,
  origin: Point,
): void {
  const ascent = Math.round(g.measureText('x').fontBoundingBoxAscent); // as the browser counts
  let x = box.left - origin.x;
  const y = Math.round(box.top - origin.y) + ascent; // letters stand on whole pixels of the page
  let shown = text;
  if (style.textOverflow === 'ellipsis' && parent.scrollWidth > parent.clientWidth) {
    shown = shortened(g, text, parent.clientWidth - padding(style));
    // It runs over where its lines end: what runs to the left begins at the right edge.
    if (style.direction === 'rtl') x = box.right - origin.x - g.measureText(shown).width;
  } else spread(g, text, box.width);
  g.fillText(shown, x, y);
  if (style.textDecorationLine.includes('underline')) g.fillRect(x, y + 2, box.width, 1);
}

/** Numbers that stand in columns are wider on the page: letters are spread to the same width. */
function spread(g: Brush, text: string, width: number): void {
  const letters = [...text].length;
  const lacks = width - g.measureText(text).width;
  if (letters < 2 || Math.abs(lacks) < 0.3 || Math.abs(lacks) > letters) return;
  g.letterSpacing = `${(parseFloat(g.letterSpacing) || 0) + lacks / letters}px`;
}

function shortened(g: Brush, text: string, width: number): string {
  const letters = [...text];
  while (letters.length > 1 && g.measureText(`${letters.join('')}…`).width > width) letters.pop();
  return letters.length < [...text].length ? `${letters.join('')}…` : text;
}

function padding(style: CSSStyleDeclaration): number {
  return (parseFloat(style.paddingLeft) || 0) + (parseFloat(style.paddingRight) || 0);
}
