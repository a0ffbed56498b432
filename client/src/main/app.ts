import { chooseFile, listenForFiles } from '../input/file-drop.ts';
import { Gamepads } from '../input/gamepad.ts';
import { Keyboard, isTaken } from '../input/keyboard.ts';
import { Pointers } from '../input/pointer.ts';
import { Walker } from '../input/walker.ts';
import { api, createWorld, listWorlds, type WorldList } from '../net/api.ts';
import { recallSelf } from '../net/memory.ts';
import type { Me } from '../net/people.ts';
import { Front } from '../ui/front.ts';
import { say } from '../ui/strings.ts';
import type { MenuChoices } from '../ui/topbar.ts';
import { EMOTES } from '../view/avatars/gait.ts';
import { whenAudible } from '../view/audio.ts';
import { Stage } from '../view/stage.ts';
import type { Session } from '../world/session.ts';
import { choicesOf } from './choices.ts';
import { Clicks } from './clicks.ts';
import type { Dropping } from './dropping.ts';
import { Frames } from './frame.ts';
import { ask, attempt, type Here } from './here.ts';
import { Hands } from './hands.ts';
import { Hud } from './hud.ts';
import { Mirror } from './mirror.ts';
import type { Panels } from './panels/panels.ts';
import { Placing } from './placing.ts';
import { Portals } from './portals.ts';
import type { Safety } from './safety/safety.ts';
import { previewWorld } from './preview.ts';
import type { Sounding } from './sounding.ts';
import { openSession, showEarlierChat, showFork } from './stay.ts';
import { changeSelf, keepSelf } from './self.ts';
import { Time } from './time.ts';
import type { Worn } from './xr/worn.ts';

const KEPT_MS = 2000;
const GESTURES = Object.keys(EMOTES).map(Number); // by the digits 1 to 8

/** The page: its parts, and the ways between the front page and the worlds. */
export class App implements Here {
  readonly stage: Stage;
  readonly mirror: Mirror;
  readonly walker = new Walker();
  readonly hud: Hud;
  readonly time: Time;
  readonly hands = new Hands(this);
  session: Session | null = null;
  panels: Panels | null = null;
  worn: Worn | null = null;
  sounding: Sounding | null = null;
  nextPerson: (() => void) | null = null;
  /** Resolves when the place that was asked for is drawn. */
  ready: Promise<void> = Promise.resolve();
  private readonly frames: Frames;
  private readonly placing: Placing;
  private readonly clicks: Clicks;
  private readonly dropping: () => Promise<Dropping>;
  private readonly choices: MenuChoices = choicesOf(new URLSearchParams(location.search));
  private readonly root: HTMLElement;
  private front: Front | null = null;
  private first = 'plaza';
  private shown = '';
  private readonly safeties = new WeakMap<Session, Safety>();

  constructor(canvas: HTMLCanvasElement, root: HTMLElement) {
    this.root = root;
    this.stage = new Stage(canvas, { quality: this.choices.quality });
    this.stage.setHour(this.choices.hour);
    this.stage.clock = () => this.time.clock();
    this.mirror = new Mirror(this.stage);
    this.hud = new Hud(root, this.choices, this.events());
    this.placing = new Placing(this);
    this.clicks = new Clicks(this, this.placing);
    this.time = new Time(this, () => {
      this.placing.select(null);
      this.clicks.point(null);
      this.hands.shown?.hide();
    });
    let dropping: Promise<Dropping> | null = null; // few ever bring a file
    this.dropping = () =>
      (dropping ??= import('./dropping.ts').then((m) => new m.Dropping(this, this.placing, canvas)));
    this.frames = new Frames(this, this.devices(canvas), this.clicks, new Portals());
    this.enter = this.enter.bind(this);
    addEventListener('resize', () => this.resize(canvas));
    this.resize(canvas);
    addEventListener('popstate', () => void this.route());
    addEventListener('pagehide', () => this.session?.remember());
    addEventListener('online', () => this.session?.link.hurry());
    addEventListener('keydown', (event) => this.key(event));
    setInterval(() => this.session?.remember(), KEPT_MS);
    listenForFiles(window, {
      over: (at) => this.session && void this.dropping().then((one) => one.over(at)),
      drop: (files, at) => void this.dropFiles(files, at),
    });
    this.frames.start();
    whenAudible((context) => {
      import('./sounding.ts').then(({ Sounding }) => {
        this.sounding = new Sounding(this, context);
      }, console.warn);
    });
    if ('xr' in navigator)
      void import('./xr/door.ts').then(({ offerHeadset }) =>
        offerHeadset(this, this.frames, this.clicks),
      );
  }

  private events() {
    return {
      say: (text: string) => void ask(this, 'say', { text }),
      press: (id: number) => void this.clicks.press(id),
      point: (id: number | null) => this.clicks.point(id),
      invite: () => void this.invite(),
      help: () => void this.help(matchMedia('(pointer: coarse)').matches),
      self: () => changeSelf(this),
      gestures: () => void this.gesture(),
      sounds: () => this.sounding?.toggle(),
      account: () => void this.account(),
      asked: (line: string) => void this.asked(line),
      front: () => void this.goFront(),
      history: () => void this.time.toggle(),
      undo: (again: boolean) => void this.time.undo(again),
      consent: (on: boolean) => void this.session?.do('be_recorded', { on }).catch(() => undefined),
      person: (visitor: string) => void this.safety().then((safety) => safety?.person(visitor)),
      safety: () => void this.safety().then((safety) => safety?.overview()),
      model: () => void this.openModel(),
      world: () => void this.newWorld(),
      choose: ({ quality, hour }: MenuChoices) => {
        this.stage.setQuality(quality);
        this.stage.setHour(hour);
      },
      placing: {
        turn: (radians: number) => this.placing.turn(radians),
        grow: (factor: number) => this.placing.grow(factor),
        nudge: (right: number, back: number) => this.placing.nudge(right, back),
        remove: () => void this.placing.remove(),
        done: () => this.placing.select(null),
      },
      deeds: {
        jump: () => this.walker.jump(),
        turn: () => this.hands.known?.turn(),
        throw: () => this.hands.known?.throw(),
      },
    };
  }

  /** What one does about the others here; null outside of a world. */
  private async safety(): Promise<Safety | null> {
    const { session } = this;
    if (!session) return null;
    const { Safety } = await import('./safety/safety.ts');
    let found = this.safeties.get(session);
    if (!found) {
      found = new Safety(this, session);
      this.safeties.set(session, found);
    }
    return found;
  }

  private devices(canvas: HTMLCanvasElement) {
    const pointers = new Pointers(canvas, {
      tap: (at) => this.clicks.tap(at),
      choose: (at) => this.clicks.choose(at),
      hover: (at) => this.clicks.hover(at),
      grab: (at) => this.placing.grab(at) || (this.hands.known?.grab(at) ?? false),
      drag: (at) => {
        if (this.hands.known?.busy) this.hands.known.drag(at);
        else this.placing.drag(at);
      },
      release: () => {
        if (this.hands.known?.busy) this.hands.known.release();
        else this.placing.release();
      },
      stick: (at) => this.hud.stick.show(at),
    });
    return { keyboard: new Keyboard(window), pointers, gamepads: new Gamepads() };
  }

  private resize(canvas: HTMLCanvasElement): void {
    this.stage.resize(canvas.clientWidth, canvas.clientHeight, devicePixelRatio);
  }

  private key(event: KeyboardEvent): void {
    if (!this.session || event.altKey || isTaken(event)) return;
    if (event.ctrlKey || event.metaKey) {
      const again = event.code === 'KeyY' || (event.shiftKey && event.key.toLowerCase() === 'z');
      if (!again && event.key.toLowerCase() !== 'z') return;
      event.preventDefault();
      void this.time.undo(again);
      return;
    }
    if (event.key === 'Enter' || event.key === 't' || event.key === 'T') {
      event.preventDefault(); // the letter must not end up in the line that opens
      this.hud.chat.open();
    } else if (event.key === '?') void this.help(false);
    else if (event.key === 'g' || event.key === 'G') void this.gesture();
    else if (/^[1-8]$/.test(event.key)) this.walker.emote(GESTURES[Number(event.key) - 1]!);
    else if (event.code === 'KeyE') this.takeOrPut();
    else if (event.code === 'KeyC') void this.chooseThing();
    else if (event.code === 'KeyF') this.hands.known?.throw();
    else if (event.code === 'KeyM') this.sounding?.toggle();
    else if (event.code === 'KeyR') this.hands.known?.turn();
    else if (event.key === 'h' || event.key === 'H') void this.time.toggle();
    else if (event.key === 'Escape' && this.time.past) void this.time.go(null);
    else if (event.key === 'Escape') this.placing.select(null);
  }

  /** A builder without a pointer chooses by name what to change. */
  private async chooseThing(): Promise<void> {
    if (!this.placing.allowed) return this.hud.flash(say.needsBuilder);
    const { chooseThing } = await import('./things.ts');
    chooseThing(this, (id) => this.placing.select(id));
  }

  /** One key takes the nearest thing and puts it down again. */
  private takeOrPut(): void {
    const hands = this.hands.known;
    hands?.toggle(hands.nearest());
  }

  /** Resolves once the next frame was drawn. */
  drawn(): Promise<void> {
    return this.frames.next();
  }

  /** Follows the address: the front page or a world. */
  async route(): Promise<void> {
    const world = /^\/w\/([^/]+)\/?$/.exec(location.pathname)?.[1];
    const seq = Number(new URLSearchParams(location.search).get('seq') ?? Number.NaN);
    if (world) await this.join(decodeURIComponent(world), seq >= 0 ? Math.floor(seq) : null);
    else await this.showFront();
  }

  /** Enters a world by pushing its address; no reload. */
  async enter(world: string): Promise<void> {
    history.pushState(null, '', `/w/${encodeURIComponent(world)}`);
    await this.join(world);
  }

  private async goFront(): Promise<void> {
    if (this.worn) return (await import('./xr/worlds.ts')).showWorlds(this);
    if (this.placing.allowed) {
      const { keepLast } = await import('./poster.ts');
      await keepLast(this).catch(() => undefined); // a nicety
    }
    history.pushState(null, '', '/');
    void this.showFront();
  }

  private async showFront(): Promise<void> {
    if (this.worn) {
      await this.worn.leave(); // a way back of the browser's own: that page is for a screen
      this.hud.toasts.note(say.tookOff);
    }
    this.leave();
    this.hud.enter(false);
    document.title = say.brand;
    this.front = new Front(recallSelf(), {
      enter: () => void this.enter(this.first),
      openModel: () => void this.openModel(),
      newWorld: () => void this.newWorld(),
      invite: () => void this.invite(),
      world: (name) => void this.enter(name),
      self: keepSelf,
      account: () => void this.account(),
      signIn: (by) => void import('./account.ts').then(({ comeBack }) => comeBack(this, by)),
    });
    this.root.prepend(this.front.root);
    this.ready = this.drawFront();
    await this.ready;
  }

  private async drawFront(): Promise<void> {
    this.tellFront();
    const list: WorldList | null = await attempt(this, listWorlds);
    if (list) {
      this.first = list.first;
      void this.drawShelf(list);
      this.use(this.first);
      if (!this.session) await attempt(this, () => previewWorld(this.first, this.mirror));
    }
    await this.drawn();
  }

  /** Who one is does not hold up the front page. */
  private tellFront(): void {
    void this.asked();
    void api<Pick<Me, 'kept' | 'organisation' | 'name'>>('GET', '/api/auth/me').then(
      ({ kept, organisation, name }) => this.front?.person(kept, organisation, name),
      () => undefined,
    );
  }

  private async drawShelf({ worlds }: WorldList): Promise<void> {
    const found = await import('./shelf.ts').catch(() => null); // the page may be left just now
    const { front } = this;
    if (front && found) found.showShelf(front.root, worlds, (name) => front.go(name));
  }

  /** Empties the picture when another world is to be drawn. */
  private use(world: string): void {
    if (this.shown === world) return;
    this.shown = world;
    this.stage.reset();
    this.mirror.clear();
  }

  private leave(): void {
    for (const visitor of this.session?.presence.visitors.keys() ?? [])
      this.stage.removeVisitor(visitor);
    this.placing.select(null);
    this.time.leave();
    this.panels?.dispose();
    this.panels = null;
    this.hands.leave();
    this.session?.close();
    this.session = null;
    this.front?.root.remove();
    this.front = null;
    this.hud.banner.mended();
    this.hud.chat.clear();
  }

  /** Goes into a world: as it is now, or as it was at a seq. */
  private async join(world: string, seq: number | null = null): Promise<void> {
    if (this.session?.world === world) {
      await this.time.go(seq);
      return;
    }
    this.leave();
    this.use(world);
    if (seq !== null) this.time.expect();
    this.hud.enter(true);
    this.hud.topbar.place(world);
    this.hud.topbar.fork(null);
    const { promise, resolve } = Promise.withResolvers<void>();
    const session = openSession(world, this, this.frames, this.placing, resolve);
    this.session = session;
    session.link.open();
    document.getElementById('stage')?.focus();
    this.ready = promise
      .then(() => (seq === null || this.session !== session ? undefined : this.time.go(seq)))
      .then(() => this.frames.next());
    await this.ready;
    if (this.session !== session) return;
    this.hud.reach.announce(say.arrived(session.me?.title || world));
    // niceties: the world is there without them
    showEarlierChat(session, this).catch(() => undefined);
    showFork(session, this).catch(() => undefined);
    void this.asked();
    if (this.placing.allowed)
      void import('./poster.ts').then((m) => m.keepPosters(this, () => this.placing.allowed));
  }

  private async invite(): Promise<void> {
    const { showInvite } = await import('./access.ts');
    const { session } = this;
    const copy = (session?.me?.copies ?? 1) > 1 ? `?copy=${session!.copy}` : '';
    const world = session?.world ?? this.first;
    const list = session ? null : await attempt(this, listWorlds);
    const me = session ? session.me : list?.worlds.find(({ name }) => name === world);
    await showInvite(this, world, me?.role === 'owner', '', copy, list?.worlds);
  }

  private async account(): Promise<void> {
    const { showAccount } = await import('./account.ts');
    void this.asked();
    await showAccount(this, this.session?.world ?? null, () => this.tellFront());
  }

  /** Marks *Your account* while something waits there, and says so where it came just now. */
  private async asked(line = ''): Promise<void> {
    const found = await import('./asked.ts').catch(() => null); // the page may be left just now
    await found?.lookAsked(this.hud, line, () => void this.account());
  }

  private async help(touch: boolean): Promise<void> {
    (await import('../ui/help/help.ts')).openHelp(touch);
  }

  private async gesture(): Promise<void> {
    const { openGestures } = await import('../ui/gestures.ts');
    openGestures(EMOTES, (animation) => this.walker.emote(animation));
  }

  private async newWorld(): Promise<void> {
    const made = await (await import('./making.ts')).makeWorld(this);
    if (made) await this.enter(made);
  }

  private async makeWorld(title: string): Promise<string | null> {
    const made = await attempt(this, () => createWorld(title));
    if (made) await this.enter(made.name);
    return made?.name ?? null;
  }

  /** Lets someone choose a model and opens it here, or in a world of its own. */
  private async openModel(): Promise<void> {
    const file = await chooseFile();
    if (file) await this.bring(file, null);
  }

  private async dropFiles(files: readonly File[], at: { x: number; y: number }): Promise<void> {
    if (this.time.past) {
      this.hud.toasts.note(say.onlyNow);
      return;
    }
    if (this.session && this.placing.allowed) return (await this.dropping()).drop(files, at);
    if (files[0]) await this.bring(files[0], null);
  }

  private async bring(file: File, place: [number, number, number] | null): Promise<void> {
    if (!this.session || !this.placing.allowed) {
      const refused = this.session !== null;
      if (!(await this.makeWorld(file.name.replace(/\.glb$/i, '')))) return;
      if (refused) this.hud.toasts.note(say.needsBuilder);
    }
    await (await this.dropping()).place(file, place);
  }
}
