import { problemOf } from '../net/problem.ts';
import { BODIES, REACH_NUMBER, SHOWN } from '../net/wire.generated.ts';
import type { Session } from '../world/session.ts';
import type { Here } from './here.ts';
import type { Shown } from './shown.ts';
import type { Touching } from './touching/touching.ts';

const TOUCHABLE = ['Grab', 'Seat', 'Body', 'Sketch'] as const;

/** The door to hands, seats, moving bodies and faces to draw on: loaded when a world has any. */
export class Hands {
  private touching: Touching | null = null;
  private session: Session | null = null;
  private loading: Promise<void> | null = null;
  /** What is shown live and not kept; null before the first of it. */
  shown: Shown | null = null;
  private readonly here: Here;

  constructor(here: Here) {
    this.here = here;
  }

  /** What is loaded; null before the first thing that could be touched. */
  get known(): Touching | null {
    return this.touching;
  }

  /** Waits for what is on its way: who is quick presses before it came. */
  async needed(): Promise<Touching | null> {
    this.check();
    await this.load();
    return this.touching;
  }

  /** Looks whether they are needed: now and then, and for a session's first live talk. */
  check(): void {
    const { session } = this.here;
    if (session !== this.session) {
      this.leave();
      this.session = session;
      session?.channels.whenFirst([BODIES, 'holds', 'seats'], () => void this.load());
      session?.channels.whenFirst([REACH_NUMBER], () => void this.reaches(session));
      session?.channels.whenFirst([SHOWN], () => void this.shows(session));
    }
    this.shown?.check();
    if (!session || this.loading) return;
    if (TOUCHABLE.some((name) => !session.state.having(name).next().done)) void this.load();
  }

  private async reaches(session: Session): Promise<void> {
    const { showReaches } = await import('./reaching.ts');
    showReaches(this.here, session);
  }

  private async shows(session: Session): Promise<void> {
    const { Shown } = await import('./shown.ts');
    if (session === this.session) this.shown = new Shown(this.here, session);
  }

  private load(): Promise<void> {
    const { session } = this.here;
    if (!session) return Promise.resolve();
    return (this.loading ??= this.open(session));
  }

  private async open(session: Session): Promise<void> {
    try {
      const { Touching } = await import('./touching/touching.ts');
      if (this.session === session) this.touching = new Touching(this.here, session);
    } catch (error) {
      if (this.session === session) this.loading = null; // the line was gone for a moment
      this.here.hud.toasts.problem(problemOf(error));
    }
  }

  /** Lets go of everything: another world, or none. */
  leave(): void {
    this.touching?.dispose();
    this.touching = null;
    this.shown = null;
    this.session = null;
    this.loading = null;
  }
}
