import type { VisitorPose } from '../change.ts';
import type { Motion } from './rig.ts';

const WALK_METRES_PER_CYCLE = 1.35;
const RUN_METRES_PER_CYCLE = 2.5;
const RUN_ABOVE = 2.6;
const BLEND_PER_SECOND = 9;
const SETTLE_PER_SECOND = 18;

const [IDLE, WALK, RUN, AIR, SIT] = [0, 1, 2, 4, 5];
/** What an avatar can be seen to do beside moving, by the low four bits of its pose's flags. */
export const EMOTES: Readonly<Record<number, string>> = {
  3: 'wave',
  6: 'point',
  7: 'dance',
  8: 'clap',
  9: 'nod',
  10: 'shake the head',
  11: 'cheer',
  12: 'bow',
};

/**
 * One visitor's way of moving: smooths the pose that comes in, and blends clips by how fast it
 * moves.
 */
export class Gait {
  readonly pose: VisitorPose = { x: 0, y: 0, z: 0, yaw: 0, anim: IDLE };
  readonly motion: Motion = {
    weights: { idle: 1, walk: 0, run: 0, air: 0, sit: 0 },
    phases: { idle: 0, walk: 0, run: 0, air: 0, sit: 0 },
    emote: '',
    emoteShare: 0,
    emotePhase: 0,
    yaw: 0,
    pitch: 0,
    eyeYaw: 0,
    eyePitch: 0,
    lids: 0,
    mouth: 0,
    brows: 0,
    worn: null,
  };
  /** How fast the figure goes, in metres a second. */
  speed = 0;
  private wanted: VisitorPose | null = null;

  constructor(seed: number) {
    this.motion.phases.idle = (seed * 0.618) % 1;
    this.motion.phases.sit = (seed * 0.382) % 1;
  }

  goal(pose: VisitorPose): void {
    if (!this.wanted) Object.assign(this.pose, pose);
    this.wanted = { ...pose };
  }

  step(dt: number): void {
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
    this.emote(dt);
  }

  private blend(dt: number): void {
    const { motion, speed } = this;
    const { anim } = this.pose;
    const t = 1 - Math.exp(-BLEND_PER_SECOND * dt);
    const sitting = anim === SIT;
    const flying = anim === AIR;
    const moving = anim === WALK || anim === RUN || speed > 0.25;
    const running = anim === RUN || speed > RUN_ABOVE;
    const go = moving && !sitting && !flying;
    const toward = (now: number, goal: number) => now + (goal - now) * t;
    const { weights, phases } = motion;
    weights.run = toward(weights.run, go && running ? 1 : 0);
    weights.walk = toward(weights.walk, go && !running ? 1 : 0);
    weights.air = toward(weights.air, flying ? 1 : 0);
    weights.sit = toward(weights.sit, sitting ? 1 : 0);
    const others = weights.run + weights.walk + weights.air + weights.sit;
    weights.idle = Math.max(0, 1 - others);
    phases.idle += dt / 6.4;
    phases.sit += dt / 4.4;
    phases.air += dt / 1.2;
    const pace = Math.max(speed, 0.7);
    // Walk and run keep one phase, so that a foot stays the same foot while one turns into the
    // other.
    const metres = running ? RUN_METRES_PER_CYCLE : WALK_METRES_PER_CYCLE;
    if (go) phases.walk += (dt * pace) / metres;
    phases.run = phases.walk;
  }

  /** What the far figure swings by: the phase of its walk, and how wide. */
  state(out: Float32Array, offset: number): void {
    const { weights, phases } = this.motion;
    out[offset] = phases.walk % 1;
    out[offset + 1] = weights.walk * 0.5 + weights.run * 0.9;
  }

  private emote(dt: number): void {
    const { motion } = this;
    const name = EMOTES[this.pose.anim] ?? '';
    if (name && name !== motion.emote && motion.emoteShare < 0.35) {
      motion.emote = name;
      motion.emotePhase = 0;
    }
    const on = name !== '' && name === motion.emote;
    motion.emoteShare += ((on ? 1 : 0) - motion.emoteShare) * (1 - Math.exp(-8 * dt));
    if (!on && motion.emoteShare < 0.01) motion.emote = '';
    motion.emotePhase += dt / (EMOTE_SECONDS[motion.emote] ?? 1);
  }
}

const DANCE_S = 600;

/** How long a gesture is made in seconds: one round, or a dance until we go on, or for long. */
export const gestureSeconds = (animation: number): number =>
  EMOTES[animation] === 'dance' ? DANCE_S : (EMOTE_SECONDS[EMOTES[animation] ?? ''] ?? 0);

/** How long one round of each emote lasts, as the clips of worldloom/studio/figure/clips.py do. */
export const EMOTE_SECONDS: Readonly<Record<string, number>> = {
  wave: 2.1,
  point: 3.0,
  dance: 2.0,
  clap: 1.5,
  nod: 1.3,
  'shake the head': 1.4,
  cheer: 1.4,
  bow: 2.4,
};
