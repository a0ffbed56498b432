import { el } from '../../dom.ts';
import { newId, numberOf, repaint, textOf, type Make, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { bind, Note, shortNumber } from './bind.ts';

const EVERY_MS = 250;

export const number: Make = (node, desk) => {
  const id = newId();
  const input = el('input', { type: 'number', id, inputMode: 'decimal' });
  const label = el('label', { htmlFor: id, dir: 'auto' });
  const unit = el('span', { class: 'unit' });
  const note = new Note();
  let step = 0;
  const hold = bind<number>(
    desk,
    node.id,
    note,
    (value) => {
      input.value = shortNumber(value, step);
    },
    EVERY_MS,
  );
  input.onfocus = () => hold.take();
  input.onblur = () => hold.release();
  input.oninput = () =>
    input.checkValidity() && input.value !== '' && hold.move(input.valueAsNumber, false);
  const come = (to: number) => {
    const least = input.min === '' ? Number.NEGATIVE_INFINITY : Number(input.min);
    const most = input.max === '' ? Number.POSITIVE_INFINITY : Number(input.max);
    const value = Math.min(most, Math.max(least, to));
    input.value = shortNumber(value, step);
    repaint(input);
    hold.move(value, true);
  };
  input.onchange = () => Number.isFinite(input.valueAsNumber) && come(input.valueAsNumber);
  const nudge = (way: 1 | -1) => come((input.valueAsNumber || 0) + way * (step || 1));
  const sides = ([-1, 1] as const).map((way) =>
    el(
      'button',
      { type: 'button', class: 'nudge', onclick: () => nudge(way) },
      way < 0 ? '−' : '+',
    ),
  );
  const set = (props: Props) => {
    if ('label' in props) {
      label.textContent = textOf(props, 'label');
      sides[0]!.ariaLabel = say.less(textOf(props, 'label'));
      sides[1]!.ariaLabel = say.moreOf(textOf(props, 'label'));
    }
    if ('unit' in props) unit.textContent = textOf(props, 'unit');
    if ('step' in props) step = numberOf(props, 'step', 0);
    for (const name of ['min', 'max'] as const)
      if (name in props) input[name] = String(numberOf(props, name, ''));
    if ('step' in props) input.step = step > 0 ? String(step) : 'any';
    if ('disabled' in props) {
      for (const one of [input, ...sides]) one.disabled = Boolean(props['disabled']);
    }
    note.hear(props);
  };
  set(node);
  input.value = shortNumber(numberOf(node, 'value', 0), step);
  const control = el('span', { class: 'stepper' }, sides[0]!, input, unit, sides[1]!);
  return { root: el('div', { class: 'line' }, label, control, note.root), set, hold };
};
