import { el } from '../../dom.ts';
import { problemOf, sentences } from '../../../net/problem.ts';
import { listOf, newId, textOf, type Make, type Props, type Upload } from '../node.ts';
import { say } from '../strings.ts';
import { bind, Note } from './bind.ts';

export const upload: Make = (node, desk) => {
  const id = newId();
  const input = el('input', { type: 'file', id, class: 'visually-hidden' });
  const label = el('span', { class: 'label', id: newId(), dir: 'auto' });
  const press = el('label', { htmlFor: id, class: 'file-press' }, say.choose);
  const given = el('span', { class: 'value', attrs: { role: 'status' }, dir: 'auto' });
  const note = new Note();
  input.setAttribute('aria-labelledby', label.id);
  const show = (file: Upload | null) => {
    given.textContent = file ? say.uploaded(file.name, file.bytes) : '';
  };
  let to = '';
  const hold = bind<Upload | null>(desk, node.id, note, show);
  input.onchange = async () => {
    const file = input.files?.[0];
    if (!file) return;
    note.tell(null);
    input.disabled = true;
    try {
      const progress = (share: number) => {
        given.textContent = share < 1 ? say.uploading(share) : say.checking;
      };
      if (to) {
        given.textContent = await desk.sendTo(to, file, progress);
      } else {
        const kept = await desk.upload(file, progress);
        show(kept);
        hold.move(kept, true);
      }
    } catch (error) {
      given.textContent = '';
      note.tell(sentences(problemOf(error)));
    } finally {
      input.disabled = false;
      input.value = '';
    }
  };
  const set = (props: Props) => {
    if ('label' in props) label.textContent = textOf(props, 'label');
    if ('accept' in props)
      input.accept = listOf<string>(props, 'accept')
        .map((one) => (one.endsWith('/') ? `${one}*` : one))
        .join(',');
    if ('to' in props) to = textOf(props, 'to');
    if ('disabled' in props) input.disabled = Boolean(props['disabled']);
    note.hear(props);
  };
  set(node);
  show((node['value'] as Upload | undefined) ?? null);
  return { root: el('div', { class: 'line' }, label, given, input, press, note.root), set, hold };
};
