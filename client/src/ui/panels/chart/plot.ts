import 'uplot/dist/uPlot.min.css';
import UPlot from 'uplot';
import { timeOf } from '../columns.ts';
import { repaint } from '../node.ts';
import { shortNumber } from '../widgets/bind.ts';
import type { Series } from './draw.ts';
import { DASHES, paletteOf } from './palette.ts';
import { type Span, Zoom } from './zoom.ts';

const HEIGHT_PX = 220;

/**
 * A chart that one zooms into: by dragging with a mouse (a double press shows all again), by keys,
 * fingers and buttons.
 */
export class Plot {
  private readonly stage: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly watch: ResizeObserver;
  private readonly zoom: Zoom;
  private plot: UPlot | null = null;
  private time = false;
  private drawn = '';

  /** `name`: what the chart is called. */
  constructor(stage: HTMLElement, name: string) {
    this.stage = stage;
    this.canvas = stage.querySelector('canvas')!;
    // The plain picture stays for its words; it is not seen any more.
    this.canvas.classList.add('under');
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(stage);
    this.zoom = new Zoom(stage, name, {
      all: () => this.all(),
      shown: () => this.shown(),
      show: ([min, max]) => this.plot?.setScale('x', { min, max }),
      valueAt: (x) => this.plot?.posToVal(x - this.plot.over.getBoundingClientRect().left, 'x') ?? 0,
      write: (value) => (this.time ? timeOf(value) : shortNumber(value)),
    });
  }

  draw(series: Series): void {
    const data = [series.x, ...series.ys] as unknown as UPlot.AlignedData;
    const look = JSON.stringify([series.names, paletteOf(this.stage), series.axis]);
    if (this.plot && look === this.drawn) {
      const [[min, max], [first, last]] = [this.shown(), this.all()];
      // Who has zoomed in stays where they look; else new points move the picture on.
      this.plot.setData(data, min === first && max === last);
      return;
    }
    this.drawn = look;
    this.time = series.axis === 'time';
    this.plot?.destroy();
    this.plot = new UPlot(this.options(series), data, this.stage);
  }

  private all(): Span {
    const x = this.plot?.data[0] ?? [];
    return [x[0] ?? 0, x.at(-1) ?? 1];
  }

  private shown(): Span {
    const { min, max } = this.plot?.scales['x'] ?? {};
    const [first, last] = this.all();
    return [min ?? first, max ?? last];
  }

  dispose(): void {
    this.watch.disconnect();
    this.zoom.dispose();
    this.plot?.destroy();
  }

  private options({ names, axis }: Series): UPlot.Options {
    const { dim, line, font, series } = paletteOf(this.stage);
    const side: UPlot.Axis = {
      stroke: dim,
      font: `13px ${font}`,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(100, this.stage.clientWidth),
      height: HEIGHT_PX,
      legend: { show: false },
      scales: { x: { time: axis === 'time' } },
      axes: [{ ...side, size: 30 }, { ...side, size: 56 }],
      cursor: { drag: { x: true, y: false } },
      hooks: { draw: [() => this.tell()], setScale: [() => this.zoom.tell()] },
      series: [
        {},
        ...names.map((label, at) => ({
          label,
          stroke: series[at % series.length]!,
          width: 2,
          dash: [...DASHES[at % DASHES.length]!],
          points: { show: false },
        })),
      ],
    };
  }

  private resize(): void {
    const width = this.stage.clientWidth;
    if (width) this.plot?.setSize({ width, height: HEIGHT_PX });
  }

  private tell(): void {
    repaint(this.stage);
  }
}
