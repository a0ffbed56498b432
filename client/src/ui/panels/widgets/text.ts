import { el } from '../../dom.ts';
import { markdown } from '../markdown.ts';
import { textOf, type Make } from '../node.ts';

const LIVE_MS = 2000; // a screen reader is told no oftener

export const text: Make = (node) => {
  const root = el('p', { class: 'text', dir: 'auto' }, textOf(node, 'text'));
  if (!node['live']) {
    return { root, set: (props) => 'text' in props && put(root, textOf(props, 'text')) };
  }
  const voice = el('span', { class: 'visually-hidden', attrs: { role: 'status' } });
  const shown = el('span', { ariaHidden: 'true', dir: 'auto' }, textOf(node, 'text'));
  root.replaceChildren(shown, voice);
  let due: ReturnType<typeof setTimeout> | undefined;
  return {
    root,
    set: (props) => {
      if (!('text' in props)) return;
      put(shown, textOf(props, 'text'));
      due ??= setTimeout(() => {
        due = undefined;
        put(voice, shown.textContent);
      }, LIVE_MS);
    },
    dispose: () => clearTimeout(due),
  };
};

function put(element: HTMLElement, value: string): void {
  if (element.textContent !== value) element.textContent = value;
}

export const rich: Make = (node) => {
  const root = el('div', { class: 'rich', dir: 'auto' }, markdown(textOf(node, 'text')));
  return {
    root,
    set: (props) => 'text' in props && root.replaceChildren(markdown(textOf(props, 'text'))),
  };
};
