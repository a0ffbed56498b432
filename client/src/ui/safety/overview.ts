import { button, el, openDialog } from '../dom.ts';
import { ago } from '../history/times.ts';
import { lookDot } from '../looks.ts';
import { say } from '../strings.ts';
import { banRow } from './person.ts';
import { words } from './words.ts';

/** A report as the server lists it. */
export interface Report {
  readonly seq: number;
  /** The moment at which its evidence begins, and that time in UTC microseconds. */
  readonly first: number;
  readonly since: number;
  readonly time: number;
  readonly by: string;
  readonly account: string;
  readonly name: string | null;
  readonly reason: string | null;
  readonly banned_until: number | null;
}

/** Somebody else who is here. */
export interface Other {
  readonly id: string;
  readonly name: string;
  readonly avatar: string;
  /** Null: too far away to be seen. */
  readonly metres: number | null;
}

/** Somebody who left, or spoke from elsewhere, a little while ago (UTC milliseconds). */
export interface Parted {
  readonly id: string;
  readonly name: string;
  readonly left: number;
  readonly speaks: boolean;
}

/** Who is in the list: the others here, who left, and the copies of the world if it has any. */
export interface People {
  readonly others: readonly Other[];
  readonly gone: readonly Parted[];
  readonly copies: HTMLElement | null;
}

export interface OverviewEvents {
  person(visitor: string): void;
  parted(one: Parted): void;
  distance(on: boolean): void;
  unblock(account: string): void;
  unmute(account: string): void;
  watch(report: Report): void;
  ban(account: string, seconds: number | null): void;
}

/**
 * Who is and was here, one's distance, whom one has muted and blocked; for moderators what was
 * reported.
 */
export function openOverview(
  { others, gone, copies }: People,
  mine: {
    distance: boolean;
    blocked: readonly string[];
    muted_accounts: readonly string[];
  },
  reports: readonly Report[] | null,
  events: OverviewEvents,
): void {
  const distance = el('input', { type: 'checkbox', checked: mine.distance });
  distance.onchange = () => events.distance(distance.checked);
  openDialog(
    words.safety,
    say.close,
    el(
      'div',
      { class: 'stack' },
      el('h3', {}, words.others),
      otherList(others, events.person),
      ...(gone.length ? [el('h3', {}, words.gone), goneList(gone, events.parted)] : []),
      copies,
      el('label', { class: 'line' }, distance, words.distance),
      ...(mine.muted_accounts.length
        ? [el('h3', {}, words.muted), accounts(mine.muted_accounts, words.unmute, events.unmute)]
        : []),
      el('h3', {}, words.blocked),
      mine.blocked.length
        ? accounts(mine.blocked, words.unblock, events.unblock)
        : el('p', { class: 'dim' }, words.nobodyBlocked),
      ...(reports ? [el('h3', {}, words.reports), reportList(reports, events)] : []),
    ),
  );
}

/** A headset has no other list of people than this one. */
function otherList(others: readonly Other[], person: (visitor: string) => void): HTMLElement {
  if (others.length === 0) return el('p', { class: 'dim' }, words.nobodyElse);
  const rows = others.map(({ id, name, avatar, metres }) => {
    const open = button(name, () => person(id));
    open.dir = 'auto';
    open.title = say.about(name);
    const away = metres === null ? words.far : words.metres(metres);
    return el('li', {}, lookDot(avatar), open, el('span', { class: 'dim' }, away));
  });
  return el('ul', { class: 'lines others' }, ...rows);
}

function goneList(gone: readonly Parted[], open: (one: Parted) => void): HTMLElement {
  const rows = gone.map((one) => {
    const press = button(one.name, () => open(one));
    press.dir = 'auto';
    press.title = say.about(one.name);
    const when = one.speaks ? words.elsewhere(ago(one.left)) : ago(one.left);
    return el('li', {}, press, el('span', { class: 'dim' }, when));
  });
  return el('ul', { class: 'lines others' }, ...rows);
}

/** Accounts, each with a button that takes it off the list. */
function accounts(
  listed: readonly string[],
  word: string,
  take: (account: string) => void,
): HTMLElement {
  const rows = listed.map((account) => {
    const row = el('li', {}, el('span', { dir: 'auto' }, account));
    const end = button(word, () => {
      take(account);
      row.remove();
    });
    end.ariaLabel = `${word}: ${account}`;
    row.append(end);
    return row;
  });
  return el('ul', { class: 'lines' }, ...rows);
}

function reportList(reports: readonly Report[], events: OverviewEvents): HTMLElement {
  if (reports.length === 0) return el('p', { class: 'dim' }, words.noReports);
  const rows = reports.map((report) => {
    const { account, by, name, reason, time, banned_until } = report;
    const when = new Date(time / 1000).toLocaleString();
    const away = banned_until === null ? '' : ` ${words.isBanned}`;
    return el(
      'li',
      { class: 'stack' },
      el('div', { dir: 'auto' }, el('b', {}, name || account), away),
      el('p', { dir: 'auto' }, reason ?? ''),
      el('p', { class: 'dim' }, words.by(by, when)),
      el(
        'div',
        { class: 'row' },
        button(words.watch, () => events.watch(report)),
        banned_until === null ? null : button(words.letIn, () => events.ban(account, 0)),
      ),
      banned_until === null ? banRow((seconds) => events.ban(account, seconds)) : null,
    );
  });
  return el('ul', { class: 'lines' }, ...rows);
}
