import { Swing, thrown } from '../../input/throwing.ts';
import { answering } from '../../input/reach.ts';
import type { Ndc } from '../../input/pointer.ts';
import { decodeBodies, encodeHold, type Quat, type Vec } from '../../net/body-frames.ts';
import { problemOf } from '../../net/problem.ts';
import { BODIES, type Holds, type Seats } from '../../net/wire.generated.ts';
import { say } from '../../ui/strings.ts';
import * as THREE from '../../view/three.ts';
import { BodyTracks, distance } from '../../world/body-tracks.ts';
import { titleOf } from '../../world/naming.ts';
import type { Session } from '../../world/session.ts';
import { ask, type Here } from '../here.ts';
import { KeySketching } from './key-sketching.ts';
import { Perching } from './perching.ts';
import { Sketching } from './sketching.ts';

const SEND_MS = 50;
const TAP_MS = 300;
const TRUST_M = 0.6; // farther than this from our hand, it is where the server has it
const BLEND_PER_S = 9;
const CHEST_M = 1.2;
const ARM_M = 3;
const BEFORE_US_M = 0.55;
const TURN_RAD = Math.PI / 4;

/** What our hand holds. */
interface Hold {
  id: number;
  /** Along the pointer's ray in metres; null: before our chest. */
  along: number | null;
  pointer: Ndc | null;
  /** A tracked hand that has it, and where it is in that hand. */
  grip: { hand: Grip; place: THREE.Vector3; turn: THREE.Quaternion } | null;
  turn: THREE.Quaternion;
  startedAt: number;
  moved: boolean;
  /** The server has said yes. */
  sure: boolean;
}

/** A hand that is tracked: the object stays the same while the hand moves. */
export interface Grip {
  readonly place: THREE.Vector3;
  readonly turn: THREE.Quaternion;
}

const ray = new THREE.Raycaster();
const UP = new THREE.Vector3(0, 1, 0);

/** Moving bodies as they are seen, our own hand, and our seat. */
export class Touching {
  readonly perching: Perching;
  readonly sketching: Sketching;
  readonly keySketching: KeySketching;
  private readonly here: Here;
  private readonly session: Session;
  private readonly tracks = new BodyTracks();
  private readonly holders = new Map<number, string>();
  /** How far what we let go of is from where the server has it: fades, so that nothing jumps. */
  private readonly gaps = new Map<number, THREE.Vector3>();
  private hold: Hold | null = null;
  private swing = new Swing();
  private place: Vec = [0, 0, 0];
  private sentAt = 0;
  private sequence = 0;

  constructor(here: Here, session: Session) {
    this.here = here;
    this.session = session;
    this.perching = new Perching(here, session);
    this.sketching = new Sketching(here, session);
    this.keySketching = new KeySketching(here, session);
    const { channels } = session;
    channels.onBytes(BODIES, (bytes) =>
      this.tracks.take(decodeBodies(bytes), session.presence.tick_ms),
    );
    channels.on('holds', (message) => this.heldBy(message));
    channels.on('seats', (message: Seats) => this.perching.take(message));
  }

  dispose(): void {
    for (const id of [...this.tracks.ids()]) this.rest(id);
    this.here.hud.deeds.holds(false);
    this.hold = null;
    this.perching.dispose();
    this.sketching.dispose();
    this.keySketching.dispose();
  }

  /** What our hand holds, or null. */
  get holding(): number | null {
    return this.hold?.id ?? null;
  }

  /** Whether what the pointer does now is ours: it holds something, or draws. */
  get busy(): boolean {
    return this.hold !== null || this.sketching.busy;
  }

  private get me(): string {
    return this.session.me?.visitor ?? '';
  }

  private heldBy({ rows }: Holds): void {
    for (const [id, visitor] of rows) {
      if (visitor) this.holders.set(id, visitor);
      else this.holders.delete(id);
      if (this.hold?.id === id && this.hold.sure && visitor !== this.me) this.empty();
    }
  }

  /** Whether a thing can be taken by us just now. */
  canTake(id: number): boolean {
    const { state } = this.session;
    const holder = this.holders.get(id);
    if (!state.value(id, 'Grab') || (holder && holder !== this.me)) return false;
    return true;
  }

  // -- taking and letting go -------------------------------------------------------------------

  /** The pointer went down: true when it takes a thing, which it then drags. */
  grab(at: Ndc): boolean {
    if (this.here.time.past || this.hold) return false;
    if (this.sketching.grab(at)) return true;
    const hit = this.here.stage.pick(at.x, at.y);
    if (!hit || hit.entity === null) return false;
    const id = answering(this.session.state, hit.entity);
    if (!this.canTake(id) || !this.inReach(id)) return false;
    const { position } = this.here.stage.camera;
    const where = this.here.stage.worldPosition(id);
    this.take(id, where ? position.distanceTo(new THREE.Vector3(...where)) : hit.distance, at);
    return true;
  }

  /** A tracked hand closes on a thing; tells whether it has it. */
  seize(id: number, hand: Grip): boolean {
    if (this.here.time.past || this.hold || !this.canTake(id) || !this.inReach(id)) return false;
    const hold = this.take(id, null, null);
    const where = this.here.stage.worldPosition(id) ?? hand.place.toArray();
    const back = hand.turn.clone().invert();
    const place = new THREE.Vector3(...where).sub(hand.place).applyQuaternion(back);
    hold.grip = { hand, place, turn: back.multiply(hold.turn) };
    return true;
  }

  /** The hand opens: what it held flies on as the hand moved. */
  open(hand: Grip): void {
    if (this.hold?.grip?.hand === hand) void this.letGo(this.swing.velocity(performance.now()));
  }

  /** The tracked hand that holds what we hold, if it is one. */
  get seized(): Grip | null {
    return this.hold?.grip?.hand ?? null;
  }

  drag(at: Ndc): void {
    this.sketching.drag(at);
    if (!this.hold) return;
    const { pointer } = this.hold;
    if (pointer) this.hold.moved ||= Math.hypot(at.x - pointer.x, at.y - pointer.y) > 0.02;
    if (this.hold.moved) this.hold.pointer = at;
  }

  /** The pointer went up: a drag throws, a tap keeps the thing in the hand. */
  release(): void {
    void this.sketching.release();
    const { hold } = this;
    if (!hold) return;
    if (hold.moved || performance.now() - hold.startedAt > TAP_MS) {
      void this.letGo(this.swing.velocity(performance.now()));
    } else {
      hold.along = hold.pointer = null;
      this.here.hud.flash(say.inHand);
    }
  }

  /** Takes a thing, or puts down what is in the hand: one key, one button. */
  toggle(id: number | null): void {
    if (this.hold) void this.letGo([0, 0, 0]);
    else if (id !== null) this.take(id, null, null);
  }

  /** The nearest thing that can be taken, or null. */
  nearest(): number | null {
    return this.nearestTo(this.here.walker.body.position);
  }

  /** The nearest to a hand of those whose skin is at most so many metres away, or null. */
  beside(hand: THREE.Vector3, metres: number): number | null {
    const id = this.nearestTo(hand);
    const box = id === null ? null : this.here.stage.boundsOf(id);
    return box && box.distanceToPoint(hand) <= metres ? id : null;
  }

  private nearestTo({ x, z }: THREE.Vector3): number | null {
    let best: number | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const id of this.session.state.having('Grab')) {
      if (!this.canTake(id) || !this.inReach(id)) continue;
      const where = this.here.stage.worldPosition(id);
      const away = where ? Math.hypot(where[0] - x, where[2] - z) : least;
      if (away < least) [best, least] = [id, away];
    }
    return best;
  }

  /** Throws what is in the hand the way we look. */
  throw(): void {
    if (!this.hold) return;
    const { x, y, z } = this.here.stage.camera.getWorldDirection(new THREE.Vector3());
    void this.letGo(thrown([x, y, z]));
  }

  /** Turns what is in the hand by an eighth. */
  turn(): void {
    this.hold?.turn.premultiply(new THREE.Quaternion().setFromAxisAngle(UP, TURN_RAD));
  }

  private inReach(id: number): boolean {
    const grip = this.session.state.value(id, 'Grab');
    const where = this.here.stage.worldPosition(id);
    if (!grip || !where) return false;
    const { x, y, z } = this.here.walker.body.position;
    const box = this.here.stage.boundsOf(id);
    const half = box ? box.getSize(new THREE.Vector3()).length() / 2 : 0;
    return distance(where, [x, y + CHEST_M, z]) <= grip.reach + half;
  }

  private take(id: number, along: number | null, pointer: Ndc | null): Hold {
    const { session, here } = this;
    const turn = here.stage.worldRotation(id);
    this.swing = new Swing();
    const startedAt = performance.now();
    const asked = { along, pointer, grip: null, moved: false, sure: false };
    const hold: Hold = { id, turn, startedAt, ...asked };
    this.hold = hold;
    here.hud.deeds.holds(true);
    this.place = here.stage.worldPosition(id) ?? this.target(hold);
    here.hud.reach.announce(`${say.verbs.take}: ${titleOf(session.state, id)}`);
    session.do('grab', { entity: `e${id}` }).then(
      () => {
        hold.sure = true;
      },
      (error: unknown) => {
        if (this.hold === hold) this.empty();
        here.hud.toasts.problem(problemOf(error));
      },
    );
    return hold;
  }

  private async letGo(velocity: Vec): Promise<void> {
    const { hold } = this;
    if (!hold) return;
    this.send(hold, performance.now(), true);
    this.empty();
    await ask(this.here, 'let_go', { velocity });
  }

  /** Our hand is empty: what it held is where the server has it, and comes there softly. */
  private empty(): void {
    const { hold } = this;
    this.hold = null;
    this.here.hud.deeds.holds(false);
    if (!hold) return;
    const there = this.tracks.poseAt(hold.id, this.now());
    if (!there) return this.here.stage.letBe(hold.id);
    const gap = new THREE.Vector3(...this.place).sub(new THREE.Vector3(...there.position));
    if (gap.length() < 3) this.gaps.set(hold.id, gap);
  }

  // -- a frame ---------------------------------------------------------------------------------

  /** Shows every moving body; `dt` in seconds, `ms` the steady clock of the page. */
  frame(dt: number, ms: number): void {
    this.perching.frame();
    const now = this.now();
    if (this.here.time.past) return;
    for (const id of [...this.tracks.ids()]) {
      if (id !== this.hold?.id) this.show(id, now, dt);
    }
    if (this.hold) this.carry(this.hold, ms);
  }

  private now(): number {
    return this.session.presence.timeAt(performance.now()) ?? 0;
  }

  private show(id: number, now: number, dt: number): void {
    const { state } = this.session;
    if (!state.entities.has(id)) return this.tracks.drop(id);
    const pose = this.tracks.poseAt(id, now)!;
    const logged = this.here.stage.loggedPosition(id);
    if (logged && this.tracks.rests(id, now, logged)) return this.rest(id);
    const gap = this.gaps.get(id);
    let position = pose.position;
    if (gap) {
      gap.multiplyScalar(Math.exp(-BLEND_PER_S * dt));
      if (gap.length() < 0.005) this.gaps.delete(id);
      position = [position[0] + gap.x, position[1] + gap.y, position[2] + gap.z];
    }
    this.here.stage.carry(id, position, pose.rotation);
  }

  private rest(id: number): void {
    this.tracks.drop(id);
    this.gaps.delete(id);
    this.here.stage.letBe(id);
  }

  /** Our own hand is seen at once; where a wall stops it, the server's word counts. */
  private carry(hold: Hold, ms: number): void {
    this.place = this.target(hold);
    this.swing.note(this.place, performance.now());
    const there = this.tracks.poseAt(hold.id, this.now());
    const trusted = !there || !hold.sure || distance(there.position, this.place) < TRUST_M;
    const rotation = hold.turn.toArray() as Quat;
    this.here.stage.carry(hold.id, trusted ? this.place : there.position, rotation);
    this.send(hold, ms, false);
  }

  private send(hold: Hold, ms: number, atOnce: boolean): void {
    if (!atOnce && ms - this.sentAt < SEND_MS) return;
    this.sentAt = ms;
    const { x, y, z } = this.here.walker.body.position;
    const [px, py, pz] = this.place;
    const turn = hold.turn.toArray() as Quat;
    const bytes = encodeHold(0, this.sequence++, [px - x, py - y, pz - z], turn);
    this.session.link.sendLive(BODIES, bytes);
  }

  /** Where our hand holds it: along the pointer's ray, or before our chest. */
  private target(hold: Hold): Vec {
    const { walker, stage } = this.here;
    const { x, y, z } = walker.body.position;
    const chest = new THREE.Vector3(x, y + CHEST_M, z);
    let goal: THREE.Vector3;
    if (hold.grip) {
      const { hand, place, turn } = hold.grip;
      goal = place.clone().applyQuaternion(hand.turn).add(hand.place);
      hold.turn.copy(hand.turn).multiply(turn);
    } else if (hold.along !== null && hold.pointer) {
      ray.setFromCamera(new THREE.Vector2(hold.pointer.x, hold.pointer.y), stage.camera);
      goal = ray.ray.at(hold.along, new THREE.Vector3());
    } else {
      const size = stage.boundsOf(hold.id)?.getSize(new THREE.Vector3());
      const away = BEFORE_US_M + (size ? Math.max(size.x, size.z) / 2 : 0.2);
      const yaw = walker.rig.firstPerson ? walker.rig.yaw : walker.yaw;
      goal = chest.clone().add(new THREE.Vector3(-Math.sin(yaw) * away, 0, -Math.cos(yaw) * away));
    }
    goal.sub(chest).clampLength(0, ARM_M).add(chest);
    return goal.toArray() as Vec;
  }
}
