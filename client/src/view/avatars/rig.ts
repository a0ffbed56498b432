import { blend, fromAngles, multiply, rotate, set, solveTwoBones, toward } from './limbs.ts';
import type { Build, Clip, Skeleton } from './skeleton.ts';

/** Floats of one joint in the pose texture: three rows of an affine matrix. */
export const JOINT_FLOATS = 12;
const SEAT_M = 0.525; // how high the hips of someone on a chair are
const HEAD_M = 1.52; // the middle of the head, of someone of average height
const LID = 0.92;
const STEP_IN = 0.6; // how far hips follow a head that leans

/** A head or a hand where a headset has it: metres and a turn in the figure's own frame. */
export interface Held {
  place: [number, number, number];
  turn: [number, number, number, number];
  grip: number;
}

/** What the wearer of a headset does; null parts move as the clips say. */
export interface Worn {
  head: Held;
  left: Held | null;
  right: Held | null;
  /** 0 to 1: how much of it is shown, while it begins and ends. */
  share: number;
}

/** How much of each clip a pose takes, and where in it; what face and gaze do. */
export interface Motion {
  /** Clip → weight; together 1. */
  readonly weights: Record<'idle' | 'walk' | 'run' | 'air' | 'sit', number>;
  readonly phases: Record<'idle' | 'walk' | 'run' | 'air' | 'sit', number>;
  /** An emote over it: the clip's name, its weight, where in it. */
  emote: string;
  emoteShare: number;
  emotePhase: number;
  /** Head turned left and down, in radians. */
  yaw: number;
  pitch: number;
  /** Eyes turned left and down beside the head. */
  eyeYaw: number;
  eyePitch: number;
  /** 0 open, 1 closed. */
  lids: number;
  /** 0 closed, 1 wide open. */
  mouth: number;
  brows: number;
  worn: Worn | null;
}

const GRIPS: readonly (readonly [fingers: number, index: number, thumb: number])[] = [
  [0.3, 0.25, 0.2],
  [1, 1, 0.9],
  [1, 0, 0.8],
  [0, 0, 0],
  [1, 1, 0],
];

/** Poses the one skeleton for visitor after visitor, on plain numbers, into the pose texture. */
export class Rig {
  readonly skeleton: Skeleton;
  /** Each joint's turn and place after the last pose, in the figure's frame and size. */
  readonly turns: Float32Array;
  readonly places: Float32Array;
  private readonly clips = new Map<string, Clip>();
  private readonly local: Float32Array;
  private readonly hips = new Float32Array(3);
  private readonly extra = new Float32Array(4);
  private readonly spare = new Float32Array(4);
  private readonly j: Record<string, number> = {};

  constructor(skeleton: Skeleton) {
    this.skeleton = skeleton;
    const { count, clips, names } = skeleton;
    this.local = new Float32Array(count * 4);
    this.turns = new Float32Array(count * 4);
    this.places = new Float32Array(count * 3);
    for (const clip of clips) this.clips.set(clip.name, clip);
    names.forEach((name, at) => (this.j[name] = at));
  }

  seconds(name: string): number {
    return this.clips.get(name)?.seconds ?? 1;
  }

  /** Writes the joints' matrices of a motion into `out` at `offset`. */
  pose(motion: Motion, build: Build, out: Float32Array, offset: number): void {
    this.mix(motion, build);
    this.overlay(motion);
    this.gaze(motion);
    if (motion.worn && motion.worn.share > 0.01) this.lean(motion.worn, build);
    this.chain(motion, build);
    this.write(build, out, offset);
  }

  /** Where a joint is after the last pose, in the figure's frame. */
  place(joint: string): [number, number, number] {
    const at = this.j[joint]! * 3;
    return [this.places[at]!, this.places[at + 1]!, this.places[at + 2]!];
  }

  /** Where the head's middle is after the last pose, in the figure's frame. */
  headPlace(out: [number, number, number]): void {
    const at = this.j['head']! * 3;
    for (let k = 0; k < 3; k++) out[k] = this.places[at + k]!;
  }

  private mix(motion: Motion, build: Build): void {
    const { local, hips } = this;
    local.fill(0);
    hips.fill(0);
    for (const name of ['idle', 'walk', 'run', 'air', 'sit'] as const) {
      const weight = motion.weights[name];
      if (weight > 0.004) this.add(this.clips.get(name)!, motion.phases[name], weight);
    }
    for (let joint = 0; joint < this.skeleton.count; joint++) {
      const at = joint * 4;
      const length = Math.hypot(local[at]!, local[at + 1]!, local[at + 2]!, local[at + 3]!);
      if (length < 1e-4) set(local, at, 0, 0, 0, 1);
      else for (let k = 0; k < 4; k++) local[at + k]! /= length;
    }
    // Everyone sits at the height of the seat, however long their legs are.
    hips[1]! += motion.weights.sit * SEAT_M * (1 / build.scale - 1);
  }

  private add(clip: Clip, phase: number, weight: number): void {
    const { local, hips } = this;
    const { frames } = this.skeleton;
    const [a, b, t] = between(phase, frames);
    const width = clip.joints.length * 4;
    clip.joints.forEach((joint, at) => {
      const [from, to] = [a * width + at * 4, b * width + at * 4];
      const into = joint * 4;
      let dot = 0;
      for (let k = 0; k < 4; k++) dot += clip.turns[from + k]! * local[into + k]!;
      const sign = dot < 0 ? -weight : weight;
      for (let k = 0; k < 4; k++) {
        const p = clip.turns[from + k]!;
        local[into + k]! += (p + (clip.turns[to + k]! - p) * t) * sign;
      }
    });
    if (!clip.hips) return;
    for (let k = 0; k < 3; k++) {
      const p = clip.hips[a * 3 + k]!;
      hips[k]! += (p + (clip.hips[b * 3 + k]! - p) * t) * weight;
    }
  }

  /** An emote takes over the joints that it moves, and no others. */
  private overlay({ emote, emoteShare, emotePhase }: Motion): void {
    const clip = this.clips.get(emote);
    if (!clip || emoteShare < 0.01) return;
    const { local, hips, extra } = this;
    const [a, b, t] = between(emotePhase, this.skeleton.frames);
    const width = clip.joints.length * 4;
    clip.joints.forEach((joint, at) => {
      for (let k = 0; k < 4; k++) extra[k] = clip.turns[a * width + at * 4 + k]!;
      blend(extra, 0, clip.turns, b * width + at * 4, t);
      blend(local, joint * 4, extra, 0, emoteShare);
    });
    if (!clip.hips) return;
    for (let k = 0; k < 3; k++) {
      const p = clip.hips[a * 3 + k]!;
      const now = p + (clip.hips[b * 3 + k]! - p) * t;
      hips[k] = hips[k]! * (1 - emoteShare) + now * emoteShare;
    }
  }

  private gaze(motion: Motion): void {
    const { local, extra, spare, j } = this;
    const turn = (joint: string, yaw: number, pitch: number) => {
      const at = j[joint]! * 4;
      fromAngles(extra, 0, yaw, pitch);
      spare.set(local.subarray(at, at + 4));
      multiply(local, at, spare, 0, extra, 0);
    };
    turn('neck', motion.yaw * 0.4, motion.pitch * 0.35);
    turn('head', motion.yaw * 0.6, motion.pitch * 0.65);
    turn('lEye', motion.eyeYaw, motion.eyePitch);
    turn('rEye', motion.eyeYaw, motion.eyePitch);
    // Lids follow the eyes down, as lids do.
    turn('lids', 0, motion.lids * LID + motion.eyePitch * 0.45);
  }

  /** A head with a headset takes the hips along: stepping, leaning and crouching. */
  private lean({ head, share }: Worn, build: Build): void {
    const { hips } = this;
    const [x, y, z] = head.place;
    hips[0]! += (x / build.scale) * STEP_IN * share;
    hips[2]! += (z / build.scale) * STEP_IN * share;
    const low = y / build.scale - HEAD_M;
    hips[1]! += Math.max(-0.55, Math.min(0.06, low)) * share;
  }

  /** Turns and places of all joints, parents first; arms and legs bend to where they must be. */
  private chain(motion: Motion, build: Build): void {
    const { count, parents, offsets } = this.skeleton;
    const { turns, places, local, hips } = this;
    const { stretch } = build;
    const offset = [0, 0, 0];
    for (let joint = 0; joint < count; joint++) {
      const parent = parents[joint]!;
      const at = joint * 3;
      if (parent < 0) {
        for (let k = 0; k < 3; k++) places[at + k] = offsets[at + k]! + hips[k]!;
        turns.set(local.subarray(joint * 4, joint * 4 + 4), joint * 4);
        continue;
      }
      for (let k = 0; k < 3; k++) offset[k] = offsets[at + k]! * stretch[parent * 3 + k]!;
      rotate(offset, turns, parent * 4);
      for (let k = 0; k < 3; k++) places[at + k] = places[parent * 3 + k]! + offset[k]!;
      multiply(turns, joint * 4, turns, parent * 4, local, joint * 4);
      this.bend(joint, motion, build);
    }
  }

  private bend(joint: number, motion: Motion, build: Build): void {
    const { j, places } = this;
    if (joint === j['mouth']) places[joint * 3 + 1]! -= motion.mouth * 0.0105;
    const brow = joint === j['lBrow'] || joint === j['rBrow'];
    if (brow) places[joint * 3 + 1]! += motion.brows * 0.004;
    const { worn } = motion;
    if (!worn || worn.share < 0.01) return;
    if (joint === j['head']) this.faceAs(joint, worn);
    else if (joint === j['lUpArm']) this.arm('l', worn.left, worn, build);
    else if (joint === j['rUpArm']) this.arm('r', worn.right, worn, build);
    else if (joint === j['lUpLeg'] || joint === j['rUpLeg']) this.leg(joint, worn, build, motion);
    else if (joint === j['lHand']) this.hold('l', worn.left, worn);
    else if (joint === j['rHand']) this.hold('r', worn.right, worn);
  }

  private faceAs(joint: number, { head, share }: Worn): void {
    this.extra.set(head.turn);
    blend(this.turns, joint * 4, this.extra, 0, share);
  }

  /** Bends an arm so that its wrist comes to where the headset has the hand. */
  private arm(side: 'l' | 'r', hand: Held | null, { share }: Worn, build: Build): void {
    if (!hand) return;
    const { j } = this;
    const out = side === 'l' ? 1 : -1;
    this.reachFor(
      [j[`${side}UpArm`]!, j[`${side}LoArm`]!, j[`${side}Hand`]!],
      hand.place.map((part) => part / build.scale) as [number, number, number],
      [out * 0.55, -0.75, -0.35],
      share,
      build,
    );
  }

  /** A crouching body keeps its feet where they stand. */
  private leg(joint: number, { share }: Worn, build: Build, motion: Motion): void {
    if (motion.weights.idle < 0.5) return;
    const { j } = this;
    const side = joint === j['lUpLeg'] ? 'l' : 'r';
    const foot = j[`${side}Foot`]!;
    const { rests } = this.skeleton;
    const stand = [0, 1, 2].map((k) => rests[foot * 3 + k]!) as [number, number, number];
    const out = side === 'l' ? 1 : -1;
    const chain: [number, number, number] = [joint, j[`${side}LoLeg`]!, foot];
    this.reachFor(chain, stand, [out * 0.12, 0, 1], share * motion.weights.idle, build);
  }

  /** Sets the local turns of two bones by where the end of the second must be. */
  private reachFor(
    [root, middle, end]: readonly [number, number, number],
    goal: readonly [number, number, number],
    pole: readonly [number, number, number],
    share: number,
    { stretch }: Build,
  ): void {
    const { turns, places, local, extra, spare } = this;
    const { offsets } = this.skeleton;
    const bone = (joint: number, above: number) =>
      [0, 1, 2].map((k) => offsets[joint * 3 + k]! * stretch[above * 3 + k]!);
    const [first, second] = [bone(middle, root), bone(end, middle)];
    const from = [0, 1, 2].map((k) => goal[k]! - places[root * 3 + k]!) as [number, number, number];
    const { middle: knee, end: tip } = solveTwoBones(
      from,
      Math.hypot(...first),
      Math.hypot(...second),
      pole,
    );
    // The shortest turn from where the bone points by itself keeps its twist.
    const along = [...first];
    rotate(along, turns, root * 4);
    toward(extra, 0, along, knee);
    multiply(spare, 0, extra, 0, turns, root * 4);
    blend(turns, root * 4, spare, 0, share);
    const shin = [...second];
    multiply(spare, 0, turns, root * 4, local, middle * 4);
    rotate(shin, spare, 0);
    toward(extra, 0, shin, [tip[0] - knee[0], tip[1] - knee[1], tip[2] - knee[2]]);
    const bent = new Float32Array(4);
    multiply(bent, 0, extra, 0, spare, 0);
    // As a local turn, so that the chain goes on from it.
    const back = [-1, -1, -1, 1].map((sign, k) => sign * turns[root * 4 + k]!);
    multiply(spare, 0, back, 0, bent, 0);
    blend(local, middle * 4, spare, 0, share);
  }

  /** A hand is turned as the headset has it, and its fingers are held so. */
  private hold(side: 'l' | 'r', hand: Held | null, { share }: Worn): void {
    if (!hand) return;
    const { j, turns, local, extra } = this;
    const sign = side === 'l' ? 1 : -1;
    extra.set(hand.turn);
    multiply(this.spare, 0, extra, 0, HAND_REST[side], 0);
    blend(turns, j[`${side}Hand`]! * 4, this.spare, 0, share);
    const [fingers, index, thumb] = GRIPS[hand.grip] ?? GRIPS[0]!;
    const curl = (joint: string, by: number) => {
      set(extra, 0, 0, 0, Math.sin((-1.35 * sign * by) / 2), Math.cos((1.35 * by) / 2));
      blend(local, j[side + joint]! * 4, extra, 0, share);
    };
    curl('Fingers', fingers);
    curl('Index', index);
    curl('Thumb', thumb * 0.4);
  }

  private write({ stretch }: Build, out: Float32Array, offset: number): void {
    const { count, rests } = this.skeleton;
    const { turns, places } = this;
    for (let joint = 0; joint < count; joint++) {
      const q = joint * 4;
      const [x, y, z, w] = [turns[q]!, turns[q + 1]!, turns[q + 2]!, turns[q + 3]!];
      const [sx, sy, sz] = [stretch[joint * 3]!, stretch[joint * 3 + 1]!, stretch[joint * 3 + 2]!];
      const at = offset + joint * JOINT_FLOATS;
      const [rx, ry, rz] = [rests[joint * 3]!, rests[joint * 3 + 1]!, rests[joint * 3 + 2]!];
      out[at] = (1 - 2 * (y * y + z * z)) * sx;
      out[at + 1] = 2 * (x * y - z * w) * sy;
      out[at + 2] = 2 * (x * z + y * w) * sz;
      out[at + 4] = 2 * (x * y + z * w) * sx;
      out[at + 5] = (1 - 2 * (x * x + z * z)) * sy;
      out[at + 6] = 2 * (y * z - x * w) * sz;
      out[at + 8] = 2 * (x * z - y * w) * sx;
      out[at + 9] = 2 * (y * z + x * w) * sy;
      out[at + 10] = (1 - 2 * (x * x + y * y)) * sz;
      for (let row = 0; row < 3; row++) {
        const r = at + row * 4;
        out[r + 3] = places[joint * 3 + row]! - out[r]! * rx - out[r + 1]! * ry - out[r + 2]! * rz;
      }
    }
  }
}

/** A headset's hand points ahead with the palm inward; the figure's rests down and outward. */
const HAND_REST: Record<'l' | 'r', number[]> = { l: handRest(1), r: handRest(-1) };

function handRest(sign: number): number[] {
  // From the A-pose (42° out from straight down) to pointing ahead (+Z), thumb up.
  const lift = [0, 0, 0, 1];
  toward(lift, 0, [sign * 0.669, -0.743, 0.05], [0, 0, 1]);
  const roll = [0, 0, 0, 1];
  set(roll, 0, 0, 0, Math.sin((sign * -Math.PI) / 4), Math.cos(Math.PI / 4));
  const out = [0, 0, 0, 1];
  multiply(out, 0, roll, 0, lift, 0);
  return out;
}

function between(phase: number, frames: number): [number, number, number] {
  const at = (phase - Math.floor(phase)) * frames;
  const a = Math.floor(at) % frames;
  return [a, (a + 1) % frames, at - Math.floor(at)];
}
