import '../../ui/css/history.css';
import { answering } from '../../input/reach.ts';
import { fetchRecords, fetchState } from '../../net/past.ts';
import { Problem, problemOf } from '../../net/problem.ts';
import { TimeBar } from '../../ui/history/bar.ts';
import { Drawer } from '../../ui/history/drawer.ts';
import { Edge } from '../../ui/history/edge.ts';
import { Feed } from '../../ui/history/feed.ts';
import { Names } from '../../ui/history/names.ts';
import { say } from '../../ui/history/strings.ts';
import { ago, dayOf, whenOf } from '../../ui/history/times.ts';
import { Archive } from '../../world/archive.ts';
import { differences, momentOf, msOf, type Moment } from '../../world/moment.ts';
import { Past } from '../../world/past.ts';
import type { WorldClock } from '../../view/context.ts';
import type { Session } from '../../world/session.ts';
import { WorldState } from '../../world/state.ts';
import { ask, type Here } from '../here.ts';
import { isRecorded } from '../recorded.ts';
import { appearance } from '../stay.ts';
import { Comparing } from './comparing.ts';
import { askRestore, copyLink, fork, restore, undo } from './deeds.ts';
import { Lookup } from './lookup.ts';
import { People } from './people.ts';
import { Play } from './play.ts';
import { Survey } from './survey.ts';
import { Travel } from './travel.ts';

const LOOK_MS = 400; // so often the page looks whether the world went on
const REST_MS = 500; // the address follows when the picture has rested for so long
const ROOMY = '(min-width: 900px) and (min-height: 461px)';
const SHEET = '(max-width: 560px), (max-height: 460px)'; // there the list lies over the picture
/** The server did not answer: what is shown stays, and it is asked again. */
const quiet = () => undefined;

/** The past of the world that one is in: what happened, any moment of it, and what it is for. */
export class History {
  readonly travel: Travel;
  private readonly here: Here;
  private readonly session: Session;
  private readonly archive: Archive;
  private readonly names: Names;
  private readonly survey: Survey;
  readonly people: People;
  private readonly play: Play;
  private readonly bar: TimeBar;
  private readonly edge = new Edge();
  private readonly drawer: Drawer;
  private readonly comparing: Comparing;
  private pointed: number | null = null;
  private chosen: number | null = null;
  private lookedAt = 0;
  private steps: Promise<void> = Promise.resolve();
  private rest: ReturnType<typeof setTimeout> | undefined;

  constructor(here: Here, session: Session) {
    this.here = here;
    this.session = session;
    const { world } = session;
    const load = (after: number, limit: number) => fetchRecords(world, after, limit);
    this.archive = new Archive(load, session.state.seq);
    const lookup = new Lookup(this.archive, () => this.drawer.redraw());
    this.names = new Names(lookup);
    this.survey = new Survey(this.archive);
    this.people = new People(world, here.stage);
    const past = new Past(this.archive, async (seq) => {
      const state = new WorldState();
      state.load(await fetchState(world, seq));
      return state;
    });
    this.travel = new Travel(here, past, {
      left: () => this.left(),
      drawn: () => this.drawn(),
      live: () => this.cameBack(),
      failed: (error) => here.hud.toasts.problem(problemOf(error)),
    });
    this.play = new Play(this.archive, {
      covers: (ms) => this.people.covers(ms),
      begins: (ms) => this.people.begins(ms),
      show: (seq, said) => {
        void this.travel.aim(seq);
        for (const { data } of said) this.people.say(String(data?.['visitor']), data?.['text']);
      },
      end: () => this.travel.live(),
    });
    this.comparing = new Comparing(here, () => this.show());
    this.bar = new TimeBar(this.barEvents());
    const feed = new Feed(this.archive, (record) => this.names.learn(record));
    this.drawer = new Drawer(feed, this.names, (record) => lookup.before(record), {
      goTo: (seq) => {
        this.uncover();
        void this.travel.aim(seq);
      },
      show: (ids) => {
        this.uncover();
        here.stage.highlight(ids[0] ?? null);
      },
      touched: (ids) => here.stage.highlight(ids[0] ?? null),
      restore: (seq, thing) => void this.restore(seq, thing),
      undo: (group) => void this.undo(false, group),
      close: () => this.list(false),
    });
    this.bar.root.hidden = true;
    const { root } = this.comparing.wipe;
    here.hud.inside.prepend(root, this.edge.root);
    here.hud.inside.append(this.bar.root, this.drawer.root);
  }

  private barEvents() {
    return {
      scrub: (place: number, held: boolean) => this.scrub(place, held),
      leap: (place: number) => void this.leap(place).catch(quiet),
      step: (way: -1 | 1) => void this.step(way),
      end: (way: -1 | 1) => (way > 0 ? this.travel.live() : this.scrub(0, false)),
      play: () => this.toggle(),
      rate: (rate: number) => {
        this.play.rate = rate;
      },
      live: () => this.travel.live(),
      record: () => void ask(this.here, 'record', { on: !isRecorded(this.session.state) }),
      undo: () => void this.undo(false),
      redo: () => void this.undo(true),
      compare: () => void this.compare(),
      restore: () => void this.askRestore(),
      fork: () => void fork(this.here, this.session.me?.title ?? '', this.seq),
      link: () => void copyLink(this.here, this.session.world, this.seq),
      list: () => this.list(!this.drawer.isOpen),
      close: () => this.close(),
    };
  }

  /** The seq that the picture shows. */
  get seq(): number {
    return this.travel.moment?.seq ?? this.session.state.seq;
  }

  /** The time of the moment that is shown; null while that is now. */
  get clock(): WorldClock | null {
    const { playing, rate, ms } = this.play;
    return this.travel.moment ? { ms, rate: playing ? rate : 0 } : null;
  }

  get isOpen(): boolean {
    return !this.bar.root.hidden;
  }

  /** The bar, while it is open: a headset hangs it before the eyes. */
  get shownBar(): HTMLElement | null {
    return this.isOpen ? this.bar.root : null;
  }

  /** The list of what happened, while it is open. */
  get shownList(): HTMLElement | null {
    return this.drawer.isOpen ? this.drawer.root : null;
  }

  // -- opening and closing --------------------------------------------------------------------

  /** Opens the bar; and the list, where there is room for both and it is wished for. */
  open(listed = true): void {
    this.here.hud.topbar.shut();
    this.bar.root.hidden = false;
    this.here.hud.inside.classList.add('with-time');
    this.look();
    if (listed && matchMedia(ROOMY).matches) this.list(true);
    this.bar.scale.root.focus();
  }

  /** Puts everything away and comes back to now. */
  close(): void {
    this.travel.live();
    this.list(false);
    this.bar.root.hidden = true;
    this.here.hud.inside.classList.remove('with-time');
    document.getElementById('stage')?.focus();
  }

  private list(open: boolean): void {
    this.drawer.open(open);
    this.here.hud.inside.classList.toggle('with-list', open);
    if (open) this.drawer.focus();
    else {
      this.here.stage.highlight(null);
      this.bar.scale.root.focus();
    }
    this.show();
  }

  /** Puts the list away where it would hide what is to be looked at. */
  private uncover(): void {
    if (matchMedia(SHEET).matches) this.list(false);
  }

  /** Leaves the world. */
  dispose(): void {
    clearTimeout(this.rest);
    this.play.playing = false;
    this.people.clear();
    this.comparing.end();
    this.edge.show(null);
    for (const { root } of [this.bar, this.drawer, this.edge, this.comparing.wipe]) root.remove();
    this.here.hud.inside.classList.remove('with-time', 'with-list');
  }

  // -- going about in time --------------------------------------------------------------------

  /** Goes to a moment, byte by byte; throws a Problem where the world has none. */
  async visit(seq: number): Promise<void> {
    const head = this.session.state.seq;
    if (seq > head) {
      const row = { code: 'no_seq', message: say.noSuchMoment(seq, head) };
      throw new Problem({ ...row, fix: say.noSuchMomentFix }, 404);
    }
    if (!this.isOpen) this.open(false);
    this.play.playing = false;
    await this.travel.visit(seq);
  }

  /**
   * Goes to a moment and plays on from there, up to another; throws a Problem. `ms`: the time at
   * which it begins, where that is later than the moment.
   */
  async replay(seq: number, until: number | null, ms = 0): Promise<void> {
    await this.visit(seq);
    await this.archive.ensure(Math.max(0, seq - 1), seq); // when it was, by which the clock goes
    await this.people.survey(this.archive.head).catch(quiet);
    this.play.set(this.seq, Math.max(ms, this.msOf(this.seq)));
    this.play.until = until;
    this.play.playing = true;
    this.show();
  }

  private scrub(place: number, held: boolean): void {
    const { axis } = this.survey;
    if (!axis.last) return;
    this.play.playing = false;
    this.pointed = held ? place : null;
    const seq = axis.seqAt(place);
    if (!held && seq >= this.archive.head) {
      this.travel.live();
      return;
    }
    const ms = axis.msAt(place);
    this.play.set(seq, this.people.covers(ms) ? ms : this.msOf(seq));
    void this.travel.aim(seq);
    this.show();
  }

  private async leap(place: number): Promise<void> {
    const there = await this.archive.wholeAt(this.survey.axis.seqAt(place));
    if (there > this.seq) this.scrub(place, false);
    else await this.step(1);
  }

  /** One group back or on; each press counts, however long the way of the one before takes. */
  private step(way: -1 | 1): Promise<void> {
    const { trips } = this.travel;
    this.steps = this.steps
      .then(() => (trips === this.travel.trips ? this.takeStep(way) : undefined))
      .catch(quiet);
    return this.steps;
  }

  private async takeStep(way: -1 | 1): Promise<void> {
    this.play.playing = false;
    if (this.travel.moment === null) this.catchUp();
    const { archive, seq } = this;
    const next = way < 0 ? await archive.previousGroup(seq) : await archive.nextGroup(seq);
    if (way > 0 && next >= archive.head) this.travel.live();
    else if (next > 0) await this.travel.aim(next);
  }

  /** What happened a moment ago counts at once, and not only when the page looks again. */
  private catchUp(): number {
    this.archive.head = this.session.state.seq;
    return this.archive.head;
  }

  private toggle(): void {
    if (!this.play.playing && this.travel.moment === null) this.scrub(0, false);
    this.play.playing = !this.play.playing;
    this.play.until = null;
    this.show();
  }

  private left(): void {
    const { stage, session } = this.here;
    for (const id of session?.presence.visitors.keys() ?? [])
      if (id !== session?.me?.visitor) stage.removeVisitor(id);
  }

  private drawn(): void {
    const { moment } = this.travel;
    if (!moment) return;
    if (!this.play.playing && this.pointed === null)
      this.play.set(moment.seq, this.msOf(moment.seq));
    this.comparing.update(moment);
    this.drawer.mark(moment.seq);
    this.show();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.address(moment.seq), REST_MS);
  }

  private cameBack(): void {
    const { stage, session } = this.here;
    this.play.playing = false;
    this.pointed = null;
    this.people.clear();
    const divides = this.comparing.wipe.root.contains(document.activeElement);
    this.comparing.end();
    if (divides) this.bar.scale.root.focus(); // the divider is gone
    for (const visitor of session?.presence.visitors.values() ?? [])
      stage.setVisitor(visitor.id, appearance(visitor, session?.me?.visitor));
    this.drawer.mark(null);
    clearTimeout(this.rest);
    this.address(null);
    this.show();
  }

  /** Names the moment in the page's address, so that a reload comes back to it. */
  private address(seq: number | null): void {
    const url = new URL(location.href);
    if (seq === null) url.searchParams.delete('seq');
    else url.searchParams.set('seq', String(seq));
    history.replaceState(history.state, '', url);
  }

  private msOf(seq: number): number {
    const record = this.archive.get(seq);
    return record?.time ? msOf(record) : this.survey.axis.timeOf(seq);
  }

  // -- deeds ----------------------------------------------------------------------------------

  /** Undoes or redoes our own last deed, or one group; only in the present. */
  async undo(again: boolean, group: number | null = null): Promise<void> {
    if (group !== null) this.travel.live();
    if (this.travel.moment) {
      this.here.hud.toasts.note(say.pastNow);
      return;
    }
    const head = this.catchUp();
    await this.archive.ensure(Math.max(0, head - 200), head); // who wrote last is named there
    for (const record of this.archive.between(Math.max(0, head - 200), head))
      this.names.learn(record);
    await undo(this.here, this.names, again, group);
  }

  private async compare(): Promise<void> {
    if (this.comparing.on) {
      this.comparing.end();
      this.show();
      return;
    }
    if (this.travel.moment === null) await this.step(-1);
    const { moment } = this.travel;
    const { left, width } = this.drawer.root.getBoundingClientRect();
    const free = width > 0 && left > width ? left : innerWidth; // a sheet leaves the width free
    if (moment) this.comparing.begin(moment, free / 2 / innerWidth);
    this.show();
  }

  private async askRestore(): Promise<void> {
    const { moment } = this.travel;
    if (!moment) return;
    const found = differences(momentOf(this.session.state, moment), moment);
    const wish = await askRestore(whenOf(this.msOf(moment.seq)), found, this.chosen);
    if (wish) await this.restore(moment.seq, wish.thing);
  }

  private async restore(seq: number, thing: number | null): Promise<void> {
    this.travel.live();
    await restore(this.here, this.names, seq, thing);
  }

  /** Something of the past was pressed: its history is listed. */
  tap(entity: number | null): void {
    const { moment } = this.travel;
    const id = entity === null || !moment ? null : answering(asState(moment), entity);
    this.chosen = id;
    this.here.stage.highlight(id);
    if (id === null) return;
    if (!this.drawer.isOpen) this.list(true);
    this.drawer.about(id);
  }

  // -- what is shown --------------------------------------------------------------------------

  /** Goes on with the clock; `dt` in seconds. */
  frame(dt: number, ms: number): void {
    this.play.frame(dt);
    if (this.travel.moment) this.people.show(this.play.ms);
    if (ms - this.lookedAt < LOOK_MS && !this.play.playing) return;
    if (ms - this.lookedAt >= LOOK_MS) {
      this.lookedAt = ms;
      this.look();
    }
    this.show();
  }

  /** Looks whether the world went on. */
  private look(): void {
    const { moment } = this.travel;
    const head = this.session.state.seq;
    if (moment && head > this.archive.head) this.comparing.update(moment); // now is another
    this.archive.head = head;
    if (!this.isOpen) return;
    const { survey, bar } = this;
    const read = survey.read().then((more) => {
      if (!more) return;
      bar.scale.fill(survey.axis, survey.marks, this.people.stretches());
      this.show();
    });
    this.people.survey(this.archive.head).then((more) => {
      if (more) bar.scale.fill(survey.axis, survey.marks, this.people.stretches());
    }, quiet);
    Promise.all([read, this.drawer.isOpen && this.drawer.follow()]).catch(quiet);
    this.permit();
  }

  private permit(): void {
    const may = new Set(this.session.me?.actions.map(({ name }) => name));
    const reason = (name: string) => (may.has(name) ? null : say.notAllowed);
    const past = this.travel.moment !== null;
    this.bar.recording(past || !may.has('record') ? null : isRecorded(this.session.state));
    this.bar.allow('undo', say.undo, past ? say.notInPast : reason('undo'));
    this.bar.allow('redo', say.redo, past ? say.notInPast : reason('redo'));
    this.bar.allow('restore', say.restore, past ? reason('restore') : say.onlyPast);
    for (const deed of ['restore', 'undo'] as const) this.drawer.detail.allow(deed, reason(deed));
  }

  private show(): void {
    const { moment } = this.travel;
    const { seq, archive, survey, play } = this;
    const live = moment === null;
    const ms = play.playing || this.pointed !== null ? play.ms : this.msOf(seq);
    const when = live ? say.now : whenOf(ms);
    const place = live ? 1 : play.playing ? survey.axis.placeAt(ms) : survey.axis.placeOf(seq);
    const told = live ? say.liveNow(seq) : say.moment(when, ago(ms), seq, archive.head);
    this.bar.show({
      place: this.pointed ?? place,
      ...{ seq, head: archive.head, live, when, words: told },
      playing: play.playing,
      comparing: this.comparing.on,
      listed: this.drawer.isOpen,
      waiting: this.travel.waiting,
    });
    const more = this.comparing.on ? say.differences(this.comparing.count) : ago(ms);
    this.edge.show(live ? null : { when: dayOf(ms), more: `${more} · ${say.seq(seq)}` });
    this.comparing.name(when, (other: Moment) => whenOf(this.msOf(other.seq)));
    this.permit();
  }
}

/** As much of a state as looking up through parents needs. */
function asState({ things }: Moment): WorldState {
  const entities = new Map(
    [...things].map(([id, thing]) => [
      id,
      { ...thing, cells: new Map(Object.entries(thing.components)) },
    ]),
  );
  return { entities } as unknown as WorldState;
}
