import { fetchRecords, fetchState } from '../../net/past.ts';
import { problemOf } from '../../net/problem.ts';
import { BeforePart } from '../../ui/text/before.ts';
import { Feed } from '../../ui/history/feed.ts';
import type { Group } from '../../ui/history/groups.ts';
import { Names } from '../../ui/history/names.ts';
import { sentence } from '../../ui/history/sentences.ts';
import { say } from '../../ui/history/strings.ts';
import { ago, exactly, whenOf } from '../../ui/history/times.ts';
import { words } from '../../ui/text/words.ts';
import { Archive } from '../../world/archive.ts';
import { differences, momentOf, msOf } from '../../world/moment.ts';
import { spokenName } from '../../world/naming.ts';
import type { Session } from '../../world/session.ts';
import { WorldState } from '../../world/state.ts';
import { around, type Point } from '../../world/surroundings.ts';
import { askRestore, restore, undo, type Telling } from '../history/deeds.ts';
import { Lookup } from '../history/lookup.ts';
import { forgetMoment, momentAsked } from './address.ts';

const PAGES_AT_ONCE = 6;

/** What the past needs of the page in words. */
export interface Standing extends Telling {
  readonly session: Session;
  /** Where we stand and which way we look: what was there is told from here. */
  stance(): { here: Point; yaw: number };
}

/** What happened in a world, in words; what was there at any moment, and bringing it back. */
export class Before {
  private readonly page: Standing;
  private readonly part: BeforePart;
  private readonly archive: Archive;
  private readonly feed: Feed;
  private readonly names: Names;
  private shown: { state: WorldState; when: string } | null = null;
  private reading = false;

  constructor(page: Standing, place: HTMLElement) {
    this.page = page;
    const { world, state } = page.session;
    this.archive = new Archive((after, limit) => fetchRecords(world, after, limit), state.seq);
    const lookup = new Lookup(this.archive, () => this.draw());
    this.names = new Names(lookup);
    this.feed = new Feed(this.archive, (record) => this.names.learn(record));
    this.part = new BeforePart(
      (group) => sentence(group, this.names, (record) => lookup.before(record)),
      {
        filter: (filter) => {
          this.feed.choose(filter);
          void this.read();
        },
        older: () => void this.read(),
        moment: (group) => void this.goTo(group.last, group.ms),
        undo: (group) => void this.undo(group),
        restore: () => void this.restore(),
        now: () => this.now(),
      },
    );
    place.replaceChildren(this.part.root);
    void this.read();
    const asked = momentAsked();
    if (asked !== null) void this.visit(asked);
  }

  /** Reads what was written since. */
  async follow(): Promise<void> {
    this.archive.head = this.page.session.state.seq;
    if (await this.feed.newer().catch(() => 0)) this.draw();
  }

  /** Tells what was there at a moment; what was read of the log tells when it was. */
  async visit(seq: number): Promise<void> {
    await this.archive.ensure(Math.max(0, seq - 1), seq).catch(() => undefined);
    await this.goTo(seq, this.msUntil(seq));
  }

  /** When the last record up to a seq was written that tells it: one we may not read does not. */
  private msUntil(seq: number): number | null {
    for (let at = seq; at > 0; at--) {
      const record = this.archive.get(at);
      if (!record) break;
      if (record.time) return msOf(record);
    }
    return null;
  }

  /** Reads back until there is enough to list, a few pages at once at most. */
  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    this.draw();
    try {
      for (let pages = 0; pages < PAGES_AT_ONCE && !this.feed.whole; pages++) {
        if (!this.part.wants(this.feed.shown.length)) break;
        await this.feed.older();
      }
    } catch (error) {
      this.page.hud.toasts.problem(problemOf(error));
    } finally {
      this.reading = false;
      this.draw();
    }
  }

  private draw(): void {
    const { feed, names } = this;
    this.part.filters.offer(
      feed.actors().map((actor) => [actor, names.account(actor)]),
      feed.things().map((id) => [id, spokenName(names.nameOf(id) ?? `e${id}`)]),
    );
    const note = this.reading ? say.looking : '';
    this.part.show(feed.shown, feed.whole, this.may('undo'), note);
  }

  private may(action: string): boolean {
    return this.page.session.me?.actions.some(({ name }) => name === action) ?? false;
  }

  private async goTo(seq: number, ms: number | null): Promise<void> {
    const { session, hud } = this.page;
    const state = new WorldState();
    try {
      state.load(await fetchState(session.world, seq));
    } catch (error) {
      hud.toasts.problem(problemOf(error));
      return;
    }
    const [when, long] =
      ms === null
        ? [words.moment(state.seq), words.moment(state.seq)]
        : [whenOf(ms), words.when(ago(ms), exactly(ms))];
    this.shown = { state, when };
    const { here, yaw } = this.page.stance();
    this.part.moment({
      when: long,
      href: `/w/${encodeURIComponent(session.world)}?seq=${state.seq}`,
      things: around(state, here, yaw),
      restores: this.may('restore'),
    });
  }

  private now(): void {
    this.shown = null;
    forgetMoment();
    this.part.moment(null);
  }

  private async undo({ first }: Group): Promise<void> {
    await undo(this.page, this.names, false, first);
  }

  /** Asks what is to be again as it was: everything, or one thing. */
  private async restore(): Promise<void> {
    if (!this.shown) return;
    const { state, when } = this.shown;
    const { session } = this.page;
    const found = differences(momentOf(session.state), momentOf(state));
    const wish = await askRestore(when, found, null);
    if (wish) await restore(this.page, this.names, state.seq, wish.thing);
  }
}
