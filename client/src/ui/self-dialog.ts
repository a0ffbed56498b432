import type { Self } from '../net/memory.ts';
import { button, el, openDialog } from './dom.ts';
import { nameField } from './name-field.ts';
import { say } from './strings.ts';

/** Asks for name and avatar; `done` gets both. `drawn`: the figure is shown in 3D. */
export function openSelfDialog(self: Self, done: (self: Self) => void, drawn = true): void {
  let avatar = self.avatar ?? '';
  let { vrm } = self;
  const name = nameField(self.name);
  const place = el('div', { class: 'wardrobe' });
  const figure = drawn
    ? import('./wardrobe/figure.ts').then(({ drawnFigure }) => drawnFigure())
    : import('./wardrobe/flat.ts').then(({ flatFigure }) => flatFigure());
  void Promise.all([import('./wardrobe/wardrobe.ts'), figure]).then(([{ wardrobe }, shown]) =>
    place.replaceWith(
      wardrobe(
        avatar,
        (next) => (avatar = next),
        vrm,
        (next) => (vrm = next),
        shown,
      ),
    ),
  );
  const form = el(
    'form',
    { method: 'dialog' },
    el('label', {}, say.name, name),
    place,
    el('div', { class: 'row' }, el('button', { class: 'main' }, say.done)),
  );
  form.onsubmit = () => done({ name: name.value.trim(), avatar, vrm, state: 'chosen' });
  openDialog(say.changeSelf, say.close, form);
}

/** Asks for one line of text; resolves with null when it is dismissed. */
export function askText(title: string, label: string, submit: string): Promise<string | null> {
  return new Promise((resolve) => {
    const field = el('input', { required: true, maxLength: 60, autocomplete: 'off' });
    const form = el(
      'form',
      { method: 'dialog' },
      el('label', {}, label, field),
      el(
        'div',
        { class: 'row' },
        button(say.cancel, () => dialog.close()),
        el('button', { class: 'main' }, submit),
      ),
    );
    let answer: string | null = null;
    form.onsubmit = () => {
      answer = field.value.trim() || null;
    };
    const dialog = openDialog(title, say.close, form);
    dialog.addEventListener('close', () => resolve(answer));
    field.focus();
  });
}
