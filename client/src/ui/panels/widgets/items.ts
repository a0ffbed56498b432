import { button, el } from '../../dom.ts';
import { listOf, textOf, type Desk, type Make, type Node, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { Note } from './bind.ts';
import { pictureOf } from './media.ts';

interface Item {
  readonly title: string;
  readonly key: string;
  readonly text?: string;
  readonly label?: string;
  readonly image?: string | Uint8Array;
}

const STEP = 200; // so many stand in the page before one asks for more
const ITEMS_MAX = 10_000;

export const list: Make = (node, desk) => items(node, desk, 'items');
export const cards: Make = (node, desk) => items(node, desk, 'cards');

function items(node: Node, desk: Desk, kind: 'items' | 'cards') {
  const box = el('ul', { class: kind, attrs: { role: 'list' } });
  const caption = el('p', { class: 'caption', hidden: true, dir: 'auto' });
  const note = new Note();
  const more = button('', () => {
    most += STEP;
    draw();
  });
  let all: readonly Item[] = [];
  let pressed = false;
  let window = ITEMS_MAX;
  let most = STEP;
  const press = async (key: string) => {
    const refusal = await desk.press(node.id, key);
    note.tell(null);
    if (refusal) note.hear({ error: refusal });
  };
  const draw = () => {
    const shown = all.slice(0, most).map((item) => el('li', {}, ...face(item, pressed, press)));
    box.replaceChildren(...(shown.length ? shown : [el('li', { class: 'dim' }, say.empty)]));
    more.hidden = all.length <= most;
    more.textContent = say.more(all.length - most);
  };
  const set = (props: Props) => {
    if ('label' in props) {
      box.ariaLabel = textOf(props, 'label') || null;
      caption.textContent = textOf(props, 'label');
      caption.hidden = !caption.textContent;
    }
    if ('pressed' in props) pressed = Boolean(props['pressed']);
    if ('window' in props) window = (props['window'] as number | undefined) ?? ITEMS_MAX;
    if ('data' in props) all = listOf<Item>(props, 'data');
    if ('append' in props) all = [...all, ...listOf<Item>(props, 'append')].slice(-window);
    if (['data', 'append', 'pressed'].some((name) => name in props)) draw();
  };
  set({ data: [], ...node });
  return { root: el('div', { class: 'listing' }, caption, box, more, note.root), set };
}

function face(item: Item, pressed: boolean, press: (key: string) => void): HTMLElement[] {
  const title = el('span', { class: 'title', dir: 'auto' }, item.title);
  const text = item.text ? el('span', { class: 'body', dir: 'auto' }, item.text) : null;
  const image = item.image === undefined ? null : pictureOf(item.image, '');
  const words = el('span', { class: 'words' }, title, text);
  if (!pressed) return image ? [image, words] : [words];
  const whole = button('', () => press(item.key), 'item-press');
  const does = item.label ? el('span', { class: 'does', dir: 'auto' }, item.label) : null;
  whole.append(...[image, words, does].filter((part) => part !== null));
  return [whole];
}
