import { button, el, openDialog } from '../dom.ts';
import { say } from '../strings.ts';
import { words } from './words.ts';

/** How we stand to somebody. */
export interface Standing {
  readonly muted: boolean;
  readonly friend: boolean;
}

/** Somebody else who is or was here, and how we stand to them. */
export interface Person extends Standing {
  readonly name: string;
  /** Who has left is neither heard nor near; who speaks from elsewhere is heard. */
  readonly where: 'here' | 'gone' | 'elsewhere';
  readonly moderated: boolean;
}

export interface PersonEvents {
  mute(on: boolean): void;
  befriend(on: boolean): void;
  block(): void;
  report(reason: string): void;
  ban(seconds: number | null): void;
}

/**
 * What one can do about somebody: hear them no longer, let them near, block, report. Returns how
 * its buttons follow what the server says meanwhile: what was asked for may come after they open.
 */
export function openPerson(person: Person, events: PersonEvents): (standing: Standing) => void {
  const act = (deed: () => void) => () => {
    dialog.close();
    deed();
  };
  const { where } = person;
  let { muted, friend } = person;
  const hear = button(
    '',
    act(() => events.mute(!muted)),
  );
  const near = button(
    '',
    act(() => events.befriend(!friend)),
  );
  const follow = (standing: Standing): void => {
    ({ muted, friend } = standing);
    hear.textContent = muted ? words.unmute : words.mute;
    near.textContent = friend ? words.unfriend : words.befriend;
  };
  follow(person);
  const deeds = el(
    'div',
    { class: 'stack' },
    where === 'gone' ? null : hear,
    where === 'here' ? near : null,
    button(
      words.block,
      act(() => events.block()),
    ),
    el('p', { class: 'dim' }, words.blockHint),
    button(words.report, () => report.toggleAttribute('hidden')),
  );
  const report = reportForm((reason) => act(() => events.report(reason))());
  const ban = person.moderated ? banRow((seconds) => act(() => events.ban(seconds))()) : null;
  const dialog = openDialog(words.with(person.name), say.close, deeds, report, ban);
  return follow;
}

function reportForm(send: (reason: string) => void): HTMLElement {
  const reason = el('textarea', { required: true, maxLength: 500, rows: 3, dir: 'auto' });
  const form = el(
    'form',
    { class: 'stack' },
    el('label', {}, words.reason, reason),
    el('p', { class: 'dim' }, words.reportHint),
    el('div', { class: 'row' }, el('button', { class: 'main' }, words.send)),
  );
  form.hidden = true;
  form.onsubmit = (event) => {
    event.preventDefault();
    if (reason.value.trim()) send(reason.value.trim());
  };
  return form;
}

/** Buttons to send somebody away for some time, or for ever. */
export function banRow(ban: (seconds: number | null) => void): HTMLElement {
  const row = el(
    'div',
    { class: 'row', ariaLabel: words.ban, attrs: { role: 'group' } },
    el('span', { class: 'dim' }, words.ban),
    ...words.banFor.map(([label, seconds]) => button(label, () => ban(seconds))),
  );
  return el('div', { class: 'stack' }, row, el('p', { class: 'dim' }, words.banHint));
}
