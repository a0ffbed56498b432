// What stands in a field has no nodes to ask where its lines break. The browser lays the same text
// out in a box of our own, out of sight, and tells it there: every script breaks as on the page.

/** A line as it is broken, from the upper left corner of the place that a field has for text. */
export interface Row {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly h: number;
  readonly rtl: boolean;
}

/** The lines of a text, how high they are together, and where its caret stands. */
export interface Laid {
  readonly rows: readonly Row[];
  readonly high: number;
  readonly caret: { readonly x: number; readonly y: number; readonly h: number } | null;
}

const COPIED = [
  'direction',
  'fontFamily',
  'fontFeatureSettings',
  'fontSize',
  'fontStyle',
  'fontVariantNumeric',
  'fontWeight',
  'letterSpacing',
  'lineBreak',
  'lineHeight',
  'tabSize',
  'textAlign',
  'unicodeBidi',
  'wordBreak',
  'wordSpacing',
] as const;
const NOTHING = '\u200b'; // so that an empty line is as high as others
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const box = document.createElement('div');
const range = document.createRange();
Object.assign(box.style, {
  position: 'fixed',
  left: '0',
  top: '0',
  visibility: 'hidden',
  overflowWrap: 'break-word',
});
box.ariaHidden = 'true';

/**
 * Lays out a text as a field of this style and width does, in CSS pixels. `broken`: into as many
 * lines as it needs; else it is one line. `at`: where the caret stands in it, or null.
 */
export function laidOut(
  text: string,
  style: CSSStyleDeclaration,
  width: number,
  broken: boolean,
  at: number | null,
): Laid {
  for (const name of COPIED) box.style[name] = style[name];
  box.style.width = `${width}px`;
  box.style.whiteSpace = broken ? 'pre-wrap' : 'pre';
  const paragraphs = (broken ? text.split('\n') : [text]).map((words) => new Text(words + NOTHING));
  box.replaceChildren(
    ...paragraphs.map((words) => {
      const paragraph = document.createElement('div');
      paragraph.style.unicodeBidi = style.unicodeBidi;
      paragraph.append(words);
      return paragraph;
    }),
  );
  document.documentElement.append(box); // beside the body, whose own children are watched
  const rows = paragraphs.flatMap((words) => rowsOf(words, style));
  const caret = at === null ? null : caretIn(paragraphs, at);
  const high = box.getBoundingClientRect().height;
  box.remove();
  box.replaceChildren();
  return { rows, high, caret };
}

function rowsOf(words: Text, style: CSSStyleDeclaration): Row[] {
  const plain = words.data.slice(0, -NOTHING.length);
  const rows: Row[] = [];
  const rtl = isRtl(plain, style);
  for (let start = 0; start < plain.length; ) {
    const end = Math.min(endOf(words, start), plain.length);
    const text = plain.slice(start, end).trimEnd(); // spaces hang over an edge, or have no width
    if (text) {
      const { left, top, height } = around(words, start, start + text.length);
      rows.push({ text, x: left, y: top, h: height, rtl });
    }
    start = end;
  }
  return rows;
}

/** Which way a paragraph runs: its own first letter decides where the field leaves it to that. */
function isRtl(text: string, style: CSSStyleDeclaration): boolean {
  const first = style.unicodeBidi === 'plaintext' ? /\p{L}/u.exec(text) : null;
  return first ? RIGHT_TO_LEFT.test(first[0]) : style.direction === 'rtl';
}

/** Where the line ends that begins at a letter: after the last one that stands as high. */
function endOf(words: Text, start: number): number {
  const top = around(words, start, start + 1).top + 1;
  let [low, high] = [start + 1, words.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (around(words, middle - 1, middle).top <= top) low = middle;
    else high = middle - 1;
  }
  return low;
}

function caretIn(paragraphs: readonly Text[], at: number): Laid['caret'] {
  let left = at;
  let words = paragraphs[0]!;
  for (words of paragraphs) {
    if (left < words.length) break; // what counts for an empty line stands for its line's end
    left -= words.length;
  }
  const { left: x, top: y, height: h } = around(words, left, left);
  return { x, y, h };
}

/** The box of some letters, from the corner of ours; of none, the place between two. */
function around(words: Text, from: number, until: number): DOMRect {
  range.setStart(words, from);
  range.setEnd(words, until);
  const { left, top } = box.getBoundingClientRect();
  const rects = [...range.getClientRects()];
  const one = rects.at(-1) ?? range.getBoundingClientRect();
  if (from === until) return new DOMRect(one.left - left, one.top - top, 0, one.height);
  const x = Math.min(...(rects.length ? rects : [one]).map((rect) => rect.left));
  return new DOMRect(x - left, one.top - top, one.width, one.height);
}
