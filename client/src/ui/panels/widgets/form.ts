import { el } from '../../dom.ts';
import { argumentFields, missingArguments, type Field, type Fields } from '../../form.ts';
import { newId, textOf, type Make, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { Note } from './bind.ts';
import { listbox } from './listbox.ts';
import { switchOf } from './toggle.ts';

/** A form for an action's arguments, by the same mechanism as every other form of the page. */
export const form: Make = (node, desk) => {
  const legend = el('legend', { dir: 'auto' });
  const send = el('button', { class: 'main' }, say.send);
  const note = new Note();
  const body = el('div', { class: 'column' });
  const root = el('form', { class: 'action-form' }, el('fieldset', {}, legend, body), note.root);
  let fields: Fields | null = null;
  let all: Props = node;
  const args = () => (all['arguments'] ?? {}) as Record<string, unknown>;
  const draw = () => {
    const action = desk.action(textOf(all, 'action'));
    fields = action
      ? argumentFields(action, missingArguments(action, args()), { choice, toggle })
      : null;
    const doc = action?.doc.split('\n')[0];
    body.replaceChildren(
      ...(doc ? [el('p', { class: 'dim', dir: 'auto' }, doc)] : []),
      ...(fields?.elements ?? [el('p', {}, say.missing)]),
      ...(fields ? [send] : []),
    );
  };
  root.onsubmit = async (event) => {
    event.preventDefault();
    if (!fields || send.disabled) return;
    send.disabled = true;
    const refusal = await desk.act(textOf(all, 'action'), { ...args(), ...fields.read() });
    send.disabled = false;
    if (refusal) note.hear({ error: refusal });
    else note.tell(say.done);
  };
  const set = (props: Props) => {
    const before = JSON.stringify([all['action'], all['arguments']]);
    all = { ...all, ...props };
    legend.textContent = textOf(all, 'label');
    send.textContent = textOf(all, 'send') || say.send;
    if (fields === null || JSON.stringify([all['action'], all['arguments']]) !== before) draw();
  };
  set(node);
  return { root, set };
};

function choice(label: string, options: unknown[], chosen: unknown): Field {
  const name = el('span', { class: 'label', id: newId(), dir: 'auto' }, label);
  let value = String(chosen ?? options[0]);
  const list = listbox(name, (next) => (value = next));
  list.fill(options.map((option) => [String(option), String(option)]));
  list.show(value);
  return {
    element: el('div', { class: 'line' }, name, list.root),
    read: () => options.find((option) => String(option) === value),
  };
}

function toggle(label: string, checked: boolean): Field {
  const box = el('input', { type: 'checkbox', id: newId(), checked, attrs: { role: 'switch' } });
  const name = el('label', { htmlFor: box.id, dir: 'auto' }, label);
  return {
    element: el('div', { class: 'line short' }, name, switchOf(box)),
    read: () => box.checked,
  };
}
