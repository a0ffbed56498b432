type Child = Node | string | null | undefined | false;
type Props<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], 'style' | 'children'>
> & {
  class?: string;
  attrs?: Record<string, string>;
};

/** Makes an element: properties, then children. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props<Tag> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const { class: name, attrs, ...rest } = props;
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attrs ?? {})) element.setAttribute(key, value);
  Object.assign(element, rest);
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

const PATHS = {
  chat: 'M4 5h16v11H9l-5 4z',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.500-6s6.500 2.400 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.500M17.500 14.300c2.400.700 4 2.800 4 5.700',
  menu: 'M4 7h16M4 12h16M4 17h16',
  history: 'M4 12a8 8 0 1 0 2.600-5.900M4 4v4.500h4.500M12 8v4.500l3 2',
  help: 'M9 9a3 3 0 1 1 4.500 2.600c-1 .600-1.500 1.200-1.500 2.400M12 17.500v.300',
  invite: 'M12 4v11M12 4l-4 4M12 4l4 4M5 13v7h14v-7',
  close: 'M6 6l12 12M18 6L6 18',
  left: 'M9 5L4 10l5 5M4 10h9a6 6 0 0 1 6 6v3',
  right: 'M15 5l5 5-5 5M20 10h-9a6 6 0 0 0-6 6v3',
  remove: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  shuffle:
    'M4 7h4l8 10h4M4 17h4l2.500-3M13.500 10L16 7h4M18 4.500L20.500 7 18 9.500M18 14.500l2.500 2.500-2.500 2.500',
  cube: 'M12 3l8 4.500v9L12 21l-8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9',
  check: 'M5 12.500l4.500 4.500L19 7',
} as const;

/** A line icon; it says nothing to a screen reader. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  return drawn(PATHS[name]);
}

/** A line icon by its path in a square of 24. */
export function drawn(d: string): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
}

/** A round button with an icon and a name for those who do not see it. */
export function iconButton(
  name: keyof typeof PATHS,
  label: string,
  press: () => void,
  kind = '',
): HTMLButtonElement {
  return el(
    'button',
    { type: 'button', class: `round ${kind}`, title: label, ariaLabel: label, onclick: press },
    icon(name),
  );
}

/** A plain button. */
export function button(label: string, press: () => void, kind = ''): HTMLButtonElement {
  return el('button', { type: 'button', class: kind, onclick: press }, label);
}

/** Opens a modal dialog with a title; it is gone when closed. */
export function openDialog(
  title: string,
  closeLabel: string,
  ...content: Child[]
): HTMLDialogElement {
  const id = `dialog-${title.replace(/\s+/g, '-')}`; // a space would part it into several ids
  const head = el('header', {}, el('h2', { id }, title));
  const dialog = el(
    'dialog',
    { class: 'card', lang: 'en', attrs: { 'aria-labelledby': id } },
    head,
    ...content,
  );
  head.append(iconButton('close', closeLabel, () => dialog.close()));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
