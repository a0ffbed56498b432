import { el } from '../../dom.ts';
import { newId, textOf, type Child, type Make, type Props } from '../node.ts';

const inOrder = (box: HTMLElement) => (children: readonly Child[]) => {
  const wanted = children.map(({ root }) => root);
  // What stands already is left alone: to move it would take the focus away.
  for (const [at, child] of wanted.entries()) {
    if (box.children[at] !== child) box.insertBefore(child, box.children[at] ?? null);
  }
  while (box.children.length > wanted.length) box.lastElementChild!.remove();
};

export const column: Make = () => {
  const root = el('div', { class: 'column' });
  return { root, set: () => undefined, place: inOrder(root) };
};

export const row: Make = () => {
  const root = el('div', { class: 'beside' });
  return { root, set: () => undefined, place: inOrder(root) };
};

export const group: Make = (node) => {
  const title = el('span', { dir: 'auto' });
  const inner = el('div', { class: 'column' });
  const set = (props: Props) => 'label' in props && (title.textContent = textOf(props, 'label'));
  if (!textOf(node, 'fold')) {
    const legend = el('legend', {}, title);
    set(node);
    return { root: el('fieldset', { class: 'group' }, legend, inner), set, place: inOrder(inner) };
  }
  const arrow = el('span', { class: 'arrow', ariaHidden: 'true' }, '▸');
  const root = el('details', { class: 'group' }, el('summary', {}, arrow, title), inner);
  root.ontoggle = () => (arrow.textContent = root.open ? '▾' : '▸');
  root.open = textOf(node, 'fold') === 'open';
  set(node);
  return { root, set, place: inOrder(inner) };
};

/** A tab's content; its label stands in the row of the tabs around it. */
export const tab: Make = () => {
  const root = el('div', { class: 'column', id: newId(), attrs: { role: 'tabpanel' } });
  return { root, set: () => undefined, place: inOrder(root) };
};

export const tabs: Make = (node) => {
  const bar = el('div', { class: 'tab-row', attrs: { role: 'tablist' } });
  const panes = el('div', { class: 'panes' });
  const place = inOrder(panes);
  let chosen = '';
  let shown: readonly Child[] = [];
  const pick = (id: string, focus = false) => {
    chosen = id;
    for (const [at, child] of shown.entries()) {
      const button = bar.children[at] as HTMLElement;
      const is = child.node.id === id;
      button.ariaSelected = String(is);
      button.tabIndex = is ? 0 : -1;
      child.root.hidden = !is;
      if (is && focus) button.focus({ preventScroll: true });
    }
  };
  bar.onkeydown = (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1, Home: -shown.length, End: shown.length }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    const turned = getComputedStyle(bar).direction === 'rtl' ? -way : way;
    const at = shown.findIndex((child) => child.node.id === chosen) + turned;
    const next = Math.abs(way) > 1 ? (way < 0 ? 0 : shown.length - 1) : at + shown.length;
    pick(shown[next % shown.length]!.node.id, true);
  };
  const set = (props: Props) => {
    if ('label' in props) bar.ariaLabel = textOf(props, 'label') || null;
  };
  set(node);
  return {
    root: el('div', { class: 'tabs' }, bar, panes),
    set,
    place: (children) => {
      shown = children;
      place(children);
      bar.replaceChildren(
        ...children.map(({ node: { id, ...props }, root }) => {
          const button = el('button', { type: 'button', id: newId(), dir: 'auto' });
          button.textContent = textOf(props, 'label');
          button.setAttribute('role', 'tab');
          button.setAttribute('aria-controls', root.id);
          root.setAttribute('aria-labelledby', button.id);
          button.onclick = () => pick(id);
          return button;
        }),
      );
      const still = children.some((child) => child.node.id === chosen);
      pick(still ? chosen : (children[0]?.node.id ?? ''));
    },
  };
};
