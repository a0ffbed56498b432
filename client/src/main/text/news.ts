import { words } from '../../ui/text/words.ts';
import { Gathered } from '../../world/gathered.ts';
import { titleOf, verbOf } from '../../world/naming.ts';
import type { Session } from '../../world/session.ts';
import type { Fact, StateChange } from '../../world/state.ts';
import { placeOf, toldAs, type Around, type Point } from '../../world/surroundings.ts';

const NEAR_M = 10;
const DEPTH_MAX = 32;
const DONE: Readonly<Record<string, keyof typeof words.news>> = { Transform: 'moved' };
const DEEDS: Readonly<Record<string, keyof typeof words.doings>> = {
  Grabbed: 'took',
  Released: 'putDown',
  SatDown: 'sat',
  StoodUp: 'stood',
  ZoneEntered: 'entered',
  ZoneLeft: 'left',
};

/** What who listens to a world hears of it: what changes near them, and what others do there. */
export class News {
  private readonly session: Session;
  private readonly here: () => Point;
  private readonly gathered: Gathered;
  /** What was near when it was last looked: a thing that is gone has neither name nor place. */
  private known = new Map<number, Around>();

  constructor(session: Session, here: () => Point, tell: (text: string) => void) {
    this.session = session;
    this.here = here;
    this.gathered = new Gathered(tell, words.moreNews);
  }

  /** What is around now. */
  look(all: readonly Around[]): void {
    this.known = new Map(all.map((thing) => [thing.id, thing]));
  }

  /** Tells what has gathered. */
  flush(): void {
    this.gathered.flush(performance.now());
  }

  changed({ kind, id, component }: StateChange): void {
    if (kind === 'spawn') return; // its components come next
    const known = this.known.get(id);
    if (kind === 'despawn') {
      if (known && known.distance <= NEAR_M)
        this.gathered.take(`gone ${id}`, words.news.gone(known.title), performance.now());
      return;
    }
    const thing = this.tellable(id);
    if (thing === null || this.away(placeOf(this.session.state, thing)) > NEAR_M) return;
    const done = this.known.has(thing) ? (DONE[component ?? ''] ?? 'changed') : 'came';
    this.note(thing, words.news[done](titleOf(this.session.state, thing)));
  }

  /** What somebody does, or that they come and go; of whom one has muted nothing is told. */
  someone(visitor: string, deed: string, line: string): void {
    if (this.session.muted.has(visitor)) return;
    this.gathered.take(`${visitor} ${deed}`, line, performance.now());
  }

  /** A fact of the world: who took, put down, sat, came into a zone. */
  fact({ kind, data }: Fact): void {
    const deed = DEEDS[kind];
    if (!deed) return;
    const { state, presence, me } = this.session;
    const visitor = String(data['visitor'] ?? '');
    const id = Number(data['zone'] ?? data['seat'] ?? data['entity']);
    const self = visitor === me?.visitor;
    const pose = presence.lastPose(visitor);
    if (!self && (!pose || this.away([pose.x, pose.y, pose.z]) > NEAR_M)) return;
    const who = self ? words.self : (presence.visitors.get(visitor)?.name ?? '');
    if (!who || !state.entities.has(id)) return;
    const line = words.doings[deed](who, titleOf(state, id));
    this.someone(visitor, `${deed} ${id}`, line);
    if (kind === 'Released') this.gathered.mute(`e${id}`, performance.now()); // it moved, of course
  }

  private note(id: number, line: string): void {
    this.gathered.take(`e${id}`, line, performance.now());
  }

  private away([x, , z]: Point): number {
    const [east, , south] = this.here();
    return Math.hypot(x - east, z - south);
  }

  /** The thing that a change is told of: itself, or what it is a part of. */
  private tellable(id: number): number | null {
    const { state } = this.session;
    let at = state.entities.get(id);
    for (let depth = 0; at && depth < DEPTH_MAX; depth++) {
      const as = toldAs(state, at.id);
      if (as !== null) return as;
      // Seen by its parts, it is among what is told; or nobody sees it.
      if (verbOf(state, at.id) !== 'click') return this.known.has(at.id) ? at.id : null;
      at = at.parent === null ? undefined : state.entities.get(at.parent);
    }
    return null;
  }
}
