import { el } from './dom.ts';
import { say } from './strings.ts';

const NAME_MAX = 40;

/** A field for the name that others see. */
export function nameField(value: string): HTMLInputElement {
  return el('input', {
    value,
    maxLength: NAME_MAX,
    placeholder: say.namePlaceholder,
    attrs: { autocomplete: 'nickname' },
    spellcheck: false,
  });
}
