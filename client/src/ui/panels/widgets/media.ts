import { el } from '../../dom.ts';
import { numberOf, repaint, textOf, type Make, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { rangeInput } from './slider.ts';

/** The address of an asset by its hash. */
function addressOf(source: string): string {
  return /^[0-9a-f]{64}$/.test(source) ? `/assets/${source}` : '';
}

/** A picture from an asset, or from a PNG's bytes; the bytes are let go when it is drawn. */
export function pictureOf(source: string | Uint8Array, alt: string): HTMLImageElement {
  const image = el('img', { alt, draggable: false, decoding: 'async' });
  showPicture(image, source);
  return image;
}

function showPicture(image: HTMLImageElement, source: unknown): void {
  if (!(source instanceof Uint8Array)) {
    image.src = addressOf(String(source ?? ''));
    return;
  }
  const url = URL.createObjectURL(new Blob([source.slice()], { type: 'image/png' }));
  image.onload = image.onerror = () => {
    URL.revokeObjectURL(url);
    repaint(image);
  };
  image.src = url;
}

export const image: Make = (node) => {
  const picture = el('img', { draggable: false });
  const set = (props: Props) => {
    if ('alt' in props) picture.alt = textOf(props, 'alt');
    if ('height' in props) {
      const height = numberOf(props, 'height', null);
      picture.style.height = height === null ? '' : `${height}px`;
    }
    if ('source' in props) showPicture(picture, props['source']);
  };
  set(node);
  return { root: el('figure', { class: 'picture' }, picture), set };
};

/** A film with controls of our own: a browser's own cannot be painted into a headset. */
export const video: Make = (node) => {
  const film = el('video', { playsInline: true, preload: 'metadata' });
  const cues = el('p', { class: 'cues', hidden: true, dir: 'auto' });
  const caption = el('figcaption', { dir: 'auto' });
  const play = el('button', { type: 'button', class: 'play' }, '▶');
  const sound = el('button', { type: 'button', class: 'play' }, '♪');
  const { root: slide, input, show } = rangeInput();
  const time = el('span', { class: 'value' });
  Object.assign(input, { min: '0', max: '1', step: 'any', ariaLabel: say.position });
  const tell = () => {
    const length = Number.isFinite(film.duration) ? film.duration : 0;
    input.max = String(length || 1);
    input.valueAsNumber = film.currentTime;
    time.textContent = `${clock(film.currentTime)} / ${clock(length)}`;
    input.setAttribute('aria-valuetext', time.textContent);
    play.ariaLabel = film.paused ? say.play : say.pause;
    play.textContent = film.paused ? '▶' : '❚❚';
    sound.ariaLabel = film.muted ? say.unmute : say.mute;
    sound.ariaPressed = String(film.muted);
    show();
  };
  for (const kind of ['timeupdate', 'play', 'pause', 'loadedmetadata', 'ended', 'volumechange'])
    film.addEventListener(kind, tell);
  play.onclick = () => void (film.paused ? film.play().catch(() => undefined) : film.pause());
  sound.onclick = () => (film.muted = !film.muted);
  input.oninput = () => (film.currentTime = input.valueAsNumber);
  let track: HTMLTrackElement | null = null;
  const captions = (text: string) => {
    track?.remove();
    track = null;
    cues.hidden = true;
    if (!text) return;
    const src = URL.createObjectURL(new Blob([text], { type: 'text/vtt' }));
    track = el('track', { kind: 'captions', src, label: 'captions', default: true });
    film.append(track);
    track.track.mode = 'hidden'; // they are read here, and stand under the film
    track.track.oncuechange = () => {
      const now = [...(track?.track.activeCues ?? [])] as VTTCue[];
      cues.textContent = now.map((cue) => cue.text.replace(/<[^>]*>/g, '')).join('\n');
      cues.hidden = now.length === 0;
    };
  };
  const set = (props: Props) => {
    if ('label' in props) film.ariaLabel = caption.textContent = textOf(props, 'label');
    if ('loop' in props) film.loop = Boolean(props['loop']);
    if ('source' in props) film.src = addressOf(textOf(props, 'source'));
    if ('captions' in props) captions(textOf(props, 'captions'));
  };
  set(node);
  tell();
  const bar = el('div', { class: 'film-bar' }, play, slide, time, sound);
  return {
    root: el('figure', { class: 'film' }, caption, film, cues, bar),
    set,
    dispose: () => film.removeAttribute('src'),
  };
};

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
