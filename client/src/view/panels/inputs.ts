import { laidOut } from './mirror.ts';
import type { Box } from './painter.ts';
import { dip } from './text.ts';

type Brush = CanvasRenderingContext2D;
type Written = HTMLInputElement | HTMLTextAreaElement;
const THUMB_PX = 13; // half of what a thumb takes: where it ends, its value ends
const KNOB_PX = 10;
const RAIL_PX = 6;
const TICK_PX = 22;
const CARET_PX = 2;
const TEXTUAL = new Set(['text', 'number', 'search', 'email', 'url', 'tel', 'textarea']);

/**
 * Paints what stands in an input, which has no nodes: its value or its hint, and the caret. `box`
 * lies on whole pixels; `top` is where it begins as it is laid out.
 */
export function paintInput(
  g: Brush,
  input: Written,
  box: Box,
  top: number,
  style: CSSStyleDeclaration,
): void {
  if (input instanceof HTMLInputElement && input.type === 'range')
    return paintRange(g, input, box, style);
  if (input instanceof HTMLInputElement && input.type === 'checkbox')
    return paintTick(g, input, box, style);
  if (!TEXTUAL.has(input.type)) return;
  const edge = (name: 'Left' | 'Right' | 'Top') => parseFloat(style[`border${name}Width`]) || 0;
  const pad = (name: 'Left' | 'Right' | 'Top') => parseFloat(style[`padding${name}`]) || 0;
  const area = input instanceof HTMLTextAreaElement;
  const inside = box.w - edge('Left') - edge('Right');
  const bar = area ? Math.round(inside - input.clientWidth) : 0; // of scrolling
  const width = inside - pad('Left') - pad('Right') - bar;
  const left = box.x + edge('Left') + pad('Left') + (style.direction === 'rtl' ? bar : 0);
  g.save();
  g.beginPath();
  g.rect(left, box.y, width, box.h);
  g.clip();
  dip(g, style);
  if (!input.value) g.fillStyle = style.getPropertyValue('--dim').trim();
  const up = Math.round(g.measureText('x').fontBoundingBoxAscent); // as the browser counts
  const text = input.value || input.placeholder;
  const { rows, high, caret } = laidOut(text, style, width, area, caretOf(input));
  const x = left - input.scrollLeft;
  // One line is whole pixels high and stands on them; what scrolls begins on the screen's own.
  const texels = g.getTransform().a;
  const begun = (at: number) => (area ? Math.floor(at * texels) / texels : at);
  const y = area
    ? top + edge('Top') + pad('Top') - input.scrollTop
    : Math.round(top + (box.h - Math.floor(high)) / 2);
  for (const row of rows) {
    g.direction = row.rtl ? 'rtl' : 'ltr';
    g.fillText(row.text, begun(x + row.x), begun(y + row.y) + up);
  }
  if (caret) {
    g.fillStyle = style.getPropertyValue('--accent').trim();
    g.fillRect(Math.min(x + caret.x, left + width - CARET_PX), y + caret.y, CARET_PX, caret.h);
  }
  g.restore();
}

/** Where the caret of what has the focus stands; before the hint of an empty one. */
function caretOf(input: Written): number | null {
  if (input !== document.activeElement) return null;
  return input.value ? (input.selectionStart ?? input.value.length) : 0; // a number's is not told
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
