import { problemOf, type Problem } from '../net/problem.ts';
import type { Progress } from '../net/wire.generated.ts';
import { WaitingList } from '../ui/waiting/list.ts';
import { words } from '../ui/waiting/words.ts';
import type { Session } from '../world/session.ts';

/** What the page does with what comes of a long request. */
export interface WaitingPage {
  /** Where the list stands. */
  readonly place: HTMLElement;
  /** Whether a key belongs to a control; null where letters are a screen reader's. */
  readonly isTaken: ((event: KeyboardEvent) => boolean) | null;
  note(line: string): void;
  problem(problem: Problem): void;
  /** Takes the focus of a button that is gone. */
  rest(): void;
}

const SWEEP_MS = 500;

/** Shows the long requests that one waits for in a world, until it is left. */
export function showWaiting(session: Session, page: WaitingPage): void {
  const cancel = (seq: number) => {
    session.link.cancel(seq).catch((error: unknown) => {
      list.again(seq);
      page.problem(problemOf(error));
    });
  };
  const list = new WaitingList(cancel, page.rest, page.isTaken ? words.keyHint : '');
  const left = new AbortController();
  page.place.append(list.root, list.voice);
  session.channels.on('progress', (progress) => {
    if (progress.state === 'waiting') list.show(progress);
    else ended(list, page, progress);
  });
  session.channels.renewed.push(() => list.drop()); // what still waits is told anew
  const press = (event: KeyboardEvent) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    if (event.code === 'KeyX' && plain && !page.isTaken?.(event) && list.cancelNewest())
      event.preventDefault();
  };
  if (page.isTaken) addEventListener('keydown', press, { signal: left.signal });
  const sweep = setInterval(() => {
    if (session.link.status !== 'ended') return;
    clearInterval(sweep);
    left.abort();
    list.root.remove();
    list.voice.remove();
  }, SWEEP_MS);
}

function ended(list: WaitingList, page: WaitingPage, progress: Progress): void {
  list.drop(progress.seq);
  const title = WaitingList.title(progress.action);
  const { error } = progress;
  if (!error) page.note(words.done(title));
  else if (error.code === 'cancelled') page.note(words.cancelled(title));
  else page.problem(problemOf(new Error(words.failed(title, error.message))));
}
