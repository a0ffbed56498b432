import type { Frame } from './frame.ts';
import { DASHES, heatColour } from './palette.ts';
import { extent, nameAxis, numberAxis, timeAxis, type Axis } from './scales.ts';

/** What a chart shows: x first, which is numbers, times or names, and its lines. */
export interface Series {
  readonly type: 'line' | 'bar' | 'scatter';
  readonly axis: 'number' | 'time' | 'text';
  readonly names: readonly string[];
  readonly x: Float64Array | readonly string[];
  readonly ys: readonly Float64Array[];
}

const MARK_PX = 90;
const TALL_PX = 44;

/** Draws lines, bars or points with their axes. */
export function drawSeries(frame: Frame, series: Series): void {
  const places = placesOf(series);
  const low = extent(series.ys);
  const up = numberAxis(
    series.type === 'bar' ? Math.min(0, low[0]) : low[0],
    series.type === 'bar' ? Math.max(0, low[1]) : low[1],
    frame.height / TALL_PX,
  );
  frame.axes(acrossOf(series, places, frame.width), up);
  frame.inside(() => {
    if (series.type === 'bar') drawBars(frame, series, places);
    else if (series.type === 'scatter') drawPoints(frame, series, places);
    else drawLines(frame, series, places);
  });
}

/** Where each point stands across: its x, or its number where x is a name. */
export function placesOf({ x }: Series): Float64Array {
  return x instanceof Float64Array ? x : Float64Array.from(x, (_, at) => at);
}

function acrossOf(series: Series, places: Float64Array, width: number): Axis {
  const count = Math.max(2, Math.floor(width / MARK_PX));
  if (!(series.x instanceof Float64Array)) return nameAxis(series.x, count);
  const [low, high] = extent([places]);
  const pad = series.type === 'bar' ? gapOf(places) / 2 : 0;
  if (series.axis === 'time') return timeAxis(low - pad, high + pad, count);
  return numberAxis(low - pad, high + pad, count, true);
}

/** The least way between two neighbours. */
function gapOf(places: Float64Array): number {
  let gap = Number.POSITIVE_INFINITY;
  for (let at = 1; at < places.length; at++)
    gap = Math.min(gap, Math.abs(places[at]! - places[at - 1]!) || gap);
  return Number.isFinite(gap) ? gap : 1;
}

function drawLines(frame: Frame, { ys }: Series, places: Float64Array): void {
  const { g, palette } = frame;
  g.lineWidth = 2;
  for (const [at, y] of ys.entries()) {
    g.strokeStyle = palette.series[at % palette.series.length]!;
    g.setLineDash([...DASHES[at % DASHES.length]!]);
    g.beginPath();
    if (places.length > 4 * frame.wide) traceColumns(frame, places, y);
    else trace(frame, places, y);
    g.stroke();
    if (y.length === 1) dot(frame, frame.x(places[0]!), frame.y(y[0]!), at);
  }
  g.setLineDash([]);
}

function trace(frame: Frame, places: Float64Array, y: Float64Array): void {
  let down = false;
  for (let at = 0; at < y.length; at++) {
    const value = y[at]!;
    if (Number.isFinite(value)) {
      if (down) frame.g.lineTo(frame.x(places[at]!), frame.y(value));
      else frame.g.moveTo(frame.x(places[at]!), frame.y(value));
    }
    down = Number.isFinite(value);
  }
}

/** Of very many points the least and the greatest of each column of pixels look the same. */
function traceColumns(frame: Frame, places: Float64Array, y: Float64Array): void {
  let column = Number.NaN;
  let [low, high] = [0, 0];
  const flush = () => {
    if (Number.isNaN(column)) return;
    frame.g.lineTo(column, frame.y(low));
    frame.g.lineTo(column, frame.y(high));
  };
  for (let at = 0; at < y.length; at++) {
    const value = y[at]!;
    if (!Number.isFinite(value)) continue;
    const x = Math.round(frame.x(places[at]!));
    if (x === column) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      continue;
    }
    flush();
    column = x;
    low = high = value;
  }
  flush();
}

function drawPoints(frame: Frame, { ys }: Series, places: Float64Array): void {
  for (const [at, y] of ys.entries()) {
    for (let point = 0; point < y.length; point++) {
      if (Number.isFinite(y[point]!)) dot(frame, frame.x(places[point]!), frame.y(y[point]!), at);
    }
  }
}

/** A point in the shape of its line: round, square, a lozenge, a triangle. */
function dot({ g, palette }: Frame, x: number, y: number, series: number): void {
  const r = 3.5;
  g.fillStyle = palette.series[series % palette.series.length]!;
  g.beginPath();
  const shape = series % 4;
  if (shape === 0) g.arc(x, y, r, 0, 7);
  else if (shape === 1) g.rect(x - r, y - r, 2 * r, 2 * r);
  else {
    const corners =
      shape === 2
        ? [
            [0, -1.4],
            [1.4, 0],
            [0, 1.4],
            [-1.4, 0],
          ]
        : [
            [0, -1.3],
            [1.3, 1],
            [-1.3, 1],
          ];
    for (const [dx, dy] of corners) g.lineTo(x + dx! * r, y + dy! * r);
    g.closePath();
  }
  g.fill();
}

function drawBars(frame: Frame, { ys }: Series, places: Float64Array): void {
  const { g, palette } = frame;
  const room = frame.x(gapOf(places)) - frame.x(0);
  const wide = Math.max(1, (room * 0.76) / Math.max(1, ys.length));
  const ground = frame.y(0);
  for (const [at, y] of ys.entries()) {
    g.fillStyle = palette.series[at % palette.series.length]!;
    for (let bar = 0; bar < y.length; bar++) {
      if (!Number.isFinite(y[bar]!)) continue;
      const x = frame.x(places[bar]!) + (at - ys.length / 2) * wide;
      const top = frame.y(y[bar]!);
      g.fillRect(x, Math.min(top, ground), Math.max(1, wide - 1), Math.abs(top - ground));
    }
  }
}

/** Draws how often values fell into each bin. */
export function drawHistogram(frame: Frame, edges: Float64Array, counts: Float64Array): void {
  const { g, palette } = frame;
  const most = extent([counts])[1];
  const across = numberAxis(edges[0]!, edges.at(-1)!, Math.max(2, frame.width / MARK_PX), true);
  frame.axes(across, numberAxis(0, most || 1, frame.height / TALL_PX));
  g.fillStyle = palette.series[0]!;
  for (let bin = 0; bin < counts.length; bin++) {
    const left = frame.x(edges[bin]!);
    const wide = frame.x(edges[bin + 1]!) - left;
    const top = frame.y(counts[bin]!);
    g.fillRect(left, top, Math.max(1, wide - 1), frame.y(0) - top);
  }
}

/** A matrix: rows from top to bottom, with the names of rows and columns. */
export interface Matrix {
  readonly columns: number;
  readonly values: Float64Array;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
}

/** Draws a matrix in colours, with a scale of them under it. */
export function drawHeat(frame: Frame, { columns, values, rowNames, columnNames }: Matrix): void {
  const { g, palette } = frame;
  const rows = columns ? values.length / columns : 0;
  if (rows === 0) return;
  const [low, high] = extent([values]);
  const named = (names: readonly string[], count: number) =>
    nameAxis(names.length ? names : Array.from({ length: count }, (_, at) => String(at)), count);
  frame.bottom = 56;
  const across = named(columnNames, columns);
  const every = Math.ceil(columns / (frame.width / 60));
  const up = named(rowNames, rows);
  const apart = Math.ceil(rows / (frame.height / 22));
  frame.axes(
    { ...across, ticks: [] },
    {
      low: -0.5,
      high: rows - 0.5,
      ticks: up.ticks.filter((at) => at % apart === 0).map((at) => rows - 1 - at),
      write: (value) => up.write(rows - 1 - value),
    },
  );
  for (let cell = 0; cell < values.length; cell++) {
    const value = values[cell]!;
    if (!Number.isFinite(value)) continue;
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    const [x, y] = [frame.x(column - 0.5), frame.y(rows - row - 0.5)];
    g.fillStyle = heatColour((value - low) / (high - low || 1));
    g.fillRect(x, y, frame.x(column + 0.5) - x + 0.5, frame.y(rows - row - 1.5) - y + 0.5);
  }
  g.fillStyle = palette.dim;
  g.textAlign = 'center';
  for (const at of across.ticks.filter((tick) => tick % every === 0))
    g.fillText(across.write(at), frame.x(at), frame.height - frame.bottom + 12);
  drawScale(frame, low, high);
}

function drawScale(frame: Frame, low: number, high: number): void {
  const { g, palette } = frame;
  const y = frame.height - 12;
  const axis = numberAxis(low, high, 4);
  g.textAlign = 'left';
  g.fillText(axis.write(low), frame.left, y);
  g.textAlign = 'right';
  g.fillText(axis.write(high), frame.width - frame.right, y);
  const ends = [axis.write(low), axis.write(high)].map((text) => g.measureText(text).width + 8);
  const from = frame.left + ends[0]!;
  const wide = frame.wide - ends[0]! - ends[1]!;
  for (let x = 0; x < wide; x++) {
    g.fillStyle = heatColour(x / wide);
    g.fillRect(from + x, y - 5, 1.5, 10);
  }
  g.fillStyle = palette.dim;
}
