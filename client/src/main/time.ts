import { problemOf } from '../net/problem.ts';
import type { WorldClock } from '../view/context.ts';
import type { Here } from './here.ts';
import type { History } from './history/history.ts';

/** The door to the past of a world; what lies behind it is loaded when someone first goes there. */
export class Time {
  /** Nothing is drawn yet: the link named a moment, and now is not to be seen before it. */
  blank = false;
  private gone = false;
  private history: History | null = null;
  private readonly here: Here;
  private readonly leaving: () => void;

  /** `leaving`: called when now is left, so that nothing stays in hand. */
  constructor(here: Here, leaving: () => void) {
    this.here = here;
    this.leaving = leaving;
  }

  /** Whether the picture shows the past; what happens live is then not drawn. */
  get past(): boolean {
    return this.gone;
  }

  set past(past: boolean) {
    if (past && !this.gone) this.leaving();
    this.gone = past;
  }

  /** What is loaded of the past; null before someone went there. */
  get known(): History | null {
    return this.history;
  }

  /** The time of what is shown: the server's now, or that of the moment in the past. */
  clock(): WorldClock {
    const now = this.here.session?.link.clock.at(performance.now()) ?? Date.now();
    return this.history?.clock ?? { ms: now, rate: 1 };
  }

  /** Loads what is behind the door; null when that fails. */
  async load(): Promise<History | null> {
    const { session, hud } = this.here;
    if (this.history || !session) return this.history;
    try {
      const { History } = await import('./history/history.ts');
      if (this.here.session === session) this.history ??= new History(this.here, session);
    } catch (error) {
      hud.toasts.problem(problemOf(error));
    }
    return this.history;
  }

  /** Opens the history, or closes it. */
  async toggle(): Promise<void> {
    const history = await this.load();
    if (history?.isOpen) history.close();
    else history?.open();
  }

  async undo(again: boolean): Promise<void> {
    await (await this.load())?.undo(again);
  }

  /**
   * Goes to a moment, or back to now; tells why where the world has no such moment. Plays on from
   * there up to `until`, if that is given, null: to the end; from `ms` on, where that is later.
   */
  async go(seq: number | null, until?: number | null, ms = 0): Promise<void> {
    const history = seq === null ? this.history : await this.load();
    try {
      if (seq !== null && until !== undefined) await history?.replay(seq, until, ms);
      else if (seq !== null) await history?.visit(seq);
      else history?.travel.live();
    } catch (error) {
      if (!history && this.blank) location.replace(location.pathname); // nothing can be drawn
      history?.travel.live();
      this.here.hud.toasts.problem(problemOf(error));
    }
  }

  /** The link names a moment: now is not drawn before it is there. */
  expect(): void {
    this.gone = true;
    this.blank = true;
  }

  /** The world is left. */
  leave(): void {
    this.history?.dispose();
    this.history = null;
    this.gone = false;
    this.blank = false;
  }
}
