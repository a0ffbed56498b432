import { el } from '../../dom.ts';
import { newId, numberOf, textOf, type Make, type Props } from '../node.ts';
import { shortNumber, withUnit } from './bind.ts';

/** A bar whose filled part is an element of its own, over the native one that is read aloud. */
function bar<E extends HTMLElement>(native: E) {
  const fill = el('i', { class: 'fill', ariaHidden: 'true' });
  const label = el('label', { htmlFor: native.id, dir: 'auto' });
  const output = el('span', { class: 'value' });
  const root = el('span', { class: 'gauge' }, fill, native);
  return {
    root: el('div', { class: 'line' }, label, output, root),
    fill,
    label,
    output,
    bar: root,
  };
}

export const progress: Make = (node) => {
  const native = el('progress', { id: newId(), max: 1 });
  const parts = bar(native);
  const set = (props: Props) => {
    if ('label' in props) parts.label.textContent = textOf(props, 'label');
    if (!('value' in props)) return;
    const value = numberOf(props, 'value', null);
    const share = Math.min(1, Math.max(0, value ?? 0));
    if (value === null) native.removeAttribute('value');
    else native.value = share;
    parts.bar.classList.toggle('open', value === null);
    parts.fill.style.width = value === null ? '100%' : `${share * 100}%`;
    parts.output.textContent = value === null ? '…' : `${Math.round(share * 100)} %`;
  };
  set({ value: null, ...node });
  return { root: parts.root, set };
};

export const meter: Make = (node) => {
  const native = el('meter', { id: newId() });
  const parts = bar(native);
  let all: Props = node;
  const set = (props: Props) => {
    all = { ...all, ...props };
    const [min, max] = [numberOf(all, 'min', 0), numberOf(all, 'max', 1)];
    const value = numberOf(all, 'value', min);
    parts.label.textContent = textOf(all, 'label');
    native.min = min;
    native.max = max;
    for (const [prop, name] of [
      ['low', 'low'],
      ['high', 'high'],
      ['best', 'optimum'],
    ] as const) {
      const edge = numberOf(all, prop, null);
      if (edge === null) native.removeAttribute(name);
      else native.setAttribute(name, String(edge));
    }
    native.value = value;
    const share = max > min ? Math.min(1, Math.max(0, (value - min) / (max - min))) : 0;
    parts.fill.style.width = `${share * 100}%`;
    parts.bar.dataset['state'] = stateOf(all, value, min, max);
    parts.output.textContent = withUnit(shortNumber(value), textOf(all, 'unit'));
    native.setAttribute('aria-valuetext', parts.output.textContent);
  };
  set(node);
  return { root: parts.root, set };
};

/** How well it stands, as HTML's meter decides: in the part of the best value, or how near. */
function stateOf(all: Props, value: number, min: number, max: number): 'good' | 'fair' | 'bad' {
  const low = numberOf(all, 'low', min);
  const high = numberOf(all, 'high', max);
  const best = numberOf(all, 'best', (low + high) / 2);
  const partOf = (x: number) => (x < low ? 0 : x > high ? 2 : 1);
  const away = Math.abs(partOf(value) - partOf(best));
  return away === 0 ? 'good' : away === 1 ? 'fair' : 'bad';
}
