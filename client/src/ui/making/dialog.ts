import { button, el, openDialog } from '../dom.ts';
import { words } from './words.ts';

/** A world that is wished for: made from a starter, or out of a file that was exported. */
export type Wish = { title: string; starter: string } | { file: File };

/** Asks what a new world is called and what it begins as; null when it is dismissed. */
export function askWorld(files: boolean): Promise<Wish | null> {
  return new Promise((resolve) => {
    let answer: Wish | null = null;
    const name = el('input', { required: true, maxLength: 60, autocomplete: 'off' });
    const starter = el(
      'select',
      {},
      ...words.starters.map(([value, title]) => new Option(title, value)),
    );
    const form = el(
      'form',
      { method: 'dialog' },
      el('label', {}, words.name, name),
      el('label', {}, words.begin, starter),
      el(
        'div',
        { class: 'row' },
        button(words.cancel, () => dialog.close()),
        el('button', { class: 'main' }, words.create),
      ),
    );
    form.onsubmit = () => {
      const title = name.value.trim();
      if (title) answer = { title, starter: starter.value };
    };
    const choose = button(words.file, () => {
      const input = el('input', { type: 'file', accept: '.loom' });
      input.onchange = () => {
        const file = input.files?.[0];
        if (!file) return;
        answer = { file };
        dialog.close();
      };
      input.click();
    });
    const parts = files ? [form, choose, el('p', { class: 'dim' }, words.fileHint)] : [form];
    const dialog = openDialog(words.title, words.close, el('div', { class: 'stack' }, ...parts));
    dialog.addEventListener('close', () => resolve(answer));
    name.focus();
  });
}
