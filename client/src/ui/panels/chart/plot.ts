import 'uplot/dist/uPlot.min.css';
import UPlot from 'uplot';
import type { Series } from './draw.ts';
import { DASHES, paletteOf } from './palette.ts';

const HEIGHT_PX = 220;

/** A chart that one zooms into by dragging; a double press shows all again. */
export class Plot {
  private readonly stage: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly watch: ResizeObserver;
  private plot: UPlot | null = null;
  private drawn = '';

  constructor(stage: HTMLElement) {
    this.stage = stage;
    this.canvas = stage.querySelector('canvas')!;
    // The plain picture stays for its words; it is not seen any more.
    this.canvas.classList.add('under');
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(stage);
  }

  draw(series: Series): void {
    const data = [series.x, ...series.ys] as unknown as UPlot.AlignedData;
    const look = JSON.stringify([series.names, paletteOf(this.stage), series.axis]);
    if (this.plot && look === this.drawn) {
      const { min, max } = this.plot.scales['x']!;
      const [first, last] = [this.plot.data[0][0], this.plot.data[0].at(-1)];
      // Who has zoomed in stays where they look; else new points move the picture on.
      this.plot.setData(data, min === first && max === last);
      this.tell();
      return;
    }
    this.drawn = look;
    this.plot?.destroy();
    this.plot = new UPlot(this.options(series), data, this.stage);
    this.tell();
  }

  dispose(): void {
    this.watch.disconnect();
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
      axes: [side, { ...side, size: 56 }],
      cursor: { drag: { x: true, y: false } },
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
    this.stage.dispatchEvent(new Event('panel-paint', { bubbles: true }));
  }
}
