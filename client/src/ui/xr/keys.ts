import { button, el } from '../dom.ts';

const PAGES = [
  ['1234567890', 'qwertyuiop', 'asdfghjkl-', 'zxcvbnm,.?'],
  ["!'\"/:;@#()", '&+=*%_€$<>', 'äöüßåøæœçñ', 'áàâéèêëíóú'],
] as const;
const TURNS = ['#é!', 'abc'] as const; // what turns to the other page

type Written = HTMLInputElement | HTMLTextAreaElement;

/** A keyboard of buttons, for headsets that bring none. `target`: where its letters go. */
export function keyboard(target: () => Written | null, done: () => void): HTMLElement {
  let shift = false;
  let page = 0;
  const letters: HTMLButtonElement[][] = [];
  const key = (label: string, press: () => void, kind = '') => {
    const made = button(label, press, `letter ${kind}`);
    made.tabIndex = -1; // a real keyboard needs no other one
    return made;
  };
  const cased = (letter: string) => (shift && letter !== 'ß' ? letter.toUpperCase() : letter);
  const show = () => {
    for (const [row, keys] of letters.entries())
      for (const [at, one] of keys.entries()) one.textContent = cased(PAGES[page]![row]![at]!);
    other.textContent = TURNS[page]!;
  };
  const toggle = () => {
    shift = !shift;
    show();
  };
  const other = key(TURNS[0], () => {
    page = 1 - page;
    show();
  });
  for (const row of PAGES[0])
    letters.push(
      [...row].map((letter) => {
        const made = key(letter, () => write(target(), made.textContent));
        return made;
      }),
    );
  const rows = [
    ...letters,
    [
      key('⇧', toggle),
      other,
      key('space', () => write(target(), ' '), 'wide'),
      key('⌫', () => write(target(), null)),
      key('Enter', () => enter(target(), done), 'mid'),
      key('✓', () => end(target(), done)),
    ],
  ];
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

/** Begins another line where there can be more; else sends the form that one writes in. */
function enter(field: Written | null, done: () => void): void {
  if (field instanceof HTMLTextAreaElement) return write(field, '\n');
  const { form } = field ?? {};
  end(field, done);
  form?.requestSubmit();
}

/** Ends writing. */
function end(field: Written | null, done: () => void): void {
  field?.dispatchEvent(new Event('change', { bubbles: true }));
  field?.blur();
  done();
}
