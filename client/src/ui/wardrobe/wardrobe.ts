import '../css/wardrobe.css';
import { oklch } from '../../view/oklch.ts';
import {
  type Choice,
  decodeAvatar,
  encodeAvatar,
  type FieldKey,
  lchOf,
  randomAvatar,
} from '../../world/avatar.ts';
import { FIELDS, PRESETS } from '../../world/wardrobe.generated.ts';
import { button, el } from '../dom.ts';
import { say } from '../strings.ts';
import { own } from './own.ts';
import { words } from './strings.ts';
import { PRESET_NAMES, TITLES } from './titles.generated.ts';

const TABS: readonly (readonly [title: string, keys: readonly FieldKey[]])[] = [
  ['Body', ['skin', 'face', 'eyes', 'height', 'build', 'frame']],
  ['Hair', ['hair', 'hair_color', 'beard', 'glasses', 'hat', 'hat_color']],
  ['Clothes', ['top', 'top_color', 'trim_color', 'bottom', 'bottom_color']],
  ['Shoes and more', ['shoes', 'shoes_color', 'extra', 'extra_color']],
];

/** How a figure looks, beside what is chosen about it. */
export interface Shown {
  readonly root: HTMLElement;
  show(code: string): void;
  /** Shows a VRM in place of the figure, or the figure again. */
  own(file: Blob | null): void;
  /** Shows the VRM that is worn. */
  recall(sha256: string): void;
}

/**
 * Everything that can be chosen about a figure, and a body of one's own in its place, beside how it
 * looks; tells every change.
 */
export function wardrobe(
  code: string,
  change: (code: string) => void,
  vrm: string,
  changeOwn: (vrm: string) => void,
  figure: Shown,
): HTMLElement {
  let choice = decodeAvatar(code);
  const fields = el('div', { class: 'fields' });
  const pick = (next: Choice, again: boolean) => {
    choice = next;
    const chosen = encodeAvatar(choice);
    figure.show(chosen);
    change(chosen);
    if (again) open(tab);
  };
  let tab = 0;
  const titles = [...TABS.map(([title]) => title), words.tab];
  const tabs = titles.map((title, at) => button(title, () => open(at), 'tab'));
  const mine = own(vrm, (next, file) => {
    changeOwn(next);
    figure.own(file);
  });
  const open = (at: number) => {
    tab = at;
    tabs.forEach((one, i) => (one.ariaPressed = String(i === at)));
    const keys = TABS[at]?.[1];
    const made = keys?.map((key) => field(key, choice, (next) => pick(next, false)));
    fields.replaceChildren(...(made ?? [mine]));
  };
  const presets = PRESETS.map((preset, at) =>
    button(PRESET_NAMES[at]!, () => pick(decodeAvatar(preset), true), 'chip'),
  );
  const any = button(say.anyFigure, () => pick(decodeAvatar(randomAvatar()), true), 'chip');
  figure.show(encodeAvatar(choice));
  if (vrm) figure.recall(vrm);
  open(vrm ? TABS.length : 0);
  return el(
    'div',
    { class: 'wardrobe' },
    figure.root,
    el(
      'div',
      { class: 'choices' },
      group('chips', say.figures, [...presets, any]),
      group('tabs', say.parts, tabs),
      fields,
    ),
  );
}

function group(kind: string, label: string, inside: readonly HTMLElement[]): HTMLElement {
  return el('div', { class: kind, attrs: { role: 'group', 'aria-label': label } }, ...inside);
}

function field(key: FieldKey, now: Choice, done: (next: Choice) => void): HTMLElement {
  const [, choices, , palette] = FIELDS.find(([name]) => name === key)! as (typeof FIELDS)[3];
  const { title, names } = TITLES[key] as { title: string; names: readonly string[] };
  const take = (at: number) => {
    now[key] = at;
    done({ ...now });
  };
  if (!palette && names.length === 0) {
    const range = el('input', { type: 'range', min: '0', max: `${choices - 1}` });
    range.value = `${now[key]}`;
    range.oninput = () => take(Number(range.value));
    return el('label', { class: 'measure' }, title, range);
  }
  const radios = Array.from({ length: choices }, (_, at) => {
    const radio = el('input', { type: 'radio', name: key, checked: now[key] === at });
    radio.onchange = () => take(at);
    if (!palette) return el('label', { class: 'chip' }, radio, names[at]!);
    radio.className = 'swatch';
    radio.ariaLabel = `${title} ${at + 1}`;
    const color = oklch(...lchOf({ ...now, [key]: at }, key)).getHexString();
    radio.style.setProperty('--swatch', `#${color}`);
    return radio;
  });
  return el('fieldset', {}, el('legend', {}, title), ...radios);
}
