import '../ui/css/copies.css';
import { copyLines, type CopyCard } from '../ui/copies/lines.ts';
import type { Session } from '../world/session.ts';
import { ask, type Asking } from './here.ts';

/** The copies in which somebody is, and the next one that would be opened. */
export function copiesOf({ me, presence, copy: mine }: Session): CopyCard[] {
  const { copies, places } = me!;
  const people = Array.from({ length: copies }, () => 0);
  for (const { copy } of presence.visitors.values()) people[copy - 1]! += 1;
  const empty = people.indexOf(0);
  return people.flatMap((count, at) =>
    count > 0 || at === empty
      ? [{ number: at + 1, people: count, places, mine: at + 1 === mine }]
      : [],
  );
}

/** Lists them, each with a way across. */
export function listCopies(here: Asking, session: Session, done = () => {}): HTMLElement {
  return copyLines(copiesOf(session), (copy) => {
    void ask(here, 'cross', { copy });
    done();
  });
}

/** Shows them in a place that stays, as long as it shows others than before. */
export function showCopies(here: Asking, session: Session, into: HTMLElement): void {
  const now = JSON.stringify(copiesOf(session));
  if (into.dataset['shown'] === now && into.children.length > 0) return; // keeps the focus
  into.dataset['shown'] = now;
  into.replaceChildren(listCopies(here, session));
}
