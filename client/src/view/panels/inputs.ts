import type { Box } from './painter.ts';
import { dip } from './text.ts';

type Brush = CanvasRenderingContext2D;
type Written = HTMLInputElement | HTMLTextAreaElement;
const THUMB_PX = 13; // half of what a thumb takes: where it ends, its value ends
const KNOB_PX = 10;
const RAIL_PX = 6;
const TICK_PX = 22;
const TEXTUAL = new Set(['text', 'number', 'search', 'email', 'url', 'tel', 'textarea']);

/** Paints what stands in an input, which has no nodes: its value or its hint, and the caret. */
export function paintInput(g: Brush, input: Written, box: Box, style: CSSStyleDeclaration): void {
  if (input instanceof HTMLInputElement && input.type === 'range')
    return paintRange(g, input, box, style);
  if (input instanceof HTMLInputElement && input.type === 'checkbox')
    return paintTick(g, input, box, style);
  if (!TEXTUAL.has(input.type)) return;
  const side = (name: 'Left' | 'Right' | 'Top') =>
    (parseFloat(style[`padding${name}`]) || 0) + (parseFloat(style[`border${name}Width`]) || 0);
  const [left, right, top] = [side('Left'), side('Right'), side('Top')];
  const width = box.w - left - right;
  const focused = input === document.activeElement;
  const text = input.value || (input.placeholder && !input.value ? input.placeholder : '');
  g.save();
  g.beginPath();
  g.rect(box.x + left, box.y, width, box.h);
  g.clip();
  dip(g, style);
  if (!input.value) g.fillStyle = style.getPropertyValue('--dim').trim();
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = g.measureText('x');
  const lines = input instanceof HTMLTextAreaElement ? wrapped(g, text, width) : [text];
  const tall = parseFloat(style.lineHeight) || (up + down) * 1.2;
  const area = input instanceof HTMLTextAreaElement;
  const first = area ? box.y + top - input.scrollTop : box.y + (box.h - tall) / 2;
  for (const [at, line] of lines.entries()) {
    const x = box.x + left + indent(g, line, width, style) - (area ? 0 : input.scrollLeft);
    g.fillText(line, x, first + at * tall + (tall - up - down) / 2 + up);
  }
  if (focused) caret(g, input, lines, { x: box.x + left, y: first, w: width, h: tall }, style);
  g.restore();
}

/** A slider of the page's own: a rail, what lies behind the thumb, and the thumb. */
function paintRange(g: Brush, input: HTMLInputElement, box: Box, style: CSSStyleDeclaration): void {
  const [min, max] = [Number(input.min || 0), Number(input.max || 100)];
  const share = max > min ? (input.valueAsNumber - min) / (max - min) : 0;
  const across = style.direction === 'rtl' ? 1 - share : share;
  const [left, width] = [box.x + THUMB_PX, box.w - 2 * THUMB_PX];
  const [x, y] = [left + width * across, box.y + box.h / 2];
  const rail = (from: number, to: number, colour: string) => {
    g.fillStyle = colour;
    g.beginPath();
    g.roundRect(Math.min(from, to), y - RAIL_PX / 2, Math.abs(to - from), RAIL_PX, RAIL_PX / 2);
    g.fill();
  };
  const accent = style.getPropertyValue('--accent').trim();
  rail(left, left + width, style.getPropertyValue('--line').trim());
  rail(style.direction === 'rtl' ? left + width : left, x, accent);
  g.fillStyle = accent;
  g.beginPath();
  g.arc(x, y, KNOB_PX, 0, 2 * Math.PI);
  g.fill();
}

/** A box to tick of the page's own. */
function paintTick(g: Brush, input: HTMLInputElement, box: Box, style: CSSStyleDeclaration): void {
  const wide = Math.min(box.w, box.h, TICK_PX);
  const [x, y] = [box.x + (box.w - wide) / 2, box.y + (box.h - wide) / 2];
  g.save();
  g.lineWidth = 2;
  g.strokeStyle = style.getPropertyValue(input.checked ? '--accent' : '--dim').trim();
  g.beginPath();
  g.roundRect(x + 1, y + 1, wide - 2, wide - 2, 4);
  g.stroke();
  if (input.checked) {
    g.fillStyle = g.strokeStyle;
    g.fill();
    g.strokeStyle = style.getPropertyValue('--on').trim();
    g.beginPath();
    g.moveTo(x + wide * 0.25, y + wide * 0.52);
    g.lineTo(x + wide * 0.43, y + wide * 0.7);
    g.lineTo(x + wide * 0.75, y + wide * 0.3);
    g.stroke();
  }
  g.restore();
}

/** Paints what is chosen in a list, between the signs that tell where a press goes back or on. */
export function paintSelect(
  g: Brush,
  select: HTMLSelectElement,
  { x, y, w, h }: Box,
  style: CSSStyleDeclaration,
): void {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  dip(g, style);
  g.textBaseline = 'middle';
  g.textAlign = 'center';
  const text = select.selectedOptions[0]?.textContent?.trim() ?? '';
  const [back, on] = style.direction === 'rtl' ? ['›', '‹'] : ['‹', '›'];
  g.fillText(text, x + w / 2, y + h / 2, Math.max(1, w - 28));
  g.fillText(back, x + 8, y + h / 2);
  g.fillText(on, x + w - 8, y + h / 2);
  g.restore();
}

function indent(g: Brush, line: string, width: number, style: CSSStyleDeclaration): number {
  const room = width - g.measureText(line).width;
  if (style.textAlign === 'center') return room / 2;
  if (style.textAlign === 'left') return 0;
  const right =
    style.textAlign === 'right' || (style.direction === 'rtl') !== (style.textAlign === 'end');
  return right ? room : 0;
}

function caret(
  g: Brush,
  input: Written,
  lines: readonly string[],
  box: Box,
  style: CSSStyleDeclaration,
): void {
  const value = input.value;
  const at = input.selectionStart ?? value.length; // a number's caret is not told
  let [row, before] = [0, at];
  while (row < lines.length - 1 && before > lines[row]!.length) {
    before -= lines[row]!.length + 1;
    row += 1;
  }
  const line = value ? lines[row]! : '';
  const reach = g.measureText(line.slice(0, Math.max(0, before))).width;
  const start = indent(g, line, box.w, style);
  const x = style.direction === 'rtl' ? start + g.measureText(line).width - reach : start + reach;
  g.fillStyle = style.getPropertyValue('--accent').trim();
  g.fillRect(box.x + x - input.scrollLeft, box.y + row * box.h + 2, 2, box.h - 4);
}

/** Breaks a text at its spaces as an area of this width does. */
function wrapped(g: Brush, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      const longer = line ? `${line} ${word}` : word;
      if (line && g.measureText(longer).width > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}
