import { chooseFile, listenForFiles } from '../input/file-drop.ts';
import { Gamepads } from '../input/gamepad.ts';
import { Keyboard, isTaken } from '../input/keyboard.ts';
import { Pointers } from '../input/pointer.ts';
import { Walker } from '../input/walker.ts';
import { createWorld, listWorlds, type WorldList } from '../net/api.ts';
import { recallSelf, rememberSelf, type Self } from '../net/memory.ts';
import { openHelp, openInvite } from '../ui/dialogs.ts';
import { Front } from '../ui/front.ts';
import { randomLook } from '../ui/looks.ts';
import { askText, openSelfDialog } from '../ui/self-dialog.ts';
import { say } from '../ui/strings.ts';
import type { MenuChoices } from '../ui/topbar.ts';
import { Stage } from '../view/stage.ts';
import type { Session } from '../world/session.ts';
import { choicesOf } from './choices.ts';
import { Clicks } from './clicks.ts';
import { Dropping } from './dropping.ts';
import { Frames } from './frame.ts';
import { ask, attempt, type Here } from './here.ts';
import { Hud } from './hud.ts';
import { Mirror } from './mirror.ts';
import { Placing } from './placing.ts';
import { Portals } from './portals.ts';
import { previewWorld } from './preview.ts';
import { openSession, showEarlierChat } from './stay.ts';

const KEPT_MS = 2000;

/** The page: its parts, and the ways between the front page and the worlds. */
export class App implements Here {
  readonly stage: Stage;
  readonly mirror: Mirror;
  readonly walker = new Walker();
  readonly hud: Hud;
  session: Session | null = null;
  /** Resolves when the place that was asked for is drawn. */
  ready: Promise<void> = Promise.resolve();
  private readonly frames: Frames;
  private readonly placing: Placing;
  private readonly clicks: Clicks;
  private readonly dropping: Dropping;
  private readonly choices: MenuChoices = choicesOf(new URLSearchParams(location.search));
  private readonly root: HTMLElement;
  private front: Front | null = null;
  private first = 'plaza';
  private shown = '';

  constructor(canvas: HTMLCanvasElement, root: HTMLElement) {
    this.root = root;
    const { name, look } = recallSelf();
    if (look === null) rememberSelf({ name, look: randomLook() });
    this.stage = new Stage(canvas, { quality: this.choices.quality });
    this.stage.setHour(this.choices.hour);
    this.mirror = new Mirror(this.stage);
    this.hud = new Hud(root, this.choices, this.events());
    this.placing = new Placing(this);
    this.clicks = new Clicks(this, this.placing);
    this.dropping = new Dropping(this, this.placing, canvas);
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
      over: (at) => this.session && this.dropping.over(at),
      drop: (files, at) => void this.dropFiles(files, at),
    });
    this.frames.start();
  }

  private events() {
    return {
      say: (text: string) => void ask(this, 'say', { text }),
      press: (id: number) => void this.clicks.press(id),
      point: (id: number | null) => this.clicks.point(id),
      invite: () => openInvite(`${location.origin}/w/${this.session?.world ?? this.first}`),
      help: () => openHelp(matchMedia('(pointer: coarse)').matches),
      self: () => this.changeSelf(),
      front: () => this.goFront(),
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
    };
  }

  private devices(canvas: HTMLCanvasElement) {
    const pointers = new Pointers(canvas, {
      tap: (at) => this.clicks.tap(at),
      choose: (at) => this.clicks.choose(at),
      hover: (at) => this.clicks.hover(at),
      grab: (at) => this.placing.grab(at),
      drag: (at) => this.placing.drag(at),
      release: () => this.placing.release(),
      stick: (at) => this.hud.stick.show(at),
    });
    return { keyboard: new Keyboard(window), pointers, gamepads: new Gamepads() };
  }

  private resize(canvas: HTMLCanvasElement): void {
    this.stage.resize(canvas.clientWidth, canvas.clientHeight, devicePixelRatio);
  }

  private key(event: KeyboardEvent): void {
    if (!this.session || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    if (event.key === 'Enter' || event.key === 't' || event.key === 'T') {
      event.preventDefault(); // the letter must not end up in the line that opens
      this.hud.chat.open();
    } else if (event.key === '?') openHelp(false);
    else if (event.key === 'g' || event.key === 'G') this.walker.wave();
    else if (event.key === 'Escape') this.placing.select(null);
  }

  /** Follows the address: the front page or a world. */
  async route(): Promise<void> {
    const world = /^\/w\/([^/]+)\/?$/.exec(location.pathname)?.[1];
    if (world) await this.join(decodeURIComponent(world));
    else await this.showFront();
  }

  /** Enters a world by pushing its address; no reload. */
  async enter(world: string): Promise<void> {
    history.pushState(null, '', `/w/${encodeURIComponent(world)}`);
    await this.join(world);
  }

  private goFront(): void {
    history.pushState(null, '', '/');
    void this.showFront();
  }

  private async showFront(): Promise<void> {
    this.leave();
    this.hud.enter(false);
    document.title = say.brand;
    const self = recallSelf();
    this.front = new Front(self, {
      enter: () => void this.enter(this.first),
      openModel: () => void this.openModel(),
      newWorld: () => void this.newWorld(),
      invite: () => openInvite(`${location.origin}/w/${this.first}`),
      world: (name) => void this.enter(name),
      self: rememberSelf,
    });
    this.root.prepend(this.front.root);
    this.ready = this.drawFront();
    await this.ready;
  }

  private async drawFront(): Promise<void> {
    const list: WorldList | null = await attempt(this, () => listWorlds());
    if (list) {
      this.first = list.first;
      this.front?.worlds(list.worlds.filter(({ name }) => name !== list.first));
      this.use(this.first);
      if (!this.session) await attempt(this, () => previewWorld(this.first, this.mirror));
    }
    await this.frames.next();
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
    this.session?.close();
    this.session = null;
    this.front?.root.remove();
    this.front = null;
    this.hud.banner.mended();
    this.hud.chat.clear();
  }

  private async join(world: string): Promise<void> {
    if (this.session?.world === world) return;
    this.leave();
    this.use(world);
    this.hud.enter(true);
    this.hud.topbar.place(world);
    const { promise, resolve } = Promise.withResolvers<void>();
    const session = openSession(world, this, this.frames, this.placing, resolve);
    this.session = session;
    session.link.open();
    document.getElementById('stage')?.focus();
    this.ready = promise.then(() => this.frames.next());
    await this.ready;
    if (this.session !== session) return;
    this.hud.reach.announce(say.arrived(session.me?.title || world));
    // a nicety: the world is there without it
    showEarlierChat(session, this).catch(() => undefined);
  }

  private changeSelf(): void {
    const self = recallSelf();
    const me = this.session?.me;
    openSelfDialog({ ...self, name: self.name || (me?.name ?? '') }, (next: Self) => {
      rememberSelf(next);
      this.session?.link.restart(); // hello tells the new name and look
    });
  }

  private async newWorld(): Promise<string | null> {
    const title = await askText(say.newWorld, say.newWorldTitle, say.create);
    return title === null ? null : this.makeWorld(title);
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
    if (this.session && this.placing.allowed) return this.dropping.drop(files, at);
    if (files[0]) await this.bring(files[0], null);
  }

  private async bring(file: File, place: [number, number, number] | null): Promise<void> {
    if (!this.session || !this.placing.allowed) {
      const refused = this.session !== null;
      if (!(await this.makeWorld(file.name.replace(/\.glb$/i, '')))) return;
      if (refused) this.hud.toasts.note(say.needsBuilder);
    }
    await this.dropping.place(file, place ?? this.dropping.ahead());
  }
}
