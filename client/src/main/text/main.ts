import '../../ui/css/base.css';
import '../../ui/css/text.css';
import { recallSelf, rememberSelf } from '../../net/memory.ts';
import { problemOf, sentence, sentences, type Problem } from '../../net/problem.ts';
import type { LinkStatus } from '../../net/link.ts';
import type { ActionRow } from '../../net/wire.generated.ts';
import { askArguments, missingArguments } from '../../ui/form.ts';
import { RecordingSign } from '../../ui/recording-sign.ts';
import { say } from '../../ui/strings.ts';
import { TextPage } from '../../ui/text/page.ts';
import { words } from '../../ui/text/words.ts';
import type { Safety } from '../safety/safety.ts';
import { RecordedHere } from '../recorded.ts';
import { momentAsked } from './address.ts';
import type { Before } from './before.ts';
import type { Films } from './films.ts';
import { floorBeside } from './floor.ts';
import { Hand } from './hand.ts';
import { Lost } from './lost.ts';
import { News } from './news.ts';
import { titleOf, verbOf } from '../../world/naming.ts';
import { Session } from '../../world/session.ts';
import type { Fact } from '../../world/state.ts';
import { around, directionOf } from '../../world/surroundings.ts';
import type { Around, Point } from '../../world/surroundings.ts';

const REFRESH_MS = 1000;
const POSE_MS = 50;
const BESIDE_M = 1.2;
const SEEN_M = 20;
/** What stands already in a thing's own button, in a panel, or where one walks and talks. */
const BY_OTHERS = new Set(
  (
    'click use push grab let_go sit_down go say wear press_widget set_widget ' +
    'mute befriend block report keep_distance'
  ).split(' '),
);

/** Verb → the action that it is; the others are a click. */
const ACTIONS: Readonly<Record<string, string>> = {
  push: 'push',
  take: 'grab',
  sit: 'sit_down',
  play: 'play_screen',
  pause: 'pause_screen',
};

/** A stay in a world by words alone: the same session, actions and rights, without a picture. */
class TextWorld {
  private readonly page: TextPage;
  private readonly session: Session;
  private here: Point = [0, 0, 0];
  private yaw = 0;
  private stale = true;
  /** The world has come: from now on a change is news. */
  private whole = false;
  private readonly news: News;
  private safety: Safety | null = null;
  /** What others see us do, and until when on the page's clock. */
  private doing = { animation: 0, until: 0 };
  /** Visitor → what they were seen to do when it was last looked. */
  private seen = new Map<string, number>();
  private before: Before | null = null;
  private readonly recorded: RecordedHere;
  private films: Films | null = null;
  private mayFilm = true;
  private readonly lost: Lost;
  private readonly hand: Hand;

  constructor(root: HTMLElement, world: string) {
    this.page = new TextPage(root, `/w/${encodeURIComponent(world)}`, {
      step: (metres) => this.step(metres),
      turn: (radians) => this.face(this.yaw + radians),
      goTo: ({ title, place }) => void this.go(place, title),
      meet: (visitor) => this.meet(visitor),
      about: (visitor) => void this.openSafety((safety) => safety.person(visitor)),
      safety: () => void this.openSafety((safety) => safety.overview()),
      putDown: () => void this.hand.putDown(),
      throwIt: () => void this.hand.throwIt(),
      turnIt: () => this.hand.turnIt(),
      gestures: () => void this.gestures(),
      self: () => void this.own(({ changeSelf }) => changeSelf(this.asPlace(), false)),
      invite: () => void this.invite(),
      account: () => void this.account(),
      before: (place, on) => void (on && this.tellBefore(place)),
      press: (thing) => void this.press(thing),
      act: (action) => void this.act(action),
      say: (text) => void this.ask('say', { text }),
      find: () => this.refresh(),
    });
    this.session = new Session(world, recallSelf, location.origin, {
      welcome: ({ position, yaw, avatar, vrm }) => {
        const known = recallSelf();
        if (known.state !== 'chosen') rememberSelf({ ...known, avatar, vrm });
        this.whole = false;
        this.recorded.came();
        this.hand.clear();
        this.arrive(position, yaw);
      },
      ready: () => this.ready(),
      loaded: () => {
        this.spoil();
        this.recorded.read(this.session, false);
      },
      change: (change) => {
        this.spoil();
        if (change.component === 'Recording' || change.kind === 'despawn')
          this.recorded.read(this.session, true);
        if (this.whole) this.news.changed(change);
      },
      fact: (fact) => this.heard(fact),
      came: ({ id, name }, news) => this.passed(id, news, say.joined(name)),
      went: ({ id, name }, news) => this.passed(id, news, say.left(name)),
      dressed: () => undefined,
      placed: ({ position, yaw, reason }) =>
        // a seat alone turns us: of our own last turn the server may not know yet
        this.arrive(position, reason === 'sat' ? yaw : this.yaw),
      told: (text, about) => this.page.tell(about ? `${text}. ${words.waits}` : text),
      status: (status, problem) => this.status(status, problem?.message ?? ''),
      historyLost: () => this.page.tell(say.historyLost),
      pending: () => undefined,
    });
    this.news = new News(
      this.session,
      () => this.here,
      (text) => this.page.tell(text),
    );
    this.lost = new Lost(this.session, (text) => this.page.tell(text));
    this.hand = new Hand(this.session, {
      stance: () => ({ here: this.here, yaw: this.yaw }),
      ask: (action, args) => this.ask(action, args),
      tell: (text) => this.page.tell(text),
      show: (title) => this.page.hand(title),
    });
    const recording = new RecordingSign((on) => void this.ask('be_recorded', { on }));
    this.recorded = new RecordedHere({
      chat: { quiet: (text) => this.page.tell(text) },
      topbar: { recording },
    });
    this.page.sign(recording.root);
    this.session.channels.on('holds', ({ rows }) => {
      this.hand.held(rows);
      this.refresh();
    });
    this.session.channels.whenFirst(['paneltree'], () => void this.loadPanels());
    this.session.channels.whenFirst(['progress'], () => void this.awaitLong());
    this.session.link.open();
    setInterval(() => this.tick(), REFRESH_MS);
    setInterval(() => this.pose(), POSE_MS);
    addEventListener('pagehide', () => this.session.remember());
  }

  /** Widgets are loaded where a world has any: words alone need none of their code. */
  private async loadPanels(): Promise<void> {
    try {
      const { TextPanels } = await import('./panels.ts');
      new TextPanels(this.session, (root) => this.page.panels(root));
    } catch (error) {
      this.page.tell(sentence(problemOf(error).message));
    }
  }

  /** What is said in films is loaded where a world has any that says something. */
  private async loadFilms(): Promise<void> {
    this.mayFilm = false;
    try {
      const { Films } = await import('./films.ts');
      this.films = new Films(this.session, (text, who) => this.page.tell(text, who));
    } catch (error) {
      this.page.tell(sentence(problemOf(error).message));
    }
  }

  private tick(): void {
    if (this.stale) this.refresh();
    this.news.flush();
    this.films?.look(this.here);
    void this.before?.follow();
  }

  /** Shows what takes long, from the first on. */
  private async awaitLong(): Promise<void> {
    const { showWaiting } = await import('../waiting.ts');
    showWaiting(this.session, {
      place: this.page.waiting,
      isTaken: null,
      note: (line) => this.page.tell(`${line}.`),
      problem: ({ message, fix }) => this.page.tell(`${message}. ${fix}`),
      rest: () => this.page.rest(),
    });
  }

  private spoil(): void {
    this.stale = true;
  }

  private ready(): void {
    this.whole = true;
    this.refresh();
    this.page.may((this.session.me?.actions ?? []).filter(({ name }) => !BY_OTHERS.has(name)));
    if (momentAsked() !== null) this.page.openPast();
  }

  private status(status: LinkStatus, problem: string): void {
    const text = { open: words.here, connecting: words.connecting, waiting: words.lost, ended: '' };
    const title = this.session.me?.title || this.session.world;
    this.page.head(title, text[status] || problem);
  }

  private passed(visitor: string, news: boolean, line: string): void {
    if (news && visitor !== this.session.me?.visitor) this.news.someone(visitor, 'came', line);
    this.spoil();
  }

  private heard(fact: Fact): void {
    const { kind, data } = fact;
    this.news.fact(fact);
    this.recorded.heard(fact, this.session.me?.visitor);
    if (kind !== 'Said') return;
    const said = data as { name: string | null; text: string | null; agent?: boolean };
    const who = [said.name ?? '', said.agent ? words.agent : ''].filter(Boolean).join(', ');
    if (said.text) this.page.tell(said.text, who);
  }

  private arrive(position: Point, yaw: number): void {
    this.here = position;
    this.yaw = yaw;
    this.stand();
  }

  private face(yaw: number): void {
    this.yaw = yaw;
    this.stand();
  }

  private stand(): void {
    const eighth = ((Math.round(this.yaw / (Math.PI / 4)) % 8) + 8) % 8;
    this.page.at(words.place(this.here[0], this.here[2], words.looking[eighth]!));
    this.hand.carry();
    this.refresh();
  }

  private pose(next = false): void {
    const [x, y, z] = this.here;
    const now = performance.now();
    const anim = now < this.doing.until ? this.doing.animation : 0;
    this.session.pose({ x, y, z, yaw: this.yaw, anim }, now, next);
  }

  /** What somebody is seen to do now; who begins it near us is told of. */
  private does(visitor: string, anim: number, near: boolean): string {
    const [, they = ''] = words.doing[anim] ?? [];
    const began = near && they !== '' && this.seen.get(visitor) !== anim;
    this.seen.set(visitor, anim);
    const name = this.session.presence.visitors.get(visitor)?.name ?? '';
    if (began && visitor !== this.session.me?.visitor)
      this.news.someone(visitor, 'does', words.does(name, they));
    return they;
  }

  private refresh(): void {
    this.stale = false;
    const { state, presence, me } = this.session;
    if (!me) return;
    const all = around(state, this.here, this.yaw);
    this.news.look(all);
    if (this.mayFilm && all.some(({ id }) => state.value(id, 'Screen')?.captions))
      void this.loadFilms();
    void this.lost.look(all, () => this.spoil());
    this.page.around(
      all.map((one) => ({ ...one, held: this.hand.heldBy(one.id), lost: this.lost.of(one) })),
    );
    const near = [...presence.visitors.values()].map((visitor) => {
      const pose = presence.lastPose(visitor.id);
      const self = visitor.id === me.visitor;
      const copy = me.copies > 1 ? say.copy(visitor.copy) : '';
      const nowhere = { distance: null, direction: 'here' as const, does: '' };
      if (!pose) return { visitor, self, copy, ...nowhere };
      const there: Point = [pose.x, pose.y, pose.z];
      const distance = Math.hypot(there[0] - this.here[0], there[2] - this.here[2]);
      const direction = directionOf(this.here, there, this.yaw);
      const does = this.does(visitor.id, pose.anim, distance <= SEEN_M);
      return { visitor, self, copy, distance, direction, does };
    });
    this.page.here(near.sort((a, b) => (a.distance ?? Infinity) - (b.distance ?? Infinity)));
    this.stale = presence.visitors.size > 1; // others walk
  }

  /** What one does about people: the same dialogs as in 3D, loaded when they are asked for. */
  private async openSafety(open: (safety: Safety) => unknown): Promise<void> {
    const { Safety } = await import('../safety/safety.ts');
    this.safety ??= new Safety(this.asPlace(), this.session);
    open(this.safety);
  }

  // -- ourselves, others and the past: each loaded when it is asked for ---------------------------

  private async gestures(): Promise<void> {
    const [{ openGestures }, { EMOTES, gestureSeconds }] = await Promise.all([
      import('../../ui/gestures.ts'),
      import('../../view/avatars/gait.ts'),
    ]);
    openGestures(EMOTES, (animation) => {
      this.doing = { animation, until: performance.now() + 1000 * gestureSeconds(animation) };
      this.pose(true);
      this.page.tell(words.does(words.self, words.doing[animation]![0]));
    });
  }

  private async own(open: (self: typeof import('../self.ts')) => void): Promise<void> {
    open(await import('../self.ts'));
  }

  private async invite(): Promise<void> {
    const { showInvite } = await import('../access.ts');
    const { world, me, copy } = this.session;
    const which = (me?.copies ?? 1) > 1 ? `?copy=${copy}` : '';
    await showInvite(this.asPlace(), world, me?.role === 'owner', '', which);
  }

  private async account(): Promise<void> {
    const { showAccount } = await import('../account.ts');
    await showAccount(this.asPlace(), this.session.world, () => undefined);
  }

  private async tellBefore(place: HTMLElement): Promise<void> {
    const { Before } = await import('./before.ts');
    this.before ??= new Before(this.asPlace(), place);
  }

  private asPlace() {
    const { page, session } = this;
    const at = () => ({ x: this.here[0], z: this.here[2] });
    return {
      session,
      hud: {
        toasts: {
          note: (text: string, more: readonly string[] = []) =>
            page.tell([text, ...more].join(' ')),
          problem: (problem: Problem) => page.tell(sentences(problem)),
        },
        reach: { announce: () => undefined }, // it is told by the note already
      },
      stance: () => ({ here: this.here, yaw: this.yaw }),
      walker: {
        body: {
          get position() {
            return at();
          },
        },
      },
      time: {
        go: (seq: number) => {
          location.href = `/w/${encodeURIComponent(session.world)}?seq=${seq}`;
        },
      },
    };
  }

  private step(metres: number): void {
    const [x, y, z] = this.here;
    const ahead: Point = [x - Math.sin(this.yaw) * metres, y, z - Math.cos(this.yaw) * metres];
    this.pose(true); // where we look, or we would be set down looking as before
    void this.ask('go', { position: ahead });
  }

  /** Goes beside a place, to a floor that is so high or to the one there, and looks at it. */
  private async go(place: Point, title: string, floor?: number): Promise<void> {
    const [x, own, z] = this.here;
    const away = Math.hypot(place[0] - x, place[2] - z);
    const share = away > BESIDE_M ? (away - BESIDE_M) / away : 0;
    const yaw = away > 0.01 ? Math.atan2(x - place[0], z - place[2]) : this.yaw;
    const beside: Point = [x + (place[0] - x) * share, own, z + (place[2] - z) * share];
    const high = floor ?? floorBeside(this.session.state, place, beside, own);
    const position: Point = [beside[0], high, beside[2]];
    this.face(yaw);
    this.pose(true); // where we look, or we would be set down looking as before
    if (await this.ask('go', { position })) this.page.tell(words.went(title));
  }

  private meet(visitor: string): void {
    const pose = this.session.presence.lastPose(visitor);
    const name = this.session.presence.visitors.get(visitor)?.name ?? '';
    if (pose) void this.go([pose.x, pose.y, pose.z], name, pose.y);
  }

  private async press({ id, title }: Around): Promise<void> {
    const { state, me } = this.session;
    const entity = `e${id}`;
    const verb = verbOf(state, id);
    if (verb === 'take' && this.hand.has(id)) return this.hand.putDown();
    if (verb === 'enter') {
      location.href = `/w/${encodeURIComponent(state.value(id, 'Portal')!.world)}/text`;
      return;
    }
    if (verb === 'draw') return this.draw(id, title);
    if (verb === 'use') {
      const use = state.value(id, 'Use')!;
      const action = me?.actions.find(({ name }) => name === use.action);
      const given = Object.fromEntries(use.arguments);
      const missing = action ? missingArguments(action, given) : [];
      const more =
        missing.length > 0 ? await askArguments(titleOf(state, id), action!, missing) : {};
      if (more === null || !(await this.ask('use', { entity, arguments: more }))) return;
    } else if (!(await this.ask(ACTIONS[verb] ?? 'click', { entity }))) return;
    const note = verb === 'read' ? state.value(id, 'Annotation') : undefined;
    this.page.tell(note ? `${note.title}. ${note.text}` : words.did(say.verbs[verb], title));
  }

  /** Draws on a face by the pen that says where it is. */
  private async draw(id: number, title: string): Promise<void> {
    const face = this.session.state.value(id, 'Sketch')!;
    const { openDrawing } = await import('./drawing.ts');
    openDrawing(title, face, (points) => void this.ask(face.action, { points }));
  }

  private async act(action: ActionRow): Promise<void> {
    const asked = missingArguments(action, {});
    const title = action.name.replaceAll('_', ' ');
    const args = asked.length > 0 ? await askArguments(title, action, asked) : {};
    if (args === null) return;
    const answer = await this.ask(action.name, args);
    const result = answer?.result;
    const shown = result === null || result === undefined ? '' : `, ${JSON.stringify(result)}`;
    if (answer) this.page.tell(words.done(title, shown));
  }

  /** Asks for an action; a refusal is told with what to do next. */
  private async ask(action: string, args: Record<string, unknown>) {
    try {
      return await this.session.do(action, args);
    } catch (error) {
      this.page.tell(sentences(problemOf(error)));
      return null;
    }
  }
}

const world = /^\/w\/([^/]+)\/text\/?$/.exec(location.pathname)?.[1];
if (world) new TextWorld(document.getElementById('text')!, decodeURIComponent(world));
