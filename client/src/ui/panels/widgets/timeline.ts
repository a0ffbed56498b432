import { brushOf } from '../../../view/panels/brush.ts';
import { button, el } from '../../dom.ts';
import { paletteOf } from '../chart/palette.ts';
import { numberAxis, timeAxis } from '../chart/scales.ts';
import { timeOf } from '../columns.ts';
import { listOf, newId, numberOf, textOf, type Make, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { bind, Note, shortNumber } from './bind.ts';
import { rangeInput } from './slider.ts';

type Stretch = readonly [start: number, end: number, label: string, lane: string];

const LANE_PX = 34;
const AXIS_PX = 26;
const LISTED_MAX = 200;
const LABEL_MIN_PX = 24;

/** Stretches of time in lanes, drawn on a canvas, with the same ones as a list behind it. */
export const timeline: Make = (node, desk) => {
  let all: Props = node;
  let items: readonly Stretch[] = [];
  let due = 0;
  const note = new Note();
  const title = el('figcaption', { id: newId(), dir: 'auto' });
  const canvas = el('canvas', {
    class: 'chart',
    ariaLabel: textOf(node, 'label') || 'timeline',
    attrs: { role: 'img' },
  });
  const readout = el('span', { class: 'value readout' });
  const stage = el('div', { class: 'chart-stage' }, canvas);
  const { root: slide, input, show: move } = rangeInput();
  const list = el('ul', { class: 'items', attrs: { role: 'list' } });
  const arrow = el('span', { class: 'arrow', ariaHidden: 'true' }, '▸');
  const more = el('details', {}, el('summary', {}, arrow, say.asTable), list);
  input.ariaLabel = say.moment;
  input.step = 'any';

  const written = (value: number) =>
    textOf(all, 'axis') === 'time' ? timeOf(value) : shortNumber(value);
  const tell = () => {
    input.setAttribute('aria-valuetext', written(input.valueAsNumber));
    readout.textContent = all['moment'] ? written(input.valueAsNumber) : '';
    move();
    later();
  };
  const hold = bind<number>(desk, node.id, note, (value) => {
    input.valueAsNumber = value;
    tell();
  });
  input.onpointerdown = () => hold.take();
  input.onpointerup = input.onpointercancel = input.onblur = () => hold.release();
  input.oninput = () => {
    tell();
    hold.move(input.valueAsNumber, false);
  };
  input.onchange = () => hold.move(input.valueAsNumber, true);

  const press = async (at: number) => {
    note.tell(null);
    const refusal = await desk.press(node.id, at);
    if (refusal) note.hear({ error: refusal });
  };
  const lanes = () => [...new Set(items.map(([, , , lane]) => lane))];
  let places: { x: number; y: number; width: number; at: number }[] = [];
  const draw = () => {
    due = 0;
    const width = stage.clientWidth;
    if (!width) return;
    const names = lanes();
    const height = Math.max(1, names.length) * LANE_PX + AXIS_PX;
    const scale = Math.max(1.5, devicePixelRatio);
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const g = brushOf(canvas);
    const palette = paletteOf(canvas);
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.font = `13px ${palette.font}`;
    g.textBaseline = 'middle';
    const side = Math.max(0, ...names.map((name) => g.measureText(name).width));
    const left = side ? Math.min(side + 12, width / 3) : 0;
    slide.style.marginInlineStart = `${Math.max(0, left - 13)}px`;
    const [low, high] = [numberOf(all, 'min', 0), numberOf(all, 'max', 1)];
    const x = (value: number) => left + ((value - low) / (high - low || 1)) * (width - left);
    const axis = (textOf(all, 'axis') === 'time' ? timeAxis : numberAxis)(low, high, width / 110);
    g.fillStyle = palette.dim;
    g.strokeStyle = palette.line;
    for (const tick of axis.ticks) {
      const text = axis.write(tick);
      const half = g.measureText(text).width / 2;
      g.beginPath();
      g.moveTo(x(tick), 0);
      g.lineTo(x(tick), height - AXIS_PX);
      g.stroke();
      g.textAlign = 'center';
      if (x(tick) >= left - 1 && x(tick) <= width + 1)
        g.fillText(text, Math.min(width - half, Math.max(left + half, x(tick))), height - 10);
    }
    g.textAlign = 'left';
    for (const [row, name] of names.entries())
      g.fillText(name, 0, row * LANE_PX + LANE_PX / 2, left - 6);
    places = items.map(([start, end, label, lane], at) => {
      const row = names.indexOf(lane);
      const place = {
        x: x(start),
        y: row * LANE_PX + 3,
        width: Math.max(2, x(end) - x(start) - 1),
        at,
      };
      g.fillStyle = palette.series[row % palette.series.length]!;
      g.beginPath();
      g.roundRect(place.x, place.y, place.width, LANE_PX - 6, 5);
      g.fill();
      if (place.width > LABEL_MIN_PX) write(g, label, place, LANE_PX, canvas);
      return place;
    });
    if (all['moment']) {
      g.fillStyle = palette.ink;
      g.fillRect(x(input.valueAsNumber) - 1, 0, 2, height - AXIS_PX + 4);
    }
    canvas.ariaLabel = `${textOf(all, 'label')}: ${say.timeline(items.length)}`;
  };
  const later = () => (due ||= requestAnimationFrame(draw));
  const fill = () => {
    const rows = items.slice(0, LISTED_MAX).map(([start, end, label, lane], at) => {
      const text = [label, lane, `${written(start)} – ${written(end)}`].filter(Boolean).join(' · ');
      if (!all['pressed']) return el('li', { dir: 'auto' }, text);
      return el(
        'li',
        {},
        button(text, () => void press(at), 'item-press'),
      );
    });
    list.replaceChildren(...(rows.length ? rows : [el('li', { class: 'dim' }, say.empty)]));
  };
  more.ontoggle = () => {
    arrow.textContent = more.open ? '▾' : '▸';
    if (more.open) fill();
  };
  const under = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    return places.find(
      ({ x, y, width }) => px >= x && px <= x + width && py >= y && py <= y + LANE_PX - 6,
    );
  };
  canvas.onclick = (event) => {
    const found = under(event);
    if (found && all['pressed']) void press(found.at);
  };
  canvas.onpointermove = (event) => {
    const found = under(event);
    canvas.style.cursor = found && all['pressed'] ? 'pointer' : '';
    if (!all['moment']) readout.textContent = found ? items[found.at]![2] : '';
  };
  const watch = new ResizeObserver(later);
  watch.observe(stage);
  const set = (props: Props) => {
    all = { ...all, ...props };
    title.textContent = textOf(all, 'label');
    if ('data' in props) items = listOf<Stretch>(props, 'data');
    const window = numberOf(all, 'window', 10_000);
    if ('append' in props) items = [...items, ...listOf<Stretch>(props, 'append')].slice(-window);
    if ('append' in props || 'data' in props) spread();
    slide.hidden = !all['moment'];
    input.disabled = Boolean(all['disabled']);
    if (more.open) fill();
    note.hear(props);
    later();
  };
  /** What comes later than the last moment makes room for itself. */
  const spread = () => {
    const low = Math.min(numberOf(all, 'min', 0), ...items.map(([start]) => start));
    const high = Math.max(numberOf(all, 'max', 1), ...items.map(([, end]) => end));
    all = { ...all, min: low, max: high };
    const value = input.valueAsNumber;
    input.min = String(low);
    input.max = String(high);
    input.valueAsNumber = value;
    move();
  };
  set(node);
  input.valueAsNumber = numberOf(node, 'value', 0);
  tell();
  return {
    root: el(
      'figure',
      { class: 'charted' },
      el('div', { class: 'chart-head' }, title, readout),
      stage,
      slide,
      note.root,
      more,
    ),
    set,
    hold,
    dispose: () => {
      cancelAnimationFrame(due);
      watch.disconnect();
    },
  };
};

function write(
  g: CanvasRenderingContext2D,
  label: string,
  place: { x: number; y: number; width: number },
  lane: number,
  canvas: HTMLElement,
): void {
  g.save();
  g.beginPath();
  g.rect(place.x, place.y, place.width, lane);
  g.clip();
  g.fillStyle = getComputedStyle(canvas).getPropertyValue('--solid').trim();
  g.fillText(label, place.x + 7, place.y + lane / 2 - 3);
  g.restore();
}
