// Where the marks of an axis stand and how they are written.

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  write(value: number): string;
}

const STEPS = [1, 2, 2.5, 5, 10];
const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 91, 182, 365, 730, 1826, 3652].map((count) => count * DAY),
];

/** The least and the greatest finite number; [0, 1] where there is none. */
export function extent(columns: readonly Float64Array[]): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    for (const value of column) {
      if (value < low) low = value; // NaN is neither
      if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
    }
  }
  return low <= high && Number.isFinite(low) ? [low, high] : [0, 1];
}

/** An axis of numbers with about so many round marks; `tight`: it ends where the data end. */
export function numberAxis(low: number, high: number, count: number, tight = false): Axis {
  // Closer than a number can tell apart is one value.
  if (high - low < 1e-9 * Math.max(Math.abs(low), Math.abs(high))) high = low;
  const room = high - low || Math.abs(high) || 1;
  const rough = room / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.find((factor) => factor * power >= rough * 0.999)! * power;
  const from = high > low ? low : low - step;
  const until = high > low ? high : high + step;
  const first = tight ? Math.ceil(from / step - 1e-9) : Math.floor(from / step + 1e-9);
  const last = tight ? Math.floor(until / step + 1e-9) : Math.ceil(until / step - 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
  const decimals = decimalsOf(step);
  return {
    low: tight ? from : first * step,
    high: tight ? until : last * step,
    ticks,
    write: (value) => compact(value, decimals, step),
  };
}

/** How many decimals a step has: 2.5 has one, 0.25 has two. */
function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 10; decimals++) {
    const whole = Math.round(step * 10 ** decimals);
    if (whole > 0 && Math.abs(step * 10 ** decimals - whole) < 1e-6 * whole) return decimals;
  }
  return 10;
}

function compact(value: number, decimals: number, step: number): string {
  if (value === 0) return (0).toFixed(step < 1 ? decimals : 0);
  const size = Math.max(Math.abs(value), step);
  if (size >= 1e15 || (size < 1e-6 && value !== 0)) return value.toExponential(1);
  for (const [letter, unit] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e4],
  ] as const) {
    const by = letter === 'k' ? 1e3 : unit;
    if (size >= unit) return `${Number((value / by).toPrecision(5))}${letter}`;
  }
  return value.toFixed(decimals).replace(/^-(0(\.0*)?)$/, '$1');
}

/** An axis of UTC seconds with marks at whole seconds, minutes, hours or days of the reader's. */
export function timeAxis(low: number, high: number, count: number): Axis {
  const room = high - low || 1;
  const step = TIME_STEPS.find((seconds) => seconds >= room / count) ?? TIME_STEPS.at(-1)!;
  const shift = new Date(low * 1000).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((low - shift) / step) * step + shift;
  const ticks: number[] = [];
  for (let at = first; at <= high && ticks.length < 50; at += step) ticks.push(at);
  return { low, high: high > low ? high : low + 1, ticks, write: (value) => clock(value, step) };
}

function clock(seconds: number, step: number): string {
  const date = new Date(seconds * 1000);
  if (step >= 300 * DAY) return String(date.getFullYear());
  if (step >= DAY) return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  const parts = step >= MINUTE ? {} : ({ second: '2-digit' } as const);
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', ...parts });
}

/** An axis of names, one place each. */
export function nameAxis(names: readonly string[], count: number): Axis {
  const every = Math.max(1, Math.ceil(names.length / count));
  return {
    low: -0.5,
    high: names.length - 0.5,
    ticks: names.map((_, at) => at).filter((at) => at % every === 0),
    write: (value) => names[value] ?? '',
  };
}
