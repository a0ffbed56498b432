import type { VisitorPose } from './change.ts';
import type { Motion } from './rig.ts';

const WALK_METRES_PER_CYCLE = 1.35;
const RUN_METRES_PER_CYCLE = 2.5;
const RUN_ABOVE = 2.6;
const BLEND_PER_SECOND = 9;
const SETTLE_PER_SECOND = 18;

const IDLE = 0;
const WALK = 1;
const RUN = 2;
const WAVE = 3;
const AIR = 4;
const SIT = 5;

/**
 * One visitor's way of moving: smooths the pose that comes in, and blends clips by how fast it
 * moves.
 */
export class Gait {
  readonly pose: VisitorPose = { x: 0, y: 0, z: 0, yaw: 0, anim: IDLE };
  readonly motion: Motion = {
    weights: { idle: 1, walk: 0, run: 0 },
    phases: { idle: 0, walk: 0, run: 0, wave: 0 },
    wave: 0,
    sit: 0,
    air: 0,
  };
  private wanted: VisitorPose | null = null;
  private speed = 0;
  private blinkAt: number;
  private open = 1;

  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.motion.phases.idle = (seed * 0.618) % 1;
    this.blinkAt = 1 + ((seed * 1.7) % 4);
  }

  goal(pose: VisitorPose): void {
    if (!this.wanted) Object.assign(this.pose, pose);
    this.wanted = { ...pose };
  }

  step(dt: number, now: number): void {
    const { wanted, pose } = this;
    if (!wanted) return;
    const jump = Math.hypot(wanted.x - pose.x, wanted.z - pose.z) > 8;
    const t = jump ? 1 : 1 - Math.exp(-SETTLE_PER_SECOND * dt);
    const dx = (wanted.x - pose.x) * t;
    const dz = (wanted.z - pose.z) * t;
    pose.x += dx;
    pose.z += dz;
    pose.y += (wanted.y - pose.y) * t;
    const around = Math.atan2(Math.sin(wanted.yaw - pose.yaw), Math.cos(wanted.yaw - pose.yaw));
    pose.yaw += around * t;
    pose.anim = wanted.anim;
    const measured = jump || dt <= 0 ? 0 : Math.hypot(dx, dz) / dt;
    this.speed += (measured - this.speed) * Math.min(1, dt * 10);
    this.blend(dt);
    this.blink(now);
  }

  private blend(dt: number): void {
    const { motion, speed } = this;
    const { anim } = this.pose;
    const t = 1 - Math.exp(-BLEND_PER_SECOND * dt);
    const moving = anim === WALK || anim === RUN || speed > 0.25;
    const running = anim === RUN || speed > RUN_ABOVE;
    const go = moving && anim !== SIT ? 1 : 0;
    const toward = (now: number, goal: number) => now + (goal - now) * t;
    const { weights, phases } = motion;
    weights.run = toward(weights.run, go && running ? 1 : 0);
    weights.walk = toward(weights.walk, go && !running ? 1 : 0);
    weights.idle = Math.max(0, 1 - weights.run - weights.walk);
    motion.wave = toward(motion.wave, anim === WAVE ? 1 : 0);
    motion.air = toward(motion.air, anim === AIR ? 1 : 0);
    motion.sit = toward(motion.sit, anim === SIT ? 1 : 0);
    phases.idle += dt / 4;
    phases.wave += dt / 2;
    const pace = Math.max(speed, 0.7);
    // Walk and run keep one phase, so that a foot stays the same foot while one turns into the
    // other.
    const metres = running ? RUN_METRES_PER_CYCLE : WALK_METRES_PER_CYCLE;
    if (go) phases.walk += (dt * pace) / metres;
    phases.run = phases.walk;
  }

  private blink(now: number): void {
    if (now > this.blinkAt + 0.16) this.blinkAt = now + 2.2 + ((now * 7.3 + this.seed) % 3.4);
    const since = now - this.blinkAt;
    this.open = since > 0 && since < 0.16 ? Math.abs(since / 0.08 - 1) : 1;
  }

  /** Writes (phase, swing, eyes open, 0) for the shaders. */
  state(out: Float32Array, offset: number): void {
    const { weights, phases } = this.motion;
    out[offset] = phases.walk % 1;
    out[offset + 1] = weights.walk * 0.5 + weights.run * 0.9;
    out[offset + 2] = this.open;
  }
}
