import type { Make } from './node.ts';
import { meter, progress } from './widgets/bars.ts';
import { column, group, row, tab, tabs } from './widgets/boxes.ts';
import { button } from './widgets/button.ts';
import { chart, heat, histogram } from './widgets/chart.ts';
import { choice } from './widgets/choice.ts';
import { field } from './widgets/field.ts';
import { form } from './widgets/form.ts';
import { graph } from './widgets/graph.ts';
import { cards, list } from './widgets/items.ts';
import { image, video } from './widgets/media.ts';
import { number } from './widgets/number.ts';
import { slider } from './widgets/slider.ts';
import { table } from './widgets/table.ts';
import { rich, text } from './widgets/text.ts';
import { timeline } from './widgets/timeline.ts';
import { toggle } from './widgets/toggle.ts';
import { upload } from './widgets/upload.ts';

/** Every kind of widget, by its name on the wire. */
export const KINDS: Readonly<Record<string, Make>> = {
  button,
  cards,
  chart,
  choice,
  column,
  field,
  form,
  graph,
  group,
  heat,
  histogram,
  image,
  list,
  markdown: rich,
  meter,
  number,
  progress,
  row,
  slider,
  tab,
  table,
  tabs,
  text,
  timeline,
  toggle,
  upload,
  video,
};
