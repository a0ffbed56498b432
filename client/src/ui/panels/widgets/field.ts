import { el } from '../../dom.ts';
import { newId, numberOf, textOf, type Make, type Props } from '../node.ts';
import { bind, Note } from './bind.ts';

const EVERY_MS = 250;

export const field: Make = (node, desk) => {
  const id = newId();
  const rows = numberOf(node, 'lines', 1);
  const input =
    rows > 1
      ? el('textarea', { id, rows, dir: 'auto' })
      : el('input', { type: 'text', id, autocomplete: 'off', dir: 'auto' });
  const label = el('label', { htmlFor: id, dir: 'auto' });
  const note = new Note();
  const hold = bind<string>(
    desk,
    node.id,
    note,
    (value) => {
      input.value = value;
    },
    EVERY_MS,
  );
  let composing = false; // an input method is at work: half a word is nobody's business
  input.onfocus = () => hold.take();
  input.onblur = () => hold.release();
  input.oninput = () => !composing && hold.move(input.value, false);
  input.onchange = () => hold.move(input.value, true);
  input.addEventListener('compositionstart', () => (composing = true));
  input.addEventListener('compositionend', () => {
    composing = false;
    hold.move(input.value, false);
  });
  const set = (props: Props) => {
    if ('label' in props) label.textContent = textOf(props, 'label');
    if ('placeholder' in props) input.placeholder = textOf(props, 'placeholder');
    if ('most' in props) input.maxLength = numberOf(props, 'most', -1);
    if ('disabled' in props) input.disabled = Boolean(props['disabled']);
    note.hear(props);
  };
  set(node);
  input.value = textOf(node, 'value');
  return { root: el('div', { class: 'line tall' }, label, input, note.root), set, hold };
};
