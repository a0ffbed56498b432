import type { Me, PasskeyCard } from '../../net/people.ts';
import { button, el, iconButton, openDialog } from '../dom.ts';
import { nameField } from '../self-dialog.ts';
import '../css/account.css';
import { words } from './strings.ts';

/** What the dialog asks of the page. */
export interface AccountEvents {
  keep(): void;
  signIn(): void;
  save(name: string, language: string): void;
  drop(id: string): void;
  leave(everywhere: boolean): void;
  forget(): void;
}

/** Shows who one is here: a guest who may stay, or an account with its passkeys. */
export function openAccount(me: Me, events: AccountEvents): HTMLDialogElement {
  const parts = me.kept ? accountParts(me, events) : guestParts(events);
  return openDialog(words.title, words.close, el('div', { class: 'account stack' }, ...parts));
}

function guestParts(events: AccountEvents): HTMLElement[] {
  return [
    el('p', {}, words.guest),
    el('p', { class: 'dim' }, words.how),
    button(words.keep, events.keep, 'main'),
    button(words.other, events.signIn),
    take(),
    dangers(events),
  ];
}

function accountParts(me: Me, events: AccountEvents): HTMLElement[] {
  return [
    profileForm(me, events),
    el(
      'section',
      { class: 'stack', ariaLabel: words.passkeys },
      el('h3', {}, words.passkeys),
      el('ul', {}, ...(me.passkeys ?? []).map((key) => passkeyRow(key, events))),
      button(words.addPasskey, events.keep),
    ),
    el(
      'div',
      { class: 'pair' },
      button(words.leave, () => events.leave(false)),
      button(words.leaveAll, () => events.leave(true)),
    ),
    take(),
    dangers(events),
  ];
}

/** All that is kept of the person, as a file. */
const take = () =>
  el('a', { class: 'button', href: '/api/auth/export', download: '' }, words.take);

function profileForm({ profile, name }: Me, events: AccountEvents): HTMLElement {
  const called = nameField(profile?.name || name);
  const language = el(
    'select',
    {},
    new Option(words.anyLanguage, ''),
    ...words.languages.map(([tag, title]) => new Option(title, tag)),
  );
  language.value = profile?.language ?? '';
  const form = el(
    'form',
    { class: 'stack', ariaLabel: words.title },
    el('label', {}, words.name, called),
    el('label', {}, words.language, language),
    el('button', { class: 'main' }, words.save),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    events.save(called.value.trim(), language.value);
  };
  return form;
}

function passkeyRow({ id, label, made }: PasskeyCard, events: AccountEvents): HTMLElement {
  const day = new Date(made / 1000).toLocaleDateString();
  const title = label || words.unnamed;
  return el(
    'li',
    {},
    el('span', {}, title, el('span', { class: 'dim' }, ` ${words.since(day)}`)),
    iconButton('remove', words.remove(title), () => events.drop(id)),
  );
}

function dangers(events: AccountEvents): HTMLElement {
  return button(words.forget, () => confirmForget(events), 'danger');
}

function confirmForget(events: AccountEvents): void {
  const dialog = openDialog(
    words.forgetTitle,
    words.close,
    el(
      'div',
      { class: 'account stack' },
      el('p', {}, words.forgetText),
      el(
        'div',
        { class: 'pair' },
        button(words.cancel, () => dialog.close()),
        button(words.forgetDo, () => events.forget(), 'danger'),
      ),
    ),
  );
}
