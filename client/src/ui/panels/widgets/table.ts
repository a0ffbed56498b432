import { button, el } from '../../dom.ts';
import { columnsOf, joinedColumns, lengthOf, ordered, written, type Column } from '../columns.ts';
import { newId, numberOf, textOf, type Make, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { Note } from './bind.ts';

const WHOLE_MAX = 200; // up to so many rows stand in the page; of more only those in sight
const FILTER_MIN = 20;
const ROW_PX = 40;
const SPARE = 6;
const LONG = 20; // letters of a text that may need more than one line
const CELLS_MAX = 1_000_000;

/** A table that is sorted and filtered here; of a long one only the rows in sight are elements. */
export const table: Make = (node, desk) => {
  const filter = el('input', { type: 'text', placeholder: say.filter, ariaLabel: say.filter });
  const count = el('span', { class: 'count', attrs: { role: 'status' } });
  const tools = el('div', { class: 'table-tools' }, filter, count);
  const caption = el('p', { class: 'caption', id: newId(), hidden: true, dir: 'auto' });
  const heads = el('tr');
  const body = el('tbody');
  const grid = el('table', {}, el('thead', {}, heads), body);
  const scroller = el('div', { class: 'scroll', tabIndex: 0, attrs: { role: 'region' } }, grid);
  const note = new Note();
  let columns: Column[] = [];
  let rows: Uint32Array<ArrayBufferLike> = new Uint32Array();
  let by: number | null = null;
  let down = false;
  let first = -1;
  let pressed = false;
  let filtered: unknown;
  let window = CELLS_MAX;
  let due = 0;

  const press = async (row: number) => {
    const refusal = await desk.press(node.id, row);
    note.tell(null);
    if (refusal) note.hear({ error: refusal });
  };
  const line = (at: number): HTMLTableRowElement => {
    const row = rows[at]!;
    const cells = columns.map((column, place) => {
      const text = written(column, row);
      const kind = column.kind === 'number' ? 'num' : text.length > LONG ? 'long' : '';
      if (place > 0 || !pressed) return el('td', { class: kind, dir: 'auto', title: text }, text);
      return el(
        'td',
        { class: kind },
        button(text || '–', () => void press(row), 'row-press'),
      );
    });
    const element = el('tr', { class: pressed ? 'pressable' : '' }, ...cells);
    element.ariaRowIndex = String(at + 2); // the heads are row 1
    if (pressed)
      element.onclick = ({ target }) => {
        // Keys and screen readers have its first cell's button; marking words presses nothing.
        if ((target as Element).closest('button') || getSelection()?.toString()) return;
        void press(row);
      };
    return element;
  };
  const spacer = (count: number) => {
    const cell = el('td', { colSpan: Math.max(1, columns.length) });
    cell.style.height = `${count * ROW_PX}px`;
    return el('tr', { class: 'spacer', ariaHidden: 'true' }, cell);
  };
  const draw = (anew: boolean) => {
    const windowed = rows.length > WHOLE_MAX;
    const seen = Math.ceil(scroller.clientHeight / ROW_PX) + 2 * SPARE || 24;
    const top = Math.floor(scroller.scrollTop / ROW_PX) - SPARE;
    const from = windowed ? Math.max(0, Math.min(rows.length - seen, top)) : 0;
    if (!anew && from === first) return;
    first = from;
    const until = windowed ? Math.min(rows.length, from + seen) : rows.length;
    const lines: HTMLElement[] = [];
    for (let at = from; at < until; at++) lines.push(line(at));
    if (from > 0) lines.unshift(spacer(from));
    if (until < rows.length) lines.push(spacer(rows.length - until));
    if (rows.length === 0) {
      const text = lengthOf(columns) ? say.noRows : say.empty;
      lines.push(el('tr', {}, el('td', { colSpan: Math.max(1, columns.length) }, text)));
    }
    body.replaceChildren(...lines);
  };
  const order = () => {
    cancelAnimationFrame(due);
    due = 0;
    const all = lengthOf(columns);
    rows = ordered(columns, filter.value, by, down);
    grid.ariaRowCount = String(rows.length + 1);
    grid.classList.toggle('windowed', rows.length > WHOLE_MAX);
    count.textContent = say.rows(rows.length, all);
    tools.hidden = filtered === undefined ? all < FILTER_MIN : !filtered;
    draw(true);
  };
  const head = () => {
    const cells = columns.map((column, at) => {
      const mark = el('span', { class: 'arrow', ariaHidden: 'true' });
      const sort = el('button', { type: 'button', dir: 'auto' }, column.name, mark);
      sort.onclick = () => {
        [by, down] = by === at ? (down ? [null, false] : [at, true]) : [at, false];
        marks();
        order();
      };
      return el('th', { scope: 'col', class: column.kind === 'number' ? 'num' : '' }, sort);
    });
    heads.replaceChildren(...cells);
    marks();
  };
  const marks = () => {
    for (const [at, cell] of [...heads.children].entries()) {
      const sorted = at === by;
      cell.ariaSort = sorted ? (down ? 'descending' : 'ascending') : 'none';
      cell.querySelector('.arrow')!.textContent = sorted ? (down ? ' ▾' : ' ▴') : '';
    }
  };
  const take = (next: Column[]) => {
    const names = (all: readonly Column[]) => all.map(({ name, kind }) => name + kind).join('\n');
    const other = names(next) !== names(columns);
    columns = next;
    if (!other) return;
    if (by !== null && by >= columns.length) by = null;
    head();
  };
  filter.oninput = () => {
    scroller.scrollTop = 0;
    order();
  };
  scroller.onscroll = () => draw(false);
  const set = (props: Props) => {
    if ('label' in props) {
      caption.textContent = textOf(props, 'label');
      caption.hidden = !caption.textContent;
      scroller.ariaLabel = grid.ariaLabel = caption.textContent || say.table;
    }
    if ('pressed' in props) pressed = Boolean(props['pressed']);
    if ('filter' in props) filtered = props['filter'];
    if ('window' in props) window = numberOf(props, 'window', CELLS_MAX);
    if ('data' in props) take(columnsOf(props['data']));
    if ('append' in props) take(joinedColumns(columns, columnsOf(props['append']), window));
    due ||= requestAnimationFrame(order); // many changes in one frame are one picture
  };
  set({ label: '', ...node });
  order();
  return { root: el('div', { class: 'table' }, caption, tools, scroller, note.root), set };
};
