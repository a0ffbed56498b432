import { el, icon } from '../../dom.ts';
import { markdown } from '../markdown.ts';
import { textOf, type Make, type Props } from '../node.ts';
import { say } from '../strings.ts';

const LIVE_MS = 2000; // a screen reader is told no oftener

export const text: Make = (node) => {
  const root = el('p', { class: 'text', dir: 'auto' });
  const shown = el('span'); // the way it is written is the whole's: the first letter of it decides
  const word = el('strong', { hidden: true, dir: 'auto' });
  root.append(word, shown);
  let all: Props = {};
  const face = (props: Props) => {
    all = { ...all, ...props };
    const tone = toneOf(all);
    put(shown, textOf(all, 'text'));
    if (tone !== root.dataset['tone'] || 'label' in props) wear(root, word, all);
    return tone ? `${word.textContent} ${shown.textContent}` : shown.textContent;
  };
  face(node);
  if (!node['live']) return { root, set: face };
  const voice = el('span', { class: 'visually-hidden', attrs: { role: 'status' } });
  word.ariaHidden = shown.ariaHidden = 'true';
  root.append(voice);
  let due: ReturnType<typeof setTimeout> | undefined;
  return {
    root,
    set: (props) => {
      face(props);
      due ??= setTimeout(() => {
        due = undefined;
        put(voice, face({}));
      }, LIVE_MS);
    },
    dispose: () => clearTimeout(due),
  };
};

/** How a text is meant; undefined: as any other. */
function toneOf(props: Props): 'good' | 'bad' | undefined {
  const tone = textOf(props, 'tone');
  return tone === 'good' || tone === 'bad' ? tone : undefined;
}

/** Lets a text look as it is meant: by its colour, by a sign, and by a word. */
function wear(root: HTMLElement, word: HTMLElement, props: Props): void {
  const tone = toneOf(props);
  word.hidden = tone === undefined;
  if (tone) root.dataset['tone'] = tone;
  else delete root.dataset['tone'];
  const label = tone && (textOf(props, 'label') || say.tones[tone]);
  word.replaceChildren(...(tone ? [icon(tone === 'good' ? 'check' : 'close'), `${label}. `] : []));
}

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
