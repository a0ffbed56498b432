import '../../ui/css/panels.css';
import { rememberComfort, recallComfort, type Comfort } from '../../net/comfort.ts';
import type { Limb, Limbs } from '../../net/limbs.ts';
import type { Intent } from '../../input/intent.ts';
import { BothHands, type Hand } from '../../input/xr/hand.ts';
import { Summons } from '../../input/xr/summons.ts';
import { Room } from '../../input/xr/room.ts';
import * as THREE from '../../view/three.ts';
import { Vignette } from '../../view/xr/marks.ts';
import { Cadence, Eyes, wornPace } from '../../view/xr/pace.ts';
import type { Session } from '../../world/session.ts';
import { turn } from '../../world/presence.ts';
import type { Clicks } from '../clicks.ts';
import type { Frames } from '../frame.ts';
import { sendReach, showReach } from '../reaching.ts';
import { ask, type Here } from '../here.ts';
import { Acting } from './acting.ts';
import { Before } from './before.ts';
import { Going } from './going.ts';
import { Rooming } from './rooming.ts';
import { Wrist } from './wrist.ts';
import { el } from '../../ui/dom.ts';
import { askText } from '../../ui/self-dialog.ts';
import { say as common } from '../../ui/strings.ts';
import { say } from '../../ui/xr/strings.ts';
import type { WristEvents } from '../../ui/xr/wrist.ts';

const TELL_MS = 50;
const SAME_PACE = 0.08; // of a period
const LEAN_M_MAX = 0.5; // farther than this from our feet the room comes along
const UP = new THREE.Vector3(0, 1, 0);
const NOBODY = { head: null, left: null, right: null };
const eyes = new Eyes(); // of one headset after the other

export type Mode = 'immersive-vr' | 'immersive-ar';

/** Puts a headset on: from here on it gives the frames, until it is taken off. */
export async function putOn(
  here: Here,
  frames: Frames,
  clicks: Clicks,
  mode: Mode,
): Promise<Worn> {
  const more = mode === 'immersive-ar' ? ['hit-test', 'anchors'] : [];
  const session = await navigator.xr!.requestSession(mode, {
    requiredFeatures: ['local-floor'],
    optionalFeatures: ['hand-tracking', ...more],
  });
  const { renderer } = here.stage.insides();
  here.stage.wear(true, mode === 'immersive-ar');
  renderer.setAnimationLoop((ms, frame) => {
    if (frame) here.worn?.turn(frame, ms);
  });
  try {
    renderer.xr.setReferenceSpaceType('local-floor');
    await renderer.xr.setSession(session);
  } catch (error) {
    renderer.setAnimationLoop(null);
    here.stage.wear(false);
    throw error;
  }
  const worn = new Worn(here, frames, clicks, session, mode);
  here.worn = worn;
  here.panels?.showAll();
  return worn;
}

/** A headset that is worn: our head and hands in the world, and the frames for our eyes. */
export class Worn {
  readonly mode: Mode;
  readonly hands: BothHands;
  readonly room: Room;
  readonly head = new THREE.Vector3();
  readonly look = new THREE.Quaternion();
  readonly going: Going;
  readonly comfort: Comfort = recallComfort();
  readonly vignette = new Vignette();
  /** The room around us, where one sees it. */
  readonly rooming: Rooming | null;
  readonly wrist: Wrist;
  readonly before: Before;
  private readonly summons = new Summons();
  private readonly cadence = new Cadence();
  private period_ms = 0;
  private frame: XRFrame | null = null;
  frames_drawn = 0;
  private readonly here: Here;
  private readonly frames: Frames;
  private readonly clicks: Clicks;
  private readonly session: XRSession & { isSystemKeyboardSupported?: boolean };
  private readonly host = el('div', { class: 'panel-host wrist-host' });
  private readonly acting: readonly Acting[];
  private readonly last = new THREE.Vector3();
  private readonly carried = new THREE.Vector3();
  private readonly distance: number;
  private yaw = 0;
  private world: Session | null = null;
  private aligned = false;
  private toldAt = 0;
  private hovered = '';
  private turnOf = 0;
  private wished = 0;
  private dt = 0;

  constructor(
    here: Here,
    frames: Frames,
    clicks: Clicks,
    session: Worn['session'],
    mode: Mode,
  ) {
    this.here = here;
    this.frames = frames;
    this.clicks = clicks;
    this.session = session;
    this.mode = mode;
    const { renderer, scene } = here.stage.insides();
    const floor = renderer.xr.getReferenceSpace()!;
    this.room = new Room(floor);
    floor.addEventListener('reset', () => (this.aligned = false));
    this.hands = new BothHands(session, () => this.comfort.hand);
    this.going = new Going(here);
    this.acting = this.hands.all.map((hand) => new Acting(here, clicks, this.going, hand, scene));
    scene.add(this.going.landing.root, this.vignette.mesh);
    this.rooming = mode === 'immersive-ar' ? new Rooming(here, this, session) : null;
    this.distance = here.walker.rig.distance;
    here.walker.rig.distance = 0;
    here.hud.inside.append(this.host);
    document.documentElement.classList.add('in-headset');
    this.wrist = this.makeWrist();
    this.before = new Before(here, this.host, !session.isSystemKeyboardSupported);
    for (const one of this.acting) one.wantsKeys = (field) => this.before.write(field);
    session.addEventListener('end', () => this.off());
    this.world = here.session;
  }

  /** The menu on the wrist. */
  private makeWrist(): Wrist {
    const { here, rooming, comfort } = this;
    const { gestures, safety, undo, self, invite } = here.hud.topbar.events;
    const events: WristEvents = {
      leave: () => void this.leave(),
      turn: (eighths) => {
        this.wished += (eighths * Math.PI) / 4;
      },
      jump: () => here.walker.jump(),
      glide: (on) => this.choose({ ...comfort, moving: on ? 'smooth' : 'teleport' }, true),
      sit: (on) => this.choose({ ...comfort, seated: on }, true),
      say: () => void this.speak(),
      gestures,
      safety,
      undo: () => undo(false),
      redo: () => undo(true),
      self,
      invite,
      past: () => void this.past(),
      chat: () => (here.hud.chat.isOpen ? here.hud.chat.close() : here.hud.chat.open()),
      menu: () => here.hud.topbar.toggle('menu'),
      build: this.clicks.placing.allowed
        ? (on) => this.acting.forEach((one) => (one.builds = on))
        : null,
      again: rooming && (() => rooming.again()),
      next: here.nextPerson,
    };
    return new Wrist(here, this.host, events, [comfort.moving === 'smooth', comfort.seated]);
  }

  /** Hangs the time of the world before us, or puts it away and comes back to now. */
  private async past(): Promise<void> {
    const history = await this.here.time.load();
    if (history?.isOpen) history.close();
    else history?.open(false);
  }

  private async speak(): Promise<void> {
    const text = await askText(say.said, say.said, common.send);
    if (text) await ask(this.here, 'say', { text });
  }

  /** Takes in how one likes it, as the settings or the wrist have it. */
  choose(comfort: Comfort, keep = false): void {
    const sat = this.comfort.seated;
    Object.assign(this.comfort, comfort);
    if (keep) rememberComfort(this.comfort);
    if (sat !== comfort.seated && !this.rooming) this.room.seat(comfort.seated, this.eyes);
  }

  /** How high the eyes really are. */
  private get eyes(): number {
    return this.head.y - this.room.lift - this.here.walker.body.position.y;
  }

  /** Takes the headset off. */
  leave(): Promise<void> {
    return this.session.end();
  }

  /** One frame of the headset. */
  turn(frame: XRFrame, ms: number): void {
    const { renderer, camera } = this.here.stage.insides();
    const viewer = frame.getViewerPose(this.room.space);
    if (!viewer) return;
    const pose = viewer.transform;
    this.keepPace(viewer, ms);
    this.head.set(pose.position.x, pose.position.y, pose.position.z);
    const { x, y, z, w } = pose.orientation;
    this.look.set(x, y, z, w);
    if (!this.aligned) this.align();
    else {
      renderer.xr.updateCamera(camera);
      this.hands.read(frame, this.room.space);
      this.frame = frame;
      this.frames.turn(performance.now());
      this.frame = null;
      this.hands.done();
      this.frames_drawn += 1;
    }
    if (this.room.refresh()) renderer.xr.setReferenceSpace(this.room.space);
  }

  /** Judges frames by the headset's own rate; fewer pixels come where nothing else helps. */
  private keepPace({ views }: XRViewerPose, ms: number): void {
    const { stage } = this.here;
    const { frameRate } = this.session;
    const measured = this.cadence.note(ms);
    const period_ms = frameRate ? 1000 / frameRate : measured;
    if (Math.abs(period_ms - this.period_ms) >= SAME_PACE * period_ms) {
      this.period_ms = period_ms;
      stage.keepPace(wornPace(period_ms), performance.now() / 1000);
    }
    const { xr } = stage.insides().renderer;
    const { foveation, part } = eyes.at(stage.strain);
    if (xr.getFoveation() !== foveation) xr.setFoveation(foveation);
    for (const view of views) if (part < 1) view.requestViewportScale?.(part);
  }

  /** Puts the room so that we stand where our body does, and look where it looked. */
  private align(): void {
    const { body, rig } = this.here.walker;
    const eyes = this.head.y - this.room.lift;
    this.aligned = true;
    this.room.turnAbout(this.head, turn(rig.yaw - this.headYaw()));
    const { x, y, z } = body.position;
    this.room.move(new THREE.Vector3(x - this.head.x, y, z - this.head.z));
    this.room.seat(this.comfort.seated && !this.rooming, eyes);
    this.rooming?.moved();
    this.last.copy(body.position);
    this.yaw = rig.yaw;
  }

  private headYaw(): number {
    const right = new THREE.Vector3(1, 0, 0).applyQuaternion(this.look);
    return Math.atan2(-right.z, right.x);
  }

  /** Before we move: the way we look, and what the sticks wish. */
  read(dt: number, intent: Intent): void {
    const { rig } = this.here.walker;
    this.dt = dt;
    const newWorld = this.here.session !== this.world;
    if (newWorld && this.here.session?.me) {
      this.world = this.here.session;
      this.wished += turn(rig.yaw - this.headYaw()); // as one looks where one arrives
    }
    this.yaw = rig.yaw = this.headYaw();
    rig.distance = 0;
    if (!this.rooming) this.going.read(dt, intent, this.hands, this.comfort);
    intent.yaw += this.wished;
    this.wished = 0;
  }

  /** After we moved: the room comes along, the body comes under the head, and the hands act. */
  settle(ms: number): void {
    const { walker, stage } = this.here;
    const { body } = walker;
    this.room.turnAbout(this.head, walker.rig.yaw - this.yaw);
    this.carried.subVectors(body.position, this.last);
    this.room.move(this.carried);
    if (this.carried.lengthSq() > 0) this.rooming?.moved();
    this.follow(stage.colliders());
    this.last.copy(body.position);
    this.turnOf = 1 - this.turnOf;
    const main = this.hands.main(this.comfort.hand);
    const off = this.hands[main.side === 'right' ? 'left' : 'right'];
    if (this.summons.made(main, this.dt)) {
      this.going.drop();
      this.wrist.call();
    }
    this.wrist.frame(off, this.head, this.look, ms);
    const planes = this.here.panels?.planes;
    if (planes) planes.wrist = this.wrist.shown ? this.wrist : null;
    const places =
      this.rooming?.frame(this.frame!, this.hands.all, main, ms / 1000) ?? false;
    this.before.frame(this.head, this.look, this.dt, ms);
    const surfaces = [this.wrist, ...this.before.surfaces];
    this.acting.forEach((one, i) => one.frame(this.dt, surfaces, i === this.turnOf, places));
    this.hover();
    if (!this.rooming) this.going.frame();
    const dark = this.comfort.vignette ? this.going.unrest : 0;
    this.vignette.show(this.head, this.look, dark, this.dt);
    this.tell(ms);
  }

  /** Lights up what the hand that points is on, or else the other; tells it once. */
  private hover(): void {
    const [left, right] = this.acting.map(({ pointsAt }) => pointsAt);
    const found = (this.comfort.hand === 'left' ? (left ?? right) : (right ?? left)) ?? null;
    const key = found ? `${found.id} ${Math.round(found.distance)}` : '';
    if (key === this.hovered) return;
    this.hovered = key;
    this.clicks.show(found);
  }

  /** Who really walks takes the body along; a wall stops it, and then the room comes along. */
  private follow(colliders: readonly THREE.Mesh[]): void {
    const { walker } = this.here;
    if (walker.perch) return;
    const { body } = walker;
    const lean = new THREE.Vector3();
    const measure = () =>
      lean.addVectors(this.head, this.carried).sub(body.position).setY(0).length();
    if (measure() > 1e-4) body.shift(lean.x, lean.z, colliders);
    const left = measure();
    if (this.rooming) return; // who sees the real room is not held back by the world's walls
    if (left > LEAN_M_MAX) this.room.move(lean.setLength(LEAN_M_MAX - left));
  }

  /** Tells the others where head and hands are. */
  private tell(ms: number): void {
    const { session } = this.here;
    if (!session || ms - this.toldAt < TELL_MS) return;
    this.toldAt = ms;
    const { left, right } = this.hands;
    this.reach(session, {
      head: this.limb(this.head, this.look, 0),
      left: this.handLimb(left),
      right: this.handLimb(right),
    });
  }

  private reach(session: Session, limbs: Limbs): void {
    sendReach(session, limbs);
    if (session.me) showReach(this.here, session.me.visitor, limbs);
  }

  private handLimb(hand: Hand): Limb | null {
    return hand.seen ? this.limb(hand.place, hand.turn, hand.grip) : null;
  }

  /** A place and a turn as they are from our feet, by the way we face. */
  private limb(place: THREE.Vector3, turned: THREE.Quaternion, grip: number): Limb {
    const { body, yaw } = this.here.walker;
    const from = place.clone().add(this.carried).sub(body.position).applyAxisAngle(UP, -yaw);
    const way = new THREE.Quaternion().setFromAxisAngle(UP, -yaw).multiply(turned);
    return {
      place: from.toArray() as Limb['place'],
      turn: way.toArray() as Limb['turn'],
      grip,
    };
  }

  /** The headset was taken off: the page is as it was. */
  private off(): void {
    const { here } = this;
    if (here.worn !== this) return;
    here.worn = null;
    const { renderer } = here.stage.insides();
    renderer.setAnimationLoop(null);
    renderer.xr.setReferenceSpace(null as unknown as XRReferenceSpace);
    // The next headset begins as the last one had to be, whatever the page had to save.
    eyes.over(here.stage.strain, here.stage.quality());
    renderer.xr.setFramebufferScaleFactor(eyes.whole);
    here.stage.wear(false);
    here.walker.rig.distance = this.distance;
    here.walker.rig.pitch = 0;
    here.walker.rig.cut();
    this.clicks.show(null);
    here.hud.topbar.shut();
    const seized = here.hands.known?.seized;
    if (seized) here.hands.known!.open(seized);
    for (const one of this.acting) one.dispose();
    this.going.dispose();
    this.vignette.dispose();
    this.rooming?.dispose();
    this.wrist.dispose();
    this.before.dispose();
    this.host.remove();
    document.documentElement.classList.remove('in-headset');
    if (here.panels) {
      here.panels.planes.wrist = null;
      here.panels.showAll();
    }
    if (here.session) this.reach(here.session, NOBODY);
    dispatchEvent(new Event('resize'));
  }

  /** Where a control of the wrist, of a dialog or of the keyboard hangs in the world. */
  whereIs(label: string, share = 0.5): THREE.Vector3 | null {
    const all = [...this.before.surfaces, this.wrist].filter((one) => one.shown);
    for (const whole of [true, false])
      for (const one of all) {
        const found = one.whereIs(label, whole, share);
        if (found) return found;
      }
    return null;
  }

  /** Whether some text hangs before us now: for scripts and tests. */
  shows(text: string): boolean {
    return this.before.surfaces.some(
      ({ root, shown }) => shown && (root.innerText ?? '').includes(text),
    );
  }

  /** What scripts and tests may know of it. */
  told() {
    const { hands, head, going } = this;
    const hand = ({ seen, bare, place, ray, tip }: Hand) =>
      seen
        ? {
            bare,
            place: place.toArray(),
            tip: tip.toArray(),
            ray: [ray.origin.toArray(), ray.direction.toArray()],
          }
        : null;
    return {
      mode: this.mode,
      frames: this.frames_drawn,
      head: head.toArray(),
      yaw: this.headYaw(),
      left: hand(hands.left),
      right: hand(hands.right),
      aiming: going.aimer?.side ?? null,
      dark: this.vignette.dark,
      wrist: this.wrist.shown,
      keys: this.before.keys.shown,
      says: this.before.says,
      room: this.rooming?.told() ?? null,
      foveation: this.here.stage.insides().renderer.xr.getFoveation() ?? null,
      eyes: eyes.at(this.here.stage.strain),
      control: (label: string, share?: number) => this.whereIs(label, share)?.toArray() ?? null,
      shows: (text: string) => this.shows(text),
      really: (place: [number, number, number]) => this.room.really(place),
      seen: (place: [number, number, number]) => this.room.seen(place),
    };
  }
}
