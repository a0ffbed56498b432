import { button, el } from '../dom.ts';

const ROWS = ['1234567890', 'qwertyuiop', 'asdfghjkl-', 'zxcvbnm,.?'];

type Written = HTMLInputElement | HTMLTextAreaElement;

/** A keyboard of buttons, for headsets that bring none. `target`: where its letters go. */
export function keyboard(target: () => Written | null, done: () => void): HTMLElement {
  let shift = false;
  const letters: HTMLButtonElement[] = [];
  const key = (label: string, press: () => void, kind = '') => {
    const made = button(label, press, `letter ${kind}`);
    made.tabIndex = -1; // a real keyboard needs no other one
    return made;
  };
  const cased = (letter: string) => (shift ? letter.toUpperCase() : letter);
  const toggle = () => {
    shift = !shift;
    for (const one of letters) one.textContent = cased(one.textContent!.toLowerCase());
  };
  const rows = ROWS.map((row) =>
    [...row].map((letter) => {
      const made = key(letter, () => write(target(), cased(letter)));
      letters.push(made);
      return made;
    }),
  );
  rows.push([
    key('⇧', toggle),
    key('space', () => write(target(), ' '), 'wide'),
    key('⌫', () => write(target(), null)),
    key('Enter', () => enter(target(), done), 'mid'),
  ]);
  const lines = rows.map((row) => el('div', { class: 'keyrow', attrs: { 'data-w': '' } }, ...row));
  return el('section', { class: 'panel keys' }, ...lines);
}

/** Puts a letter where the caret is; null takes the last one away. */
function write(field: Written | null, letter: string | null): void {
  if (!field) return;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  if (from === null || to === null)
    field.value = letter === null ? field.value.slice(0, -1) : field.value + letter; // a number's
  else if (letter !== null) field.setRangeText(letter, from, to, 'end');
  else field.setRangeText('', from === to ? Math.max(0, from - 1) : from, to, 'end');
  const inputType = letter === null ? 'deleteContentBackward' : 'insertText';
  field.dispatchEvent(new InputEvent('input', { bubbles: true, data: letter, inputType }));
}

/** Ends writing, and sends the form that one writes in. */
function enter(field: Written | null, done: () => void): void {
  field?.dispatchEvent(new Event('change', { bubbles: true }));
  const { form } = field ?? {};
  field?.blur();
  done();
  form?.requestSubmit();
}
