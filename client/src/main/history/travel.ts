import { differences, momentOf, stepsOf, type Moment } from '../../world/moment.ts';
import type { Past } from '../../world/past.ts';
import type { WorldState } from '../../world/state.ts';
import type { Here } from '../here.ts';
import type { Mirror } from '../mirror.ts';

export interface TravelEvents {
  /** The picture is about to leave now. */
  left(): void;
  /** Another moment is drawn. */
  drawn(): void;
  /** The picture shows now again. */
  live(): void;
  failed(error: unknown): void;
}

/** Takes the picture to moments of the past and back; the newest wish wins. */
export class Travel {
  /** The moment that is drawn; null while the picture is live. */
  moment: Moment | null = null;
  /** The same moment byte by byte, where somebody needed its hash. */
  exact: WorldState | null = null;
  private readonly here: Here;
  private readonly past: Past;
  private readonly events: TravelEvents;
  private goal: number | null = null;
  private running = false;
  private underway: Promise<void> = Promise.resolve();
  private trip = 0;

  constructor(here: Here, past: Past, events: TravelEvents) {
    this.here = here;
    this.past = past;
    this.events = events;
  }

  /** Whether a moment is still being fetched. */
  get waiting(): boolean {
    return this.running;
  }

  /** How often one came back to now: a wish from before then is none any more. */
  get trips(): number {
    return this.trip;
  }

  /**
   * Goes to a moment as soon as it is at hand; where others were wished for since, to those.
   * Resolves when the last of them is drawn.
   */
  aim(seq: number): Promise<void> {
    const ready = this.running ? null : this.past.now(seq);
    if (ready) {
      this.draw(ready);
      return Promise.resolve();
    }
    this.goal = seq;
    if (!this.running) this.underway = this.run();
    return this.underway;
  }

  private async run(): Promise<void> {
    this.running = true;
    const { trip } = this;
    try {
      while (this.goal !== null && trip === this.trip) {
        const seq = this.goal;
        this.goal = null;
        const moment = await this.past.at(seq);
        if (trip === this.trip) this.draw(moment);
      }
    } catch (error) {
      this.events.failed(error);
    } finally {
      this.running = false;
    }
    if (this.goal !== null) await this.run();
    else this.events.drawn();
  }

  /** Goes to a moment and has its bytes, so that its hash is known; throws a Problem. */
  async visit(seq: number): Promise<void> {
    this.goal = null;
    const { trip } = this;
    const { moment, state } = await this.past.exact(seq);
    if (trip !== this.trip) return;
    this.draw(moment);
    this.exact = state;
  }

  private draw(moment: Moment): void {
    const { mirror, session, time } = this.here;
    const from = this.moment ?? (session && momentOf(session.state)) ?? moment;
    if (this.moment === null) this.events.left();
    time.past = true;
    this.moment = moment;
    this.exact = null;
    if (time.blank) mirror.reset(); // nothing of now was drawn: the link led here at once
    const drawn = time.blank ? { seq: 0, things: new Map() } : from;
    for (const difference of differences(drawn, moment))
      for (const step of stepsOf(difference)) mirror.change(step);
    if (time.blank) mirror.sweep();
    time.blank = false;
    this.events.drawn();
  }

  /** Comes back to now. */
  live(): void {
    this.trip += 1;
    this.goal = null;
    if (!this.here.time.past) return;
    this.moment = null;
    this.exact = null;
    this.here.time.past = false;
    this.here.time.blank = false;
    const { session, mirror } = this.here;
    if (session) retell(session.state, mirror);
    this.events.live();
  }
}

/** Tells the picture the whole live state; it draws only what differs. */
function retell(state: WorldState, mirror: Mirror): void {
  mirror.reset();
  for (const { id, name, parent, cells } of state.entities.values()) {
    mirror.change({ kind: 'spawn', id, name, parent });
    for (const component of cells.keys())
      mirror.change({ kind: 'change', id, component, value: state.value(id, component) });
  }
  mirror.sweep();
}
