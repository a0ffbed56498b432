import { type Working, takeBack, workOfAgents } from '../net/people.ts';
import { problemOf } from '../net/problem.ts';
import { words } from '../ui/account/strings.ts';
import { el } from '../ui/dom.ts';
import { WaitingList } from '../ui/waiting/list.ts';
import type { Asking } from './here.ts';

const LOOK_MS = 1000;

/** Returns what shows, as long as it stands on the page, how far agents are, and takes back. */
export function showAtWork(page: Pick<Asking, 'hud'>, first: Working[]): HTMLElement {
  const known: Working[] = []; // seqs are of one world: its place in here is what a row goes by
  const taken = new Set<number>();
  const cancel = (row: number) => {
    taken.add(row);
    takeBack(known[row]!).then(
      () => {
        list.drop(row);
        root.hidden = list.root.hidden;
        page.hud.toasts.note(words.takenBack);
      },
      (error: unknown) => {
        taken.delete(row);
        list.again(row);
        page.hud.toasts.problem(problemOf(error));
      },
    );
  };
  const rest = () => root.closest('dialog')?.querySelector('button')?.focus();
  const list = new WaitingList(cancel, rest, '');
  list.root.ariaLabel = null;
  const root = el(
    'section',
    { class: 'stack', ariaLabel: words.working },
    el('h3', {}, words.working),
    list.root,
    list.voice,
  );
  const show = (now: Working[]) => {
    const rows = new Map(now.map((one) => [rowOf(known, one), one]));
    for (const row of known.keys()) if (!rows.has(row)) list.drop(row);
    for (const [row, one] of rows) {
      const said = words.atWork(one.name, one.action.replaceAll('_', ' '), one.world);
      if (!taken.has(row)) list.show({ ...one, seq: row }, said);
    }
    root.hidden = list.root.hidden;
  };
  const look = async () => {
    if (!root.isConnected) return clearInterval(looking);
    const now = await workOfAgents().catch(() => null); // the next one may come through
    if (now) show(now);
  };
  const looking = setInterval(() => void look(), LOOK_MS);
  show(first);
  return root;
}

/** The place of a request among those that were seen, where it is put if it is new. */
function rowOf(known: Working[], one: Working): number {
  const row = known.findIndex(({ world, seq }) => world === one.world && seq === one.seq);
  return row < 0 ? known.push(one) - 1 : row;
}
