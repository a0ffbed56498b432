import type { Asked, Me, PasskeyCard } from '../../net/people.ts';
import { sentence, titled, type Titles } from '../asked/sentence.ts';
import { button, el, iconButton, openDialog } from '../dom.ts';
import { say } from '../strings.ts';
import { nameField } from '../name-field.ts';
import '../css/account.css';
import { words } from './strings.ts';

/** What the dialog asks of the page. */
export interface AccountEvents {
  keep(): void;
  signIn(): void;
  organisation(): void;
  save(name: string, language: string): void;
  drop(id: string): void;
  decide(id: string, approve: boolean): void;
  programs(): void;
  leave(everywhere: boolean): void;
  forget(): void;
}

/**
 * Shows who one is here, a guest who may stay or an account, what agents ask them for, and
 * `working`, which shows what these are at just now.
 */
export function openAccount(
  me: Me,
  asked: Asked[],
  titles: Titles,
  working: HTMLElement | null,
  events: AccountEvents,
): HTMLDialogElement {
  const parts = me.kept ? accountParts(me, events) : guestParts(me, events);
  // A mere guest makes no tokens; the owner's link may have made an owner of one.
  if (me.kept || me.role === 'owner') parts.splice(-2, 0, button(words.programs, events.programs));
  if (working) parts.unshift(working);
  if (asked.length) parts.unshift(agentsPart(asked, titles, events));
  return openDialog(words.title, words.close, el('div', { class: 'account stack' }, ...parts));
}

function guestParts({ organisation }: Me, events: AccountEvents): HTMLElement[] {
  return [
    el('p', {}, words.guest),
    el('p', { class: 'dim' }, words.how),
    button(words.keep, events.keep, 'main'),
    button(words.other, events.signIn),
    ...(organisation ? [button(say.signInWith(organisation), events.organisation)] : []),
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

function agentsPart(asked: Asked[], titles: Titles, events: AccountEvents): HTMLElement {
  const rows = asked.map((one) => {
    const { entity, ...rest } = one.args; // the sentence names the thing
    const given = listed(typeof entity === 'string' ? rest : one.args);
    const real = one.does === one.action ? '' : words.does(titled(one.does), listed(one.does_args));
    return el(
      'li',
      { class: 'asked' },
      el('p', {}, sentence({ ...one, cost: 0 }, titles)),
      given ? el('p', { class: 'dim' }, given) : null,
      real ? el('p', {}, real) : null,
      one.cost ? el('p', {}, words.price(one.cost, one.left)) : null,
      el(
        'div',
        { class: 'pair' },
        button(words.deny, () => events.decide(one.id, false)),
        button(words.allow, () => events.decide(one.id, true), 'main'),
      ),
    );
  });
  return el(
    'section',
    { class: 'stack', ariaLabel: words.agents },
    el('h3', {}, words.agents),
    el('ul', {}, ...rows),
  );
}

const listed = (args: Record<string, unknown>) =>
  Object.entries(args)
    .map(([name, value]) => `${name}: ${shown(value)}`)
    .join(', ');

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

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
  // With the minute: who makes two on one day must know which to remove.
  const moment = new Date(made / 1000);
  const day = moment.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
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
