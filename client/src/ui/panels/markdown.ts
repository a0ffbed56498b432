import { el } from '../dom.ts';

// A safe part of Markdown: it builds nodes and never sets HTML. Blocks: headings, lists, rules,
// quotes, code and paragraphs; inside them bold, italic, code and links to http addresses.
const INLINE = /\*\*(.+?)\*\*|__(.+?)__|\*(.+?)\*|`([^`]+)`|\[([^\]]+)\]\(([^()\s]+)\)/g;
const DEPTH_MAX = 4;
const HEADING_FROM = 2; // the panel's title is an h2

type Block = 'ul' | 'ol' | 'pre' | 'p' | 'other';

/** Turns a text in Markdown into nodes. */
export function markdown(text: string): DocumentFragment {
  const all = document.createDocumentFragment();
  let block: HTMLElement | null = null;
  let kind: Block = 'other';
  const open = (next: Block, make: () => HTMLElement) => {
    if (kind !== next || block === null) {
      block = make();
      all.append(block);
    }
    kind = next;
    return block;
  };
  let fenced = false;
  for (const line of text.split('\n')) {
    if (/^```/.test(line)) {
      fenced = !fenced;
      kind = 'other';
    } else if (fenced) {
      open('pre', () => el('pre', {}, el('code'))).firstElementChild!.append(`${line}\n`);
    } else if (!line.trim()) kind = 'other';
    else kind = plain(line, all, open);
  }
  return all;
}

function plain(
  line: string,
  all: DocumentFragment,
  open: (next: Block, make: () => HTMLElement) => HTMLElement,
): Block {
  const heading = /^(#{1,4}) +(.*)/.exec(line);
  const bullet = /^ *[-*] +(.*)/.exec(line);
  const number = /^ *\d+[.)] +(.*)/.exec(line);
  const quote = /^> ?(.*)/.exec(line);
  if (heading) {
    const level = heading[1]!.length + HEADING_FROM;
    all.append(filled(el(`h${level}` as 'h3', { dir: 'auto' }), heading[2]!));
  } else if (/^(-{3,}|\*{3,})$/.test(line.trim())) all.append(el('hr'));
  else if (quote) all.append(el('blockquote', {}, filled(el('p', { dir: 'auto' }), quote[1]!)));
  else if (bullet) {
    const list = open('ul', () => el('ul', { attrs: { role: 'list' } }));
    list.append(item('•', bullet[1]!));
    return 'ul';
  } else if (number) {
    const list = open('ol', () => el('ol', { attrs: { role: 'list' } }));
    list.append(item(`${list.childElementCount + 1}.`, number[1]!));
    return 'ol';
  } else {
    const paragraph = open('p', () => el('p', { dir: 'auto' }));
    if (paragraph.hasChildNodes()) paragraph.append(' ');
    filled(paragraph, line.trim());
    return 'p';
  }
  return 'other';
}

/** A list's item with a mark of its own: the browser's cannot be painted into a headset. */
function item(mark: string, text: string): HTMLElement {
  // The direction stands on the item alone: one inside would hide the text from it.
  const body = filled(el('span', { class: 'item-text' }), text);
  return el('li', { dir: 'auto' }, el('span', { class: 'mark', ariaHidden: 'true' }, mark), body);
}

function filled<E extends HTMLElement>(into: E, text: string, depth = 0): E {
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    into.append(text.slice(at, found.index));
    at = found.index + found[0].length;
    const [, bold, strong, italic, code, label, address] = found;
    if (code !== undefined) into.append(el('code', {}, code));
    else if (label !== undefined) into.append(link(label, address!));
    else {
      const inner = bold ?? strong ?? italic!;
      const element = el(italic === undefined ? 'strong' : 'em');
      into.append(depth < DEPTH_MAX ? filled(element, inner, depth + 1) : inner);
    }
  }
  into.append(text.slice(at));
  return into;
}

function link(label: string, address: string): HTMLElement | string {
  if (!URL.canParse(address, location.href)) return label;
  const url = new URL(address, location.href);
  if (!/^https?:$/.test(url.protocol)) return label;
  const away = url.origin !== location.origin;
  return el(
    'a',
    { href: url.href, rel: 'noopener noreferrer', target: away ? '_blank' : '' },
    label,
  );
}
