import { el } from '../../dom.ts';
import { textOf, type Make, type Props } from '../node.ts';
import { Note } from './bind.ts';

export const button: Make = (node, desk) => {
  let action = textOf(node, 'action');
  let args = (node['arguments'] ?? {}) as Record<string, unknown>;
  let off = false;
  let busy = false;
  const note = new Note();
  const press = el('button', { type: 'button' }, el('span', { dir: 'auto' }));
  const enable = () => {
    press.disabled = off;
    press.ariaBusy = busy ? 'true' : null;
  };
  press.onclick = async () => {
    if (busy) return;
    busy = true;
    enable();
    note.tell(null);
    const refusal = await (action ? desk.act(action, args) : desk.press(node.id));
    busy = false;
    enable();
    if (refusal) note.hear({ error: refusal });
  };
  const set = (props: Props) => {
    if ('label' in props) press.firstElementChild!.textContent = textOf(props, 'label');
    if ('main' in props) press.className = props['main'] ? 'main' : '';
    if ('action' in props) action = textOf(props, 'action');
    if ('arguments' in props) args = (props['arguments'] ?? {}) as Record<string, unknown>;
    if ('disabled' in props) off = Boolean(props['disabled']);
    enable();
  };
  set(node);
  return { root: el('div', { class: 'press' }, press, note.root), set };
};
