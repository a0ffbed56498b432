import { el } from '../../dom.ts';
import { newId, numberOf, textOf, type Make, type Props } from '../node.ts';
import { bind, Note, shortNumber, withUnit } from './bind.ts';

/** A range whose parts are elements, so that it looks the same wherever it is drawn. */
export function rangeInput(): { root: HTMLElement; input: HTMLInputElement; show(): void } {
  const input = el('input', { type: 'range' });
  const root = el(
    'span',
    { class: 'slide' },
    el('i', { class: 'track', ariaHidden: 'true' }),
    el('i', { class: 'fill', ariaHidden: 'true' }),
    el('i', { class: 'thumb', ariaHidden: 'true' }),
    input,
  );
  const show = () => {
    const least = Number(input.min);
    const most = Number(input.max);
    const share = most > least ? (input.valueAsNumber - least) / (most - least) : 0;
    root.style.setProperty('--share', share.toFixed(5));
  };
  return { root, input, show };
}

export const slider: Make = (node, desk) => {
  const id = newId();
  const { root: slide, input, show: move } = rangeInput();
  const output = el('output', { htmlFor: id } as object);
  const label = el('label', { htmlFor: id, dir: 'auto' });
  const note = new Note();
  let unit = textOf(node, 'unit');
  let step = numberOf(node, 'step', 0);
  input.id = id;
  const show = (value: number) => {
    input.valueAsNumber = value;
    tell();
  };
  const tell = () => {
    output.textContent = withUnit(shortNumber(input.valueAsNumber, step), unit);
    input.setAttribute('aria-valuetext', output.textContent);
    move();
  };
  const hold = bind<number>(desk, node.id, note, show);
  input.onpointerdown = () => hold.take();
  input.onpointerup = input.onpointercancel = input.onblur = () => hold.release();
  input.oninput = () => {
    tell();
    hold.move(input.valueAsNumber, false);
  };
  input.onchange = () => hold.move(input.valueAsNumber, true);
  const set = (props: Props) => {
    if ('label' in props) label.textContent = textOf(props, 'label');
    if ('unit' in props) unit = textOf(props, 'unit');
    if ('step' in props) step = numberOf(props, 'step', 0);
    if ('min' in props) input.min = String(numberOf(props, 'min', 0));
    if ('max' in props) input.max = String(numberOf(props, 'max', 1));
    if ('step' in props) input.step = step > 0 ? String(step) : 'any';
    if ('disabled' in props) input.disabled = Boolean(props['disabled']);
    note.hear(props);
    tell();
  };
  set(node);
  show(numberOf(node, 'value', 0));
  return { root: el('div', { class: 'line' }, label, output, slide, note.root), set, hold };
};
