import type { Intent } from '../input/intent.ts';
import { addIntent, stillness } from '../input/intent.ts';
import type { Gamepads } from '../input/gamepad.ts';
import type { Keyboard } from '../input/keyboard.ts';
import type { Pointers } from '../input/pointer.ts';
import { isScenery, within } from '../input/reach.ts';
import { hearer } from '../view/audio.ts';
import * as THREE from '../view/three.ts';
import { say } from '../ui/strings.ts';
import type { Clicks } from './clicks.ts';
import type { Here } from './here.ts';
import type { Lost } from './lost.ts';
import type { Portals } from './portals.ts';
import type { Screens } from './screens.ts';
import { appearance } from './stay.ts';

const EARS_M = 1.5;
const FRAME_S_MAX = 0.25;
const SLOW_S = 0.2; // the parts that need no 60 turns a second
const SETTLE_S_MAX = 8;
const HIDDEN_MS = 500;
const LOOK_FROM = new THREE.Vector3(-3.4, 2.7, 20.5);
const LOOK_AT = new THREE.Vector3(1, 3.9, -14);
const SWAY_M = 3.2;

export interface Devices {
  keyboard: Keyboard;
  pointers: Pointers;
  gamepads: Gamepads;
}

/** How far strangers stay away: a little more than the server asks for. */
const ARM_M = 0.64;

/** The frame loop: a plain list of phases. */
export class Frames {
  private readonly here: Here;
  private readonly devices: Devices;
  private readonly clicks: Clicks;
  private readonly portals: Portals;
  private begun = false;
  private stood = false;
  private last = 0;
  private slowAt = 0;
  private arrivedAt = 0;
  private readonly box = new THREE.Vector3();
  private screens: Promise<Screens> | null = null;
  private lost: Lost | null = null;
  /** Visitors who are here and not in sight: of thousands, those near have a place each. */
  readonly unseen = new Set<string>();
  /** Resolves once after the next frame was drawn. */
  private drawn: (() => void)[] = [];

  constructor(here: Here, devices: Devices, clicks: Clicks, portals: Portals) {
    this.here = here;
    this.devices = devices;
    this.clicks = clicks;
    this.portals = portals;
  }

  start(): void {
    const turn = (ms: number) => {
      requestAnimationFrame(turn);
      if (!this.here.worn) this.turn(ms);
    };
    requestAnimationFrame(turn);
  }

  /** One turn of the loop; a headset gives it its own turns. */
  turn(ms: number): void {
    const now = ms / 1000;
    const dt = Math.min(FRAME_S_MAX, Math.max(0.001, now - this.last));
    this.last = now;
    this.frame(dt, now, ms);
  }

  /** A promise for the next drawn frame; a page that nobody sees draws none and goes on anyway. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.drawn.push(resolve);
      if (document.hidden) setTimeout(resolve, HIDDEN_MS);
    });
  }

  /** We stand somewhere new; in a new world a portal underfoot does not count yet. */
  arrived(newWorld: boolean): void {
    this.arrivedAt = this.last;
    this.here.walker.body.held = true;
    if (newWorld) this.portals.arrived(this.here.walker.body.position);
  }

  private frame(dt: number, now: number, ms: number): void {
    const { stage, session, time, worn } = this.here;
    const intent = this.wishes(dt);
    worn?.read(dt, intent);
    if (session?.me) {
      this.walk(dt, now, intent);
      this.tellOurPose(ms);
      if (!time.past) this.moveOthers();
      this.here.sounding?.frame();
      this.here.hands.known?.frame(dt, ms);
      time.known?.frame(dt, ms);
      const { walker } = this.here;
      if (worn) worn.settle(ms);
      else walker.rig.follow(stage.camera, walker.body.position, stage.colliders(), dt);
    } else if (!session) {
      this.lookOn(now);
    }
    this.here.panels?.frame(ms);
    stage.render(dt, now);
    if (!this.begun) performance.mark('first-frame');
    this.begun = true;
    if (now - this.slowAt > SLOW_S) {
      this.slowAt = now;
      this.slowly();
    }
    for (const resolve of this.drawn.splice(0)) resolve();
  }

  private wishes(dt: number): Intent {
    const { keyboard, pointers, gamepads } = this.devices;
    const intent = stillness();
    addIntent(intent, keyboard.read(dt));
    addIntent(intent, pointers.read());
    addIntent(intent, gamepads.read(dt));
    if (gamepads.clicked) this.clicks.tap({ x: 0, y: 0 });
    const hands = this.here.hands.known;
    if (gamepads.took) hands?.toggle(hands.nearest());
    if (gamepads.threw) hands?.throw();
    return intent;
  }

  private walk(dt: number, now: number, intent: Intent): void {
    const { walker, stage } = this.here;
    const waited = now - this.arrivedAt;
    if (walker.body.held && ((stage.settled() && waited > 0.3) || waited > SETTLE_S_MAX)) {
      walker.body.settle(stage.colliders());
      if (!this.stood) performance.mark('standing'); // all that is solid is there and drawn
      this.stood = true;
    }
    walker.step(dt, intent, stage.colliders());
    this.keepDistance();
  }

  /** Slides around strangers, as the server would set us back. */
  private keepDistance(): void {
    const { session, walker, time } = this.here;
    const { presence, me } = session!;
    if (time.past) return;
    for (const { id } of presence.visitors.values()) {
      const pose = id === me!.visitor ? null : presence.lastPose(id);
      if (pose) walker.body.keepOff(pose.x, pose.y, pose.z, session!.near.has(id) ? 0 : ARM_M);
    }
  }

  private tellOurPose(ms: number): void {
    const { session, walker, stage } = this.here;
    const pose = walker.pose();
    session!.pose(pose, ms);
    hearer.set(pose.x, pose.y + EARS_M, pose.z);
    stage.moveVisitor(session!.me!.visitor, pose);
  }

  private moveOthers(): void {
    const { stage, session } = this.here;
    const { presence, me } = session!;
    const now = performance.now();
    for (const visitor of presence.visitors.values()) {
      const { id } = visitor;
      if (id === me!.visitor) continue;
      const pose = presence.poseOf(id, now);
      if (pose === null) {
        stage.removeVisitor(id); // out of sight, or not seen yet
        this.unseen.add(id);
        continue;
      }
      if (this.unseen.delete(id)) stage.setVisitor(id, appearance(visitor, me!.visitor));
      stage.moveVisitor(id, pose);
    }
    for (const id of this.unseen) if (!presence.visitors.has(id)) this.unseen.delete(id);
  }

  /** The front page's slow look over the place. */
  private lookOn(now: number): void {
    const { camera } = this.here.stage;
    const sway = this.here.stage.still.matches ? 0 : Math.sin(now * 0.07) * SWAY_M;
    camera.position.copy(LOOK_FROM).setX(LOOK_FROM.x + sway);
    camera.lookAt(LOOK_AT);
  }

  private slowly(): void {
    const { stage, session, hud, walker, time } = this.here;
    const { done, total } = stage.loading();
    const waiting = session !== null && session.state.seq === 0 && session.link.status !== 'ended';
    if (total > 0 || waiting) hud.loading.show(done, total);
    else hud.loading.show(-1, 0);
    if (!session?.me) return;
    if (stage.films.size > 0 || this.screens) this.checkScreens();
    if (time.past) {
      hud.reach.show([]); // nothing of the past can be pressed, and no gate leads out of it
      return;
    }
    this.portals.check(this.here);
    this.clicks.look();
    this.here.hands.check();
    const { x, y, z } = walker.body.position;
    const things = within(
      session.state,
      [x, y, z],
      (id) => stage.worldPosition(id),
      (id) => this.spread(id),
      (id) => this.lost?.lacks(id) ?? false,
    );
    if (hud.note.shown !== null && !things.some(({ id }) => id === hud.note.shown)) hud.note.hide();
    if (stage.lost.size > 0) this.checkLost();
    hud.reach.show(
      things.map((thing) => ({
        ...thing,
        title: this.lost?.named(thing.id, thing.title) ?? thing.title,
        verb: isScenery(session.state, thing.id) ? '' : say.verbs[thing.verb],
      })),
    );
  }

  private checkLost(): void {
    if (this.lost) this.lost.check();
    else import('./lost.ts').then(({ Lost }) => (this.lost ??= new Lost(this.here)), console.warn);
  }

  private checkScreens(): void {
    this.screens ??= import('./screens.ts').then(({ Screens }) => new Screens(this.here));
    this.screens.then((screens) => screens.check(), console.warn);
  }

  /** Half of an entity's width, in metres; larger than reach for whole buildings. */
  private spread(id: number): number {
    const size = this.here.stage.boundsOf(id)?.getSize(this.box);
    return size ? Math.hypot(size.x, size.z) / 2 : 0;
  }
}
