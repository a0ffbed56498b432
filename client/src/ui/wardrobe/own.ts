import { uploadAsset } from '../../net/api.ts';
import { keep, recall } from '../../net/memory.ts';
import { problemOf, sentences } from '../../net/problem.ts';
import { button, el } from '../dom.ts';
import { type Licence, linesOf, words } from './strings.ts';

const KEPT = 'worldloom.vrm';

/** What the server answers to an avatar. */
interface Answer {
  sha256: string;
  avatar: { licence: Licence };
}

/** Where one brings a VRM, reads its licence and takes it off again; tells which is worn. */
export function own(worn: string, change: (vrm: string, file: Blob | null) => void): HTMLElement {
  const status = el('p', { attrs: { role: 'status' } });
  const alert = el('p', { class: 'problem', attrs: { role: 'alert' } });
  const bar = el('progress', { max: 1, hidden: true, ariaLabel: words.choose });
  const licence = el('div', { class: 'licence' });
  const input = el('input', {
    type: 'file',
    class: 'visually-hidden',
    accept: '.vrm,.glb,model/vrm,model/gltf-binary',
  });
  const press = el('label', { class: 'chip press' }, input, words.choose);
  let refused: File | null = null;
  const allowed = button(words.allowed, () => refused && void send(refused, true), 'chip');
  const back = button(words.back, () => off(), 'chip');
  allowed.hidden = true;
  back.hidden = worn === '';

  const off = () => {
    change('', null);
    back.hidden = true;
    licence.replaceChildren();
    status.textContent = words.isBack;
    input.focus();
  };
  const send = async (file: File, may: boolean) => {
    alert.textContent = status.textContent = '';
    allowed.hidden = true;
    bar.hidden = false;
    input.disabled = true;
    try {
      const query = `?as=avatar${may ? '&allowed=yes' : ''}`;
      const answer = await uploadAsset<Answer>(file, (share) => {
        bar.value = share;
        status.textContent = share < 1 ? words.sending(share) : words.checking;
      }, query);
      const said = answer.avatar.licence;
      keep(KEPT, JSON.stringify([answer.sha256, said]));
      licence.replaceChildren(...card(said));
      back.hidden = false;
      status.textContent = words.ready(said.name || words.unnamed);
      change(answer.sha256, file);
    } catch (error) {
      const problem = problemOf(error);
      status.textContent = '';
      alert.textContent = sentences(problem);
      refused = file;
      allowed.hidden = problem.code !== 'vrm_permission';
    } finally {
      bar.hidden = true;
      input.disabled = false;
      input.value = '';
      (allowed.hidden ? input : allowed).focus();
    }
  };
  input.onchange = () => input.files?.[0] && void send(input.files[0], false);
  if (worn) {
    status.textContent = words.wearing;
    licence.replaceChildren(...card(recallLicence(worn)));
  }
  return el(
    'div',
    { class: 'own' },
    el('p', { class: 'dim' }, words.about),
    el('div', { class: 'chips' }, press, allowed, back),
    bar,
    status,
    alert,
    licence,
  );
}

/** The licence of the body that was brought last from this browser. */
function recallLicence(vrm: string): Licence | null {
  try {
    const [sha256, licence] = JSON.parse(recall(KEPT) ?? '') as [string, Licence];
    return sha256 === vrm ? licence : null;
  } catch {
    return null;
  }
}

function card(licence: Licence | null): HTMLElement[] {
  if (!licence) return [];
  const links = [licence.url, licence.more_url].filter((url) => /^https?:\/\//.test(url));
  return [
    el('h3', {}, licence.name || words.licence),
    el('ul', {}, ...linesOf(licence).map((line) => el('li', { dir: 'auto' }, line))),
    ...links.map((href) =>
      el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, href),
    ),
  ];
}
