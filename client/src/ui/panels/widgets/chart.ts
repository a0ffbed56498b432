import { el } from '../../dom.ts';
import { drawHeat, drawHistogram, drawSeries, placesOf, type Series } from '../chart/draw.ts';
import { Frame } from '../chart/frame.ts';
import { paletteOf } from '../chart/palette.ts';
import { cellsOf, joined, numbersOf, timeOf } from '../columns.ts';
import { listOf, numberOf, textOf, type Make, type Props, type Shown } from '../node.ts';
import { say } from '../strings.ts';
import { shortNumber, withUnit } from './bind.ts';

type Rows = readonly (readonly string[])[];
type Wired = Uint8Array | readonly string[];

/** What a kind of chart is beside its canvas. */
interface Drawn {
  draw(frame: Frame): void;
  /** What it says to those who do not see it. */
  told(): string;
  /** The heads and the rows of the table behind it. */
  rows(): { heads: readonly string[]; rows: Rows };
  /** What stands at a place under the pointer; null where nothing does. */
  under?(frame: Frame, x: number): string | null;
}

const HEIGHT_PX = 220;
const TABLE_MS = 1000;
const LISTED_MAX = 20;
const MANY_POINTS = 10_000;
const POINTS_MAX = 200_000;

/** A figure: a title, a canvas, what is under the pointer, and a table of the same numbers. */
function figure(node: Props, make: (props: () => Props) => Drawn, extra?: HTMLElement): Shown {
  let all: Props = node;
  const drawn = make(() => all);
  // Its words come with the first picture; until then it has its title, or its kind.
  const name = textOf(node, 'label') || textOf(node, 'k');
  const canvas = el('canvas', { class: 'chart', ariaLabel: name, attrs: { role: 'img' } });
  const title = el('figcaption', { dir: 'auto' });
  const readout = el('span', { class: 'value readout' });
  const arrow = el('span', { class: 'arrow', ariaHidden: 'true' }, '▸');
  const table = el('div', { class: 'scroll', tabIndex: 0, attrs: { role: 'region' } });
  const more = el('details', {}, el('summary', {}, arrow, say.asTable), table);
  const stage = el('div', { class: 'chart-stage' }, canvas);
  const root = el('figure', { class: 'charted' });
  let frame: Frame | null = null;
  let due = 0;
  let tabled = 0;
  root.append(el('div', { class: 'chart-head' }, title, readout), stage, ...(extra ? [extra] : []));
  root.append(more);
  const draw = () => {
    due = 0;
    const width = stage.clientWidth;
    if (!width) return;
    const height = numberOf(all, 'height', HEIGHT_PX);
    canvas.style.height = `${height}px`;
    frame = new Frame(canvas, width, height, paletteOf(canvas));
    drawn.draw(frame);
    canvas.ariaLabel = drawn.told() || name; // a mark for whoever paints it elsewhere, too
    if (more.open && performance.now() - tabled > TABLE_MS) fill();
  };
  const later = () => (due ||= requestAnimationFrame(draw));
  const fill = () => {
    tabled = performance.now();
    const { heads, rows } = drawn.rows();
    const line = (cells: readonly string[]) =>
      el('tr', {}, ...cells.map((cell, at) => el('td', { class: at ? 'num' : '' }, cell)));
    const head = heads.map((name) => el('th', { scope: 'col', class: 'plain' }, name));
    table.replaceChildren(
      el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...rows.map(line))),
    );
  };
  more.ontoggle = () => {
    arrow.textContent = more.open ? '▾' : '▸';
    if (more.open) fill();
  };
  canvas.onpointermove = (event) => {
    const x = event.clientX - canvas.getBoundingClientRect().left;
    readout.textContent = (frame && drawn.under?.(frame, x)) ?? '';
  };
  canvas.onpointerleave = () => (readout.textContent = '');
  const watch = new ResizeObserver(later);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', later);
  document.fonts.addEventListener('loadingdone', later);
  watch.observe(stage);
  const set = (props: Props) => {
    all = { ...all, ...props };
    if ('label' in props) {
      title.textContent = textOf(props, 'label');
      table.ariaLabel = title.textContent;
    }
    later();
  };
  set(node);
  return {
    root,
    set,
    dispose: () => {
      cancelAnimationFrame(due);
      watch.disconnect();
      dark.removeEventListener('change', later);
      document.fonts.removeEventListener('loadingdone', later);
    },
  };
}

/** A number with the unit of its chart. */
const measured = (value: number, props: Props) =>
  Number.isNaN(value) ? '–' : withUnit(shortNumber(value), textOf(props, 'unit'));

/** The names of the lines beside their colours and dashes. */
function legend(names: readonly string[]): HTMLElement {
  const keys = names.map((name, at) =>
    el(
      'li',
      {},
      el('i', { class: `key key-${(at % 6) + 1}`, ariaHidden: 'true' }),
      el('span', { dir: 'auto' }, name),
    ),
  );
  const hidden = names.length < 2;
  return el('ul', { class: 'legend', attrs: { role: 'list' }, hidden }, ...keys);
}

export const chart: Make = (node) => {
  const names = listOf<string>(node, 'names');
  let columns = listOf<Wired>(node, 'data').map(cellsOf);
  const series = (props: Props): Series => ({
    type: textOf(props, 'type', 'line') as Series['type'],
    axis: textOf(props, 'axis', 'number') as Series['axis'],
    names,
    x: columns[0] ?? new Float64Array(),
    ys: columns.slice(1) as Float64Array[],
  });
  const across = (props: Props, at: number): string => {
    const x = columns[0]?.[at];
    if (typeof x === 'string') return x;
    return textOf(props, 'axis') === 'time'
      ? timeOf(x ?? Number.NaN)
      : shortNumber(x ?? Number.NaN);
  };
  const line = (props: Props, at: number) => [
    across(props, at),
    ...series(props).ys.map((y) => shortNumber(y[at]!)),
  ];
  const simple = figure(
    node,
    (props) => ({
      draw: (frame) => drawSeries(frame, series(props())),
      told: () => {
        const { ys } = series(props());
        const now = ys.map((y, at) =>
          say.chart.now(names[at] ?? '', measured(y.at(-1) ?? Number.NaN, props())),
        );
        const told = ys[0]?.length ? now.join(', ') : say.chart.none;
        return `${textOf(props(), 'label')}: ${told}`;
      },
      rows: () => {
        const count = columns[0]?.length ?? 0;
        const from = Math.max(0, count - LISTED_MAX);
        const rows = Array.from({ length: count - from }, (_, at) => line(props(), from + at));
        return { heads: ['x', ...names], rows };
      },
      under: (frame, x) => {
        const { ys } = series(props());
        const at = nearest(placesOf(series(props())), frame.valueAt(x));
        if (at < 0) return null;
        const values = ys.map((y) => measured(y[at]!, props()));
        return `${across(props(), at)}: ${values.join(' · ')}`;
      },
    }),
    legend(names),
  );
  const grow = (props: Props) => {
    if ('data' in props) columns = listOf<Wired>(props, 'data').map(cellsOf);
    const most = numberOf({ ...node, ...props }, 'window', Math.floor(POINTS_MAX / columns.length));
    const more = listOf<Wired>(props, 'append').map(cellsOf);
    if (more.length === columns.length)
      columns = columns.map((column, at) => joined(column, more[at]!, most));
  };
  const many = columns[0] instanceof Float64Array && columns[0].length > MANY_POINTS;
  if (!many && !node['zoom']) {
    return { ...simple, set: (props) => (grow(props), simple.set(props)) };
  }
  return zoomed(simple, textOf(node, 'label') || textOf(node, 'k'), grow, () => series(node));
};

/** A chart of very many points, or one to zoom into, is drawn by uPlot, which comes then. */
function zoomed(
  simple: Shown,
  name: string,
  grow: (props: Props) => void,
  series: () => Series,
): Shown {
  let plot: { draw(series: Series): void; dispose(): void } | null = null;
  let gone = false;
  void import('../chart/plot.ts').then(({ Plot }) => {
    if (gone) return;
    plot = new Plot(simple.root.querySelector('.chart-stage')!, name);
    plot.draw(series());
  });
  return {
    ...simple,
    set: (props) => {
      grow(props);
      simple.set(props);
      plot?.draw(series());
    },
    dispose: () => {
      gone = true;
      plot?.dispose();
      simple.dispose?.();
    },
  };
}

/** The point nearest to a place; -1 where there is none. */
function nearest(places: Float64Array, at: number): number {
  let best = -1;
  for (let point = 0; point < places.length; point++) {
    if (best < 0 || Math.abs(places[point]! - at) < Math.abs(places[best]! - at)) best = point;
  }
  return best;
}

export const histogram: Make = (node) => {
  const [edges, counts] = listOf<Uint8Array>(node, 'data').map(numbersOf);
  const bins = { edges: edges ?? new Float64Array(), counts: counts ?? new Float64Array() };
  const span = (bin: number) =>
    `${shortNumber(bins.edges[bin]!)} – ${shortNumber(bins.edges[bin + 1]!)}`;
  const shown = figure(node, (props) => ({
    draw: (frame) => bins.counts.length && drawHistogram(frame, bins.edges, bins.counts),
    told: () => {
      const most = bins.counts.indexOf(Math.max(...bins.counts));
      const all = bins.counts.reduce((sum, count) => sum + count, 0);
      return `${textOf(props(), 'label')}: ${say.chart.spread(all, span(most))}`;
    },
    rows: () => ({
      heads: [textOf(props(), 'unit') || 'x', say.chart.count],
      rows: [...bins.counts].map((count, bin) => [span(bin), String(count)]),
    }),
    under: (frame, x) => {
      const value = frame.valueAt(x);
      const bin = bins.edges.findLastIndex((edge) => edge <= value);
      return bin < 0 || bin >= bins.counts.length ? null : `${span(bin)}: ${bins.counts[bin]}`;
    },
  }));
  return {
    ...shown,
    set: (props) => {
      const data = listOf<Uint8Array>(props, 'data').map(numbersOf);
      if (data.length === 2) [bins.edges, bins.counts] = data as [Float64Array, Float64Array];
      const more = listOf<Uint8Array>(props, 'append').map(numbersOf)[1];
      if (more) bins.counts = bins.counts.map((count, bin) => count + (more[bin] ?? 0));
      shown.set(props);
    },
  };
};

export const heat: Make = (node) =>
  figure({ height: 280, ...node }, (props) => {
    const matrix = () => {
      const [columns, bytes] = listOf<unknown>(props(), 'data');
      return {
        columns: Number(columns ?? 0),
        values: numbersOf(bytes),
        rowNames: listOf<string>(props(), 'rows'),
        columnNames: listOf<string>(props(), 'columns'),
      };
    };
    return {
      draw: (frame) => drawHeat(frame, matrix()),
      told: () => {
        const finite = matrix().values.filter(Number.isFinite);
        const [low, high] = [Math.min(...finite), Math.max(...finite)];
        const ends = [measured(low, props()), measured(high, props())] as const;
        return `${textOf(props(), 'label')}: ${say.chart.between(...ends)}`;
      },
      rows: () => {
        const { columns, values, rowNames, columnNames } = matrix();
        const count = columns ? Math.min(LISTED_MAX, values.length / columns) : 0;
        const cell = (row: number, at: number) => shortNumber(values[row * columns + at]!);
        const wide = Math.min(columns, LISTED_MAX);
        return {
          heads: [
            say.chart.row,
            ...Array.from({ length: wide }, (_, at) => columnNames[at] ?? String(at)),
          ],
          rows: Array.from({ length: count }, (_, row) => [
            rowNames[row] ?? String(row),
            ...Array.from({ length: wide }, (_, at) => cell(row, at)),
          ]),
        };
      },
    };
  });
