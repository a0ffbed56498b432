import { EMOTES, gestureSeconds } from '../view/avatars/gait.ts';
import type { Pose } from '../net/wire.ts';
import { turn } from '../world/presence.ts';
import * as THREE from '../view/three.ts';
import { Body } from './body.ts';
import { CameraRig } from './camera-rig.ts';
import type { Intent } from './intent.ts';

const WALK_M_PER_S = 2.1;
const RUN_M_PER_S = 5.2;
const START_PER_S = 12; // how fast the wished speed is reached
const TURN_PER_S = 11;
const CORRECTION_M = 2; // what is farther is no correction, but another place
const [IDLE, WALKS, RUNS, AIR] = [0, 1, 2, 4];
const SITS = 5;

/** Where we sit: something else moves us, until we want to walk. */
export interface Perch {
  at(): { position: readonly [number, number, number]; yaw: number } | null;
  rise(): void;
}

/** We ourselves: takes the wish of all devices, moves the body and carries the camera. */
export class Walker {
  readonly body = new Body();
  readonly rig = new CameraRig();
  yaw = 0;
  perch: Perch | null = null;
  private readonly speed = new THREE.Vector2();
  private emoting = 0;
  private emoteLeft = 0;
  private jumps = false;
  private goal: { x: number; z: number; near: number } | null = null;

  /** Puts us somewhere, looking along `yaw`, the camera behind us. */
  arrive(position: readonly [number, number, number], yaw: number): void {
    this.body.place(...position);
    this.yaw = yaw;
    this.rig.yaw = yaw;
    this.rig.cut();
    this.speed.set(0, 0);
    this.goal = null;
  }

  /** Sets us back a little: eyes, look and where we are going stay ours. False where it is far. */
  correct(position: readonly [number, number, number]): boolean {
    if (this.body.position.distanceTo(new THREE.Vector3(...position)) > CORRECTION_M) return false;
    this.body.place(...position);
    return true;
  }

  /** Makes a gesture by its number among animations until it ends or we go on. */
  emote(animation: number): void {
    if (EMOTES[animation] === undefined) return;
    this.emoting = animation;
    this.emoteLeft = gestureSeconds(animation);
  }

  /** Jumps up in the next frame: a button's wish, where no key is. */
  jump(): void {
    this.jumps = true;
  }

  /** Walks toward a place by itself until `near` metres from it; any own step ends that. */
  walkTo(x: number, z: number, near: number): void {
    this.goal = { x, z, near };
  }

  /** One frame: `dt` in seconds. */
  step(dt: number, intent: Intent, colliders: readonly THREE.Mesh[]): void {
    intent.jump ||= this.jumps;
    this.jumps = false;
    this.rig.look(intent.yaw, intent.pitch);
    if (intent.zoom !== 1) this.rig.zoom(intent.zoom);
    if (this.sits(intent)) return;
    if (intent.jump) this.body.jump();
    const wish = this.wishOf(intent);
    const ease = 1 - Math.exp(-START_PER_S * dt);
    this.speed.lerp(wish, ease);
    if (wish.lengthSq() === 0 && this.speed.length() < 0.05) this.speed.set(0, 0);
    this.body.step(dt, this.speed.x, this.speed.y, colliders);
    this.face(dt);
    this.emoteLeft = this.speed.length() > 0.3 ? 0 : Math.max(0, this.emoteLeft - dt);
  }

  /** Stays where the seat is; a step or a jump asks to stand up. */
  private sits(intent: Intent): boolean {
    const place = this.perch?.at();
    if (!this.perch || !place) return false;
    if (intent.jump || Math.hypot(intent.strafe, intent.forward) > 0.3) this.perch.rise();
    this.body.position.set(...place.position);
    this.yaw = place.yaw;
    this.speed.set(0, 0);
    return true;
  }

  /** The wished speed over ground in metres per second, x and z. */
  private wishOf(intent: Intent): THREE.Vector2 {
    const wish = new THREE.Vector2(intent.strafe, -intent.forward);
    if (wish.length() > 0.01) this.goal = null;
    else if (this.goal) return this.towardGoal(this.goal);
    if (wish.length() > 1) wish.normalize();
    // The picture's right and forward, turned by the camera's yaw (0 looks to −Z).
    wish.rotateAround(new THREE.Vector2(), -this.rig.yaw);
    return wish.multiplyScalar(intent.run ? RUN_M_PER_S : WALK_M_PER_S);
  }

  private towardGoal({ x, z, near }: { x: number; z: number; near: number }): THREE.Vector2 {
    const way = new THREE.Vector2(x - this.body.position.x, z - this.body.position.z);
    const left = way.length() - near;
    if (left <= 0.05) this.goal = null;
    return left <= 0.05 ? way.set(0, 0) : way.setLength(left > 6 ? RUN_M_PER_S : WALK_M_PER_S);
  }

  private face(dt: number): void {
    if (this.rig.firstPerson) {
      this.yaw = this.rig.yaw;
    } else if (this.speed.length() > 0.2) {
      const ahead = Math.atan2(-this.speed.x, -this.speed.y);
      this.yaw += turn(ahead - this.yaw) * (1 - Math.exp(-TURN_PER_S * dt));
    }
  }

  /** How we stand now, as others will see it. */
  pose(): Pose {
    const { x, y, z } = this.body.position;
    return { x, y, z, yaw: this.yaw, anim: this.anim() };
  }

  private anim(): number {
    if (this.perch) return SITS;
    if (!this.body.grounded && !this.body.held) return AIR!;
    const speed = this.speed.length();
    if (speed > (WALK_M_PER_S + RUN_M_PER_S) / 2) return RUNS!;
    if (speed > 0.25) return WALKS!;
    return this.emoteLeft > 0 ? this.emoting : IDLE!;
  }
}
