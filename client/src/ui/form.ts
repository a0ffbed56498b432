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
  minItems?: number;
  maxItems?: number;
  prefixItems?: Schema[];
  items?: Schema | boolean;
  anyOf?: Schema[];
  $ref?: string;
}

/** A control for one argument, and what is in it; undefined where it is left empty. */
export interface Field {
  element: HTMLElement;
  read(): unknown;
}

/** The controls that a panel makes of elements of its own, as it must be painted in a headset. */
export interface Makers {
  choice(label: string, options: unknown[], chosen: unknown): Field;
  toggle(label: string, checked: boolean): Field;
}

/** Controls for some of an action's arguments, and what is in all of them. */
export interface Fields {
  elements: HTMLElement[];
  read(): Record<string, unknown>;
}

const NUMBERS_MAX = 4;

/** The arguments that an action still needs, by name. */
export function missingArguments(action: ActionRow, given: Record<string, unknown>): string[] {
  const properties = (action.schema['properties'] ?? {}) as Record<string, Schema>;
  return Object.keys(properties).filter((name) => !(name in given));
}

/** Controls for arguments of an action, made from its JSON Schema. */
export function argumentFields(
  action: ActionRow,
  names: readonly string[],
  makers: Makers = { choice, toggle },
): Fields {
  const properties = (action.schema['properties'] ?? {}) as Record<string, Schema>;
  const required = new Set((action.schema['required'] ?? []) as string[]);
  const fields = names.map(
    (name) => [name, fieldFor(name, properties[name]!, required.has(name), makers)] as const,
  );
  return {
    elements: fields.map(([, { element }]) => element),
    read: () => {
      const entries = fields.map(([name, field]) => [name, field.read()] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    },
  };
}

/** Asks for an action's missing arguments by a form from its JSON Schema; null when dismissed. */
export function askArguments(
  title: string,
  action: ActionRow,
  names: readonly string[],
): Promise<Record<string, unknown> | null> {
  const fields = argumentFields(action, names);
  return new Promise((resolve) => {
    let answer: Record<string, unknown> | null = null;
    const form = el(
      'form',
      { method: 'dialog' },
      action.doc ? el('p', { class: 'dim' }, action.doc.split('\n')[0]!) : null,
      ...fields.elements,
      el(
        'div',
        { class: 'row' },
        button(say.cancel, () => dialog.close()),
        el('button', { class: 'main' }, say.done),
      ),
    );
    form.onsubmit = () => {
      answer = fields.read();
    };
    const dialog = openDialog(title, say.close, form);
    dialog.addEventListener('close', () => resolve(answer));
    dialog.querySelector<HTMLElement>('form input, form textarea, form select')?.focus();
  });
}

function fieldFor(name: string, schema: Schema, required: boolean, makers: Makers): Field {
  const label =
    schema.title ?? name.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
  const plain = schema.anyOf?.find((option) => option.type !== 'null') ?? schema;
  const type = Array.isArray(plain.type) ? plain.type.find((one) => one !== 'null') : plain.type;
  const whole = { ...plain, default: schema.default };
  if (plain.enum) return makers.choice(label, plain.enum, schema.default);
  if (type === 'boolean') return makers.toggle(label, schema.default === true);
  if (type === 'number' || type === 'integer') return number(label, whole, type, required);
  const count = plain.prefixItems?.length ?? plain.maxItems ?? 0;
  if (type === 'array' && count > 0 && count <= NUMBERS_MAX && plain.minItems === count)
    return numbers(label, whole, count, required);
  return text(label, whole, required, type === 'array' || type === 'object');
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
  const field = numberInput(schema.default, required, type);
  if (schema.minimum !== undefined) field.min = String(schema.minimum);
  if (schema.maximum !== undefined) field.max = String(schema.maximum);
  return {
    element: el('label', {}, label, field),
    read: () => (field.value === '' ? undefined : Number(field.value)),
  };
}

function numberInput(value: unknown, required: boolean, type = 'number'): HTMLInputElement {
  return el('input', {
    type: 'number',
    step: type === 'integer' ? '1' : 'any',
    required,
    value: value === undefined || value === null ? '' : String(value),
  });
}

/** A few numbers that belong together, such as a position. */
function numbers(label: string, schema: Schema, count: number, required: boolean): Field {
  const given = Array.isArray(schema.default) ? (schema.default as unknown[]) : [];
  const inputs = Array.from({ length: count }, (_, at) => {
    const input = numberInput(given[at], required);
    input.ariaLabel = `${label} ${at + 1}`;
    return input;
  });
  return {
    element: el('fieldset', { class: 'numbers' }, el('legend', {}, label), ...inputs),
    read: () => {
      const values = inputs.map(({ value }) => value);
      return values.every((value) => value === '') ? undefined : values.map(Number);
    },
  };
}

function text(label: string, schema: Schema, required: boolean, structured: boolean): Field {
  const plain = typeof schema.default === 'string' ? schema.default : '';
  const value = structured && schema.default ? JSON.stringify(schema.default) : plain;
  const long = (schema.maxLength ?? 60) > 120 || structured;
  const field = long
    ? el('textarea', { value, required, rows: 3, dir: 'auto' })
    : el('input', { value, required, autocomplete: 'off', dir: 'auto' });
  if (schema.maxLength !== undefined) field.maxLength = schema.maxLength;
  return {
    element: el('label', {}, label, field),
    read: () => {
      if (field.value === '' && !required) return undefined;
      return structured ? parsed(field.value) : field.value;
    },
  };
}

/** What a text says as JSON; the text itself where it is none, for the server to explain. */
function parsed(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}
