import type { Box } from './painter.ts';
import { dip } from './text.ts';

type Brush = CanvasRenderingContext2D;
type Written = HTMLInputElement | HTMLTextAreaElement;
const TEXTUAL = new Set(['text', 'number', 'search', 'email', 'url', 'tel', 'textarea']);

/** Paints what stands in an input, which has no nodes: its value or its hint, and the caret. */
export function paintInput(g: Brush, input: Written, box: Box, style: CSSStyleDeclaration): void {
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
