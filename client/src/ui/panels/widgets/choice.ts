import { el } from '../../dom.ts';
import { listOf, newId, textOf, type Desk, type Make, type Node, type Props } from '../node.ts';
import { bind, Note } from './bind.ts';
import { listbox } from './listbox.ts';

type Option = readonly [value: string, label: string];
const RADIOS_MAX = 5;

export const choice: Make = (node, desk) =>
  listOf<Option>(node, 'options').length > RADIOS_MAX ? many(node, desk) : few(node, desk);

/** Up to five options stand side by side, as radio buttons. */
function few(node: Node, desk: Desk) {
  const name = newId();
  const note = new Note();
  const legend = el('legend', { dir: 'auto' });
  const row = el('div', { class: 'segments' });
  let radios: HTMLInputElement[] = [];
  let value = textOf(node, 'value');
  const show = (next: string) => {
    value = next;
    for (const radio of radios) radio.checked = radio.value === next;
  };
  const hold = bind<string>(desk, node.id, note, show);
  const fill = (options: readonly Option[]) => {
    const labels = options.map(([option, shown]) => {
      const radio = el('input', { type: 'radio', name, value: option, checked: option === value });
      radio.onchange = () => hold.move(radio.value, true);
      return el('label', {}, radio, el('span', { dir: 'auto' }, shown));
    });
    row.replaceChildren(...labels);
    radios = labels.map((label) => label.firstElementChild as HTMLInputElement);
  };
  const set = (props: Props) => {
    if ('label' in props) legend.textContent = textOf(props, 'label');
    if ('options' in props) fill(listOf<Option>(props, 'options'));
    if ('disabled' in props) root.disabled = Boolean(props['disabled']);
    note.hear(props);
  };
  const root = el('fieldset', { class: 'line' }, legend, row, note.root);
  set(node);
  return { root, set, hold };
}

/** More options stand in a list that a button opens, inside the panel. */
function many(node: Node, desk: Desk) {
  const note = new Note();
  const label = el('span', { class: 'label', id: newId(), dir: 'auto' });
  const list = listbox(label, (value) => hold.move(value, true));
  const hold = bind<string>(desk, node.id, note, (value) => list.show(value));
  const set = (props: Props) => {
    if ('label' in props) label.textContent = textOf(props, 'label');
    if ('options' in props) list.fill(listOf<Option>(props, 'options'));
    if ('disabled' in props) list.disable(Boolean(props['disabled']));
    note.hear(props);
  };
  set(node);
  list.show(textOf(node, 'value'));
  return { root: el('div', { class: 'line' }, label, list.root, note.root), set, hold };
}
