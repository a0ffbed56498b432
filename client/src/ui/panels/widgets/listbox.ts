import { el } from '../../dom.ts';
import { newId } from '../node.ts';
import { say } from '../strings.ts';

type Option = readonly [value: string, label: string];
const FILTER_MIN = 12;
const DRAWN_MAX = 200;

/**
 * One of many, inside the panel: a button shows what is chosen and opens a list of options. A
 * browser's own list would open outside of the page, where no headset can draw it.
 */
export function listbox(label: HTMLElement, choose: (value: string) => void) {
  const id = newId();
  const current = el('span', { dir: 'auto', id: newId() });
  const arrow = el('span', { class: 'arrow', ariaHidden: 'true' }, '▾');
  const opener = el(
    'button',
    {
      type: 'button',
      class: 'opener',
      ariaExpanded: 'false',
      attrs: {
        'aria-haspopup': 'listbox',
        'aria-controls': id,
        'aria-labelledby': `${label.id} ${current.id}`,
      },
    },
    current,
    arrow,
  );
  const filter = el('input', { type: 'text', placeholder: say.filter, ariaLabel: say.filter });
  const list = el('div', {
    id,
    class: 'options',
    attrs: { role: 'listbox', 'aria-labelledby': label.id },
  });
  const drop = el('div', { class: 'drop', hidden: true }, filter, list);
  const root = el('div', { class: 'listbox' }, opener, drop);
  let options: readonly Option[] = [];
  let value = '';

  const draw = () => {
    const wanted = filter.value.trim().toLowerCase();
    const fitting = options.filter(([, shown]) => shown.toLowerCase().includes(wanted));
    list.replaceChildren(
      ...fitting.slice(0, DRAWN_MAX).map(([option, shown]) => {
        const chosen = option === value;
        const pick = el(
          'button',
          { type: 'button', dir: 'auto', tabIndex: chosen ? 0 : -1 },
          shown,
        );
        pick.setAttribute('role', 'option');
        pick.ariaSelected = String(chosen);
        pick.onclick = () => {
          show(option);
          open(false);
          choose(option);
        };
        return pick;
      }),
    );
    if (list.firstElementChild && !list.querySelector('[tabindex="0"]'))
      (list.firstElementChild as HTMLElement).tabIndex = 0;
  };
  const show = (next: string) => {
    value = next;
    current.textContent = options.find(([option]) => option === next)?.[1] ?? next;
    if (!drop.hidden) draw();
  };
  const open = (is: boolean) => {
    drop.hidden = !is;
    opener.ariaExpanded = String(is);
    arrow.textContent = is ? '▴' : '▾';
    if (!is) {
      opener.focus({ preventScroll: true });
      return;
    }
    filter.value = '';
    filter.hidden = options.length < FILTER_MIN;
    draw();
    const chosen = list.querySelector<HTMLElement>('[tabindex="0"]');
    chosen?.focus({ preventScroll: true });
    if (chosen) list.scrollTop = chosen.offsetTop - list.clientHeight / 2;
  };
  opener.onclick = () => open(Boolean(drop.hidden));
  filter.oninput = draw;
  root.onkeydown = (event) => {
    if (drop.hidden) {
      if (event.key !== 'ArrowDown') return;
      open(true);
    } else if (event.key === 'Escape') open(false);
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') step(event.key === 'ArrowDown');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const step = (down: boolean) => {
    const all = [...list.children] as HTMLElement[];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = all[Math.min(all.length - 1, Math.max(0, at + (down ? 1 : -1)))];
    next?.focus();
  };
  return {
    root,
    show,
    fill: (next: readonly Option[]) => {
      options = next;
      show(value);
    },
    disable: (off: boolean): void => {
      opener.disabled = off;
      if (off && !drop.hidden) open(false);
    },
  };
}
