import type { WorldCard } from '../../net/api.ts';
import type { Entry, Invitation, NewInvitation } from '../../net/access.ts';
import { button, el, openDialog } from '../dom.ts';
import { choice, copyFrom, ender, ends, folded, listOf } from './parts.ts';
import { named, part, row, secondsOf, secret, spanChoice } from './parts.ts';
import { words } from './words.ts';

/** What an owner asks for in the dialog. */
export interface GuestEvents {
  save(entry: Entry): void;
  make(wish: NewInvitation): void;
  takeBack(id: string): void;
}

/** What an owner is shown beside the plain link. */
export interface Guests {
  entry: Entry;
  links: Invitation[];
  /** The roles that a link can give: the world's own too. */
  roles: string[];
  /** The address of the link that was just made, with its secret. */
  made: string;
}

/** A link to the world, to copy or to scan; its owners say there who may come, too. */
export function openInvite(
  url: string,
  guests: Guests | null,
  events: GuestEvents,
  where: HTMLElement | null = null,
): HTMLDialogElement {
  const closed = guests?.entry.visibility === 'private';
  const field = el('input', { value: url, readOnly: true, ariaLabel: words.invite });
  const code = el('img', {
    class: 'qr',
    alt: words.qrAlt,
    src: `/api/invite.svg?path=${encodeURIComponent(new URL(url).pathname)}`,
  });
  code.onerror = () => code.remove(); // a server without the code's drawer still has the link
  const copy = button(words.copyLink, () => void copyFrom(field, copy), 'main');
  const text = el('p', { class: 'dim' }, closed ? words.inviteClosed : words.inviteText);
  const plain = closed ? [text] : [text, field, copy, code];
  const more = guests ? [entryPart(guests.entry, events), linksPart(guests, events)] : [];
  return openDialog(
    words.invite,
    words.close,
    el('div', { class: 'access stack' }, where, ...plain, ...more),
  );
}

/** Which world the link leads to, for who stands in none. */
export function whichWorld(
  worlds: readonly Pick<WorldCard, 'name' | 'title'>[],
  world: string,
  go: (world: string) => void,
): HTMLElement {
  const select = choice(
    worlds.map(({ name, title }) => [name, title || name] as const),
    world,
  );
  select.onchange = () => go(select.value);
  return named(words.which, select);
}

function entryPart(entry: Entry, events: GuestEvents): HTMLElement {
  const visibility = choice(words.visibilities, entry.visibility);
  const capacity = el('input', {
    type: 'number',
    min: '0',
    value: entry.capacity ? String(entry.capacity) : '',
    placeholder: words.unlimited,
  });
  const form = el(
    'form',
    { ariaLabel: words.entry },
    named(words.visibility, visibility),
    named(words.capacity, capacity),
    el('button', {}, words.save),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    events.save({
      visibility: visibility.value as Entry['visibility'],
      capacity: Number(capacity.value),
    });
  };
  return part(words.entry, form);
}

function linksPart({ links, roles, made }: Guests, events: GuestEvents): HTMLElement {
  const rows = links.map(({ id, role, used, uses, expires }) =>
    row(
      titleOf(role),
      [words.used(used, uses), ends(expires)],
      ender(words.takeBack, words.takeBackLink(role), () => events.takeBack(id)),
    ),
  );
  const role = choice(
    roles.map((one) => [one, titleOf(one)] as const),
    'member',
  );
  const uses = choice(
    words.usesOf.map(([title, count]) => [String(count), title] as const),
    '0',
  );
  const lasts = spanChoice(words.linkSpans, 604_800);
  return part(
    words.links,
    made ? secret(words.linkMade, made) : null,
    listOf(rows),
    folded(
      words.makeLink,
      () => events.make({ role: role.value, uses: Number(uses.value), ...secondsOf(lasts) }),
      named(words.role, role),
      named(words.uses, uses),
      named(words.lasts, lasts),
    ),
  );
}

const titleOf = (role: string) => (words.roles as Record<string, string>)[role] ?? role;
