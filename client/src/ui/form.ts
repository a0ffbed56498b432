import type { ActionRow } from '../net/wire.generated.ts';
import { button, el, openDialog } from './dom.ts';
import { say } from './strings.ts';

interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minLength?: number;
  anyOf?: Schema[];
  $ref?: string;
}

interface Field {
  element: HTMLElement;
  read(): unknown;
}

/** The arguments that an action still needs, by name. */
export function missingArguments(action: ActionRow, given: Record<string, unknown>): string[] {
  const properties = (action.schema['properties'] ?? {}) as Record<string, Schema>;
  return Object.keys(properties).filter((name) => !(name in given));
}

/** Asks for an action's missing arguments by a form from its JSON Schema; null when dismissed. */
export function askArguments(
  title: string,
  action: ActionRow,
  names: readonly string[],
): Promise<Record<string, unknown> | null> {
  const properties = (action.schema['properties'] ?? {}) as Record<string, Schema>;
  const required = new Set((action.schema['required'] ?? []) as string[]);
  const fields = names.map(
    (name) => [name, fieldFor(name, properties[name]!, required.has(name))] as const,
  );
  return new Promise((resolve) => {
    let answer: Record<string, unknown> | null = null;
    const form = el(
      'form',
      { method: 'dialog' },
      action.doc ? el('p', { class: 'dim' }, action.doc.split('\n')[0]!) : null,
      ...fields.map(([, field]) => field.element),
      el(
        'div',
        { class: 'row' },
        button(say.cancel, () => dialog.close()),
        el('button', { class: 'main' }, say.done),
      ),
    );
    form.onsubmit = () => {
      const entries = fields.map(([name, field]) => [name, field.read()] as const);
      answer = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    };
    const dialog = openDialog(title, say.close, form);
    dialog.addEventListener('close', () => resolve(answer));
    dialog.querySelector<HTMLElement>('form input, form textarea, form select')?.focus();
  });
}

function fieldFor(name: string, schema: Schema, required: boolean): Field {
  const label =
    schema.title ?? name.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
  const plain = schema.anyOf?.find((option) => option.type !== 'null') ?? schema;
  const type = Array.isArray(plain.type) ? plain.type.find((one) => one !== 'null') : plain.type;
  if (plain.enum) return choice(label, plain.enum, schema.default);
  if (type === 'boolean') return toggle(label, schema.default === true);
  if (type === 'number' || type === 'integer')
    return number(label, { ...plain, default: schema.default }, type, required);
  return text(label, { ...plain, default: schema.default }, required);
}

function choice(label: string, options: unknown[], chosen: unknown): Field {
  const select = el('select', {}, ...options.map((option) => el('option', {}, String(option))));
  select.selectedIndex = Math.max(0, options.indexOf(chosen));
  return { element: el('label', {}, label, select), read: () => options[select.selectedIndex] };
}

function toggle(label: string, checked: boolean): Field {
  const box = el('input', { type: 'checkbox', checked });
  return { element: el('label', {}, label, box), read: () => box.checked };
}

function number(label: string, schema: Schema, type: string, required: boolean): Field {
  const field = el('input', {
    type: 'number',
    step: type === 'integer' ? '1' : 'any',
    required,
    value: schema.default === undefined || schema.default === null ? '' : String(schema.default),
  });
  if (schema.minimum !== undefined) field.min = String(schema.minimum);
  if (schema.maximum !== undefined) field.max = String(schema.maximum);
  return {
    element: el('label', {}, label, field),
    read: () => (field.value === '' ? undefined : Number(field.value)),
  };
}

function text(label: string, schema: Schema, required: boolean): Field {
  const value = typeof schema.default === 'string' ? schema.default : '';
  const long = (schema.maxLength ?? 60) > 120;
  const field = long
    ? el('textarea', { value, required, rows: 3, dir: 'auto' })
    : el('input', { value, required, autocomplete: 'off', dir: 'auto' });
  if (schema.maxLength !== undefined) field.maxLength = schema.maxLength;
  return {
    element: el('label', {}, label, field),
    read: () => (field.value === '' && !required ? undefined : field.value),
  };
}
