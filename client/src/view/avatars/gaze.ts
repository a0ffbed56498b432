import type { Motion } from './rig.ts';

const NOTICE_M = 4.2;
const LISTEN_M = 9;
const WIDE = 1.25; // how far to the side a head turns for someone, in radians
const HEAD_YAW = 0.95;
const HEAD_PITCH = 0.42;
const EYE_YAW = 0.42;
const EYE_PITCH = 0.28;

/** Someone whose face can be looked at. */
export interface Face {
  id: string;
  x: number;
  y: number;
  z: number;
  speaking: boolean;
}

/** Where one figure looks, when it blinks and how its mouth moves while it speaks. */
export class Gaze {
  private target = '';
  private until = 0;
  private blinkAt: number;
  private glanceAt = 0;
  private glance: [number, number] = [0, 0];
  private voice = 0;
  private readonly seed: number;
  /** 0 to 1: how loud it speaks now; 0 is silence. */
  level = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.blinkAt = 1 + ((seed * 1.7) % 4);
  }

  /** One frame: `here` is the own face, `yaw` where the body looks (0 along −Z). */
  step(
    dt: number,
    now: number,
    motion: Motion,
    here: Readonly<Face>,
    yaw: number,
    faces: readonly Face[],
  ): void {
    const aim = this.aim(now, here, yaw, faces);
    const ease = 1 - Math.exp(-(aim ? 5 : 3) * dt);
    const [left, down] = aim ?? [0, 0];
    motion.yaw += (clamp(left * 0.8, HEAD_YAW) - motion.yaw) * ease;
    motion.pitch += (clamp(down * 0.8, HEAD_PITCH) - motion.pitch) * ease;
    this.eyes(now, motion, left, down);
    motion.lids = this.blink(now);
    this.speak(dt, now, motion);
  }

  /** Whom to look at, as angles to the left and down; null: straight ahead. */
  private aim(now: number, here: Face, yaw: number, faces: readonly Face[]) {
    const seen = (face: Face): [number, number, number] => {
      const [dx, dy, dz] = [face.x - here.x, face.y - here.y, face.z - here.z];
      const level = Math.hypot(dx, dz);
      const left = Math.atan2(-dx, -dz) - yaw;
      return [Math.atan2(Math.sin(left), Math.cos(left)), Math.atan2(-dy, level), level];
    };
    if (now > this.until) {
      this.target = this.choose(here, faces, seen);
      this.until = now + 1.6 + ((now * 3.1 + this.seed * 0.7) % 3.2);
    }
    const speaker = faces.find((face) => face.speaking && face.id !== here.id);
    if (speaker && seen(speaker)[2] < LISTEN_M) this.target = speaker.id;
    const face = faces.find(({ id }) => id === this.target);
    if (!face) return null;
    const [left, down, far] = seen(face);
    return Math.abs(left) < WIDE && far > 0.25 && far < LISTEN_M ? ([left, down] as const) : null;
  }

  private choose(
    here: Face,
    faces: readonly Face[],
    seen: (face: Face) => [number, number, number],
  ): string {
    let best = '';
    let least = NOTICE_M;
    for (const face of faces) {
      if (face.id === here.id) continue;
      const [left, , far] = seen(face);
      // Who was looked at last is a little less interesting, so that a group shares its looks.
      const rank = far + Math.abs(left) * 0.8 + (face.id === this.target ? 0.9 : 0);
      if (Math.abs(left) > WIDE || rank >= least) continue;
      best = face.id;
      least = rank;
    }
    return best;
  }

  private eyes(now: number, motion: Motion, left: number, down: number): void {
    if (now > this.glanceAt) {
      this.glanceAt = now + 0.5 + ((now * 5.3 + this.seed) % 1.9);
      const wander = this.target ? 0.05 : 0.16;
      this.glance = [Math.sin(now * 12.9 + this.seed) * wander, Math.sin(now * 7.7) * wander * 0.5];
    }
    motion.eyeYaw = clamp(left - motion.yaw + this.glance[0], EYE_YAW);
    motion.eyePitch = clamp(down - motion.pitch + this.glance[1], EYE_PITCH);
  }

  private blink(now: number): number {
    if (now > this.blinkAt + 0.16) this.blinkAt = now + 2.2 + ((now * 7.3 + this.seed) % 3.4);
    return Math.max(0, 1 - Math.abs((now - this.blinkAt) / 0.08 - 1));
  }

  private speak(dt: number, now: number, motion: Motion): void {
    this.voice += (this.level - this.voice) * (1 - Math.exp(-14 * dt));
    const syllable = 0.55 + 0.45 * Math.sin(now * 17 + this.seed) * Math.sin(now * 9.1);
    motion.mouth = this.voice < 0.02 ? 0 : this.voice * syllable;
    motion.brows = this.voice * (0.4 + 0.4 * Math.sin(now * 2.3 + this.seed));
  }
}

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
