import '../css/access.css';
import { button, el } from '../dom.ts';
import { words, type Spans } from './words.ts';

/** A select of titled values. */
export function choice(
  options: readonly (readonly [string, string])[],
  chosen: string,
): HTMLSelectElement {
  const select = el('select', {}, ...options.map(([value, title]) => new Option(title, value)));
  select.value = chosen;
  return select;
}

/** A select of spans of time; an empty value is one without an end. */
export const spanChoice = (spans: Spans, chosen: number | null) =>
  choice(
    spans.map(([title, seconds]) => [String(seconds ?? ''), title] as const),
    String(chosen ?? ''),
  );

/** What a select of spans says: seconds, or nothing for no end. */
export const secondsOf = (select: HTMLSelectElement): { seconds?: number } =>
  select.value ? { seconds: Number(select.value) } : {};

/** A field under its name. */
export const named = (label: string, field: HTMLElement, hint = '') =>
  el('label', {}, label, field, hint ? el('span', { class: 'aside' }, hint) : null);

/** A part of a dialog, with its own heading. */
export const part = (title: string, ...content: (Node | null)[]) =>
  el('section', { class: 'stack', ariaLabel: title }, el('h3', {}, title), ...content);

/** A form that opens by a button-like line, so that lists stay short. */
export function folded(title: string, submit: () => void, ...fields: Node[]): HTMLElement {
  const form = el(
    'form',
    { ariaLabel: title },
    ...fields,
    el('button', { class: 'main' }, title),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    submit();
  };
  return el('details', { class: 'fold' }, el('summary', {}, title), form);
}

/** One line of a list: what it is, what is to know of it, and how to end it. */
export function row(
  title: Node | string,
  facts: readonly string[],
  end: HTMLButtonElement,
): HTMLElement {
  return el(
    'li',
    {},
    el(
      'div',
      {},
      el('b', { dir: 'auto' }, title),
      el('p', { class: 'dim' }, facts.filter(Boolean).join(' · ')),
    ),
    end,
  );
}

/** A list, or that there is nothing. */
export const listOf = (rows: HTMLElement[]) =>
  rows.length ? el('ul', {}, ...rows) : el('p', { class: 'dim' }, words.none);

/** A small button that ends something; its long name says what. */
export function ender(label: string, name: string, press: () => void): HTMLButtonElement {
  const found = button(label, press, 'danger');
  found.ariaLabel = name;
  return found;
}

/** A secret that is shown once, with a way to take it along. */
export function secret(title: string, value: string): HTMLElement {
  const field = el('input', { value, readOnly: true, ariaLabel: title, spellcheck: false });
  // Backwards: so that its beginning stays in sight.
  field.onfocus = () => field.setSelectionRange(0, value.length, 'backward');
  const copy = button(words.copy, () => void copyFrom(field, copy), 'main');
  return el(
    'div',
    { class: 'secret', attrs: { role: 'status' } },
    el('p', {}, el('b', {}, title), ` ${words.once}`),
    el('div', { class: 'taking' }, field, copy),
  );
}

/** Puts a field's text where one pastes from, and says so on the button. */
export async function copyFrom(field: HTMLInputElement, said: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select(); // pages without https may not write the clipboard by themselves
    document.execCommand('copy');
  }
  said.textContent = words.copied;
}

/** When something ends, in the reader's own way of writing it. */
export const ends = (at_us: number) =>
  at_us
    ? words.until(
        new Date(at_us / 1000).toLocaleString(undefined, {
          dateStyle: 'medium',
          timeStyle: 'short',
        }),
      )
    : words.forEver;
