import { el } from '../../dom.ts';
import { newId, textOf, type Make, type Props } from '../node.ts';
import { bind, Note } from './bind.ts';

/** A switch whose parts are elements, with the native box over them. */
export function switchOf(box: HTMLInputElement): HTMLElement {
  const part = (name: string) => el('i', { class: name, ariaHidden: 'true' });
  return el('span', { class: 'switch' }, box, part('rail'), part('knob'));
}

export const toggle: Make = (node, desk) => {
  const id = newId();
  const box = el('input', { type: 'checkbox', id, attrs: { role: 'switch' } });
  const label = el('label', { htmlFor: id, dir: 'auto' });
  const note = new Note();
  const hold = bind<boolean>(desk, node.id, note, (value) => {
    box.checked = value;
  });
  box.onchange = () => hold.move(box.checked, true);
  const set = (props: Props) => {
    if ('label' in props) label.textContent = textOf(props, 'label');
    if ('disabled' in props) box.disabled = Boolean(props['disabled']);
    note.hear(props);
  };
  box.checked = node['value'] === true;
  set(node);
  const drawn = switchOf(box);
  return { root: el('div', { class: 'line short' }, label, drawn, note.root), set, hold };
};
