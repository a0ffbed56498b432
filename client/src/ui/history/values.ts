import { same } from '../../world/moment.ts';
import { el } from '../dom.ts';
import { say } from './strings.ts';
import { dayOf } from './times.ts';

/** One field of a component that became another. */
export interface FieldChange {
  readonly component: string;
  /** Empty where the component as a whole came or went. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

const COLOR = /^#[0-9a-f]{6}$/i;
const DEGREES = 180 / Math.PI;
/** UTC microseconds of the years 2001 to 2100. */
const TIMES_US = [1e15, 4.1e15] as const;
const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields in which two values of a component differ; one of them may be missing altogether. */
export function fieldChanges(component: string, before: unknown, after: unknown): FieldChange[] {
  if (!isFields(before) || !isFields(after)) return [{ component, field: '', before, after }];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields
    .filter((field) => !same(before[field], after[field]))
    .map((field) => ({ component, field, before: before[field], after: after[field] }));
}

/** A value in few words. */
export function wordOf(value: unknown, field = ''): string {
  if (value === undefined || value === null || value === '') return say.none;
  if (typeof value === 'boolean') return value ? say.yes : say.no;
  if (typeof value === 'number') return isTime(value) ? dayOf(value / 1000) : NUMBER.format(value);
  if (typeof value === 'string') return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 8) : value;
  if (field === 'rotation' && Array.isArray(value) && value.length === 4)
    return `${NUMBER.format(yawOf(value as number[]))}°`;
  if (Array.isArray(value)) return value.map((one) => wordOf(one)).join(', ');
  return Object.entries(value as object)
    .map(([name, one]) => `${name} ${wordOf(one, name)}`)
    .join(', ');
}

const isTime = (value: number): boolean =>
  Number.isInteger(value) && value >= TIMES_US[0] && value < TIMES_US[1];

function yawOf([x = 0, y = 0, z = 0, w = 1]: readonly number[]): number {
  return Math.atan2(2 * (w * y + x * z), 1 - 2 * (y * y + x * x)) * DEGREES;
}

/** How far a thing was moved, in metres. */
export function movedBy(before: unknown, after: unknown): number {
  const [a, b] = [before, after].map((value) => (value as Fields | undefined)?.['position']);
  if (!Array.isArray(a) || !Array.isArray(b)) return 0;
  return Math.hypot(...a.map((side: number, i) => (b[i] as number) - side));
}

/** The colour that stands for a value, if one does. */
export function swatchOf(value: unknown, field = ''): string | null {
  if (typeof value === 'string' && COLOR.test(value)) return value;
  const inner = field === '' && isFields(value) ? (value['value'] ?? value['color']) : null;
  return typeof inner === 'string' && COLOR.test(inner) ? inner : null;
}

/** A small square of a colour. */
export function swatch(color: string): HTMLElement {
  const square = el('i', { class: 'swatch-dot' });
  square.style.background = color;
  return square;
}

/** One value: its colour where it has one, and its words. */
export function valueOf(value: unknown, field = '', kind = ''): HTMLElement {
  const color = swatchOf(value, field);
  const words = color ?? wordOf(value, field);
  return el('span', { class: `value ${kind}`, title: words }, color && swatch(color), words);
}

/** "before → after" of one field. */
export function arrow({ field, before, after }: FieldChange): HTMLElement {
  return el(
    'span',
    { class: 'arrow' },
    el('span', { class: 'visually-hidden' }, `${say.before} `),
    valueOf(before, field, 'was'),
    el('span', { ariaHidden: 'true', class: 'to' }, '→'),
    el('span', { class: 'visually-hidden' }, ` ${say.after} `),
    valueOf(after, field, 'is'),
  );
}

/** What a change did, in one short line: colours, a distance, or the first field. */
export function brief(component: string, before: unknown, after: unknown): HTMLElement | null {
  if (before === undefined || after === undefined) return null;
  if (component === 'Transform') {
    const metres = movedBy(before, after);
    if (metres >= 0.005) return el('span', { class: 'arrow' }, `${NUMBER.format(metres)} m`);
  }
  const changes = fieldChanges(component, before, after);
  const [first] = changes;
  if (!first) return null;
  const line = arrow(first);
  if (first.field && !swatchOf(first.after, first.field))
    line.prepend(el('span', { class: 'field' }, `${first.field} `));
  if (changes.length > 1)
    line.append(el('span', { class: 'dim' }, ` ${say.more(changes.length - 1)}`));
  return line;
}
