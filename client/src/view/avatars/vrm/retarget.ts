import { multiply, rotate, toward } from '../limbs.ts';
import { type Motion, Rig, type Worn } from '../rig.ts';
import { type Build, Skeleton } from '../skeleton.ts';

/** Joint of the figure → the VRM's bone, one of each side; `l` and `r` stand before the joint. */
const ONE: Record<string, string> = {
  hips: 'hips',
  spine: 'spine',
  chest: 'chest',
  neck: 'neck',
  head: 'head',
};
const SIDED: Record<string, string> = {
  Shoulder: 'Shoulder',
  UpArm: 'UpperArm',
  LoArm: 'LowerArm',
  Hand: 'Hand',
  Index: 'IndexProximal',
  Fingers: 'MiddleProximal',
  Thumb: 'ThumbMetacarpal',
  UpLeg: 'UpperLeg',
  LoLeg: 'LowerLeg',
  Foot: 'Foot',
};
/** Bones of a limb take the way that the figure's have at rest: a T-pose becomes its A-pose. */
const LIMBS: Record<string, string> = {
  UpArm: 'LoArm',
  LoArm: 'Hand',
  UpLeg: 'LoLeg',
  LoLeg: 'Foot',
};
/** What bends along with the joint of a finger: the figure has one for several. */
const ALONG: Record<string, readonly string[]> = {
  Index: ['IndexIntermediate', 'IndexDistal'],
  Fingers: [
    'MiddleIntermediate',
    'MiddleDistal',
    'RingProximal',
    'RingIntermediate',
    'RingDistal',
    'LittleProximal',
    'LittleIntermediate',
    'LittleDistal',
  ],
  Thumb: ['ThumbProximal', 'ThumbDistal'],
};
const HEAD_M = 1.52; // where the figure has the middle of its head, as `Rig` has it
const HEAD_ABOVE_M = 0.115; // and how far that is over the joint

type Point = readonly [number, number, number];

/** The bones of a body at rest: in metres, looking along +Z, each turned as it stands. */
export interface Bones {
  /** Bone → where it stands; a bone that is not there is left out. */
  readonly places: ReadonlyMap<string, Point>;
  /** Bone → the nearest one above it. */
  readonly parents: ReadonlyMap<string, string>;
}

/** What a pose sets: a bone's own turn within its parent's, and the hips' way. */
export interface Posed {
  turn(bone: string, x: number, y: number, z: number, w: number): void;
  hips(x: number, y: number, z: number): void;
}

interface Joined {
  readonly bone: string;
  readonly joint: number;
  /** The turn from the body's rest to the figure's. */
  readonly rest: Float32Array;
  readonly along: readonly string[];
}

/** One bone of the body: its turn in the world, and what gives it. */
interface Turned {
  readonly bone: string;
  readonly whole: Float32Array;
  readonly above: Turned | null;
  readonly joint: Joined | null;
  /** The first joint of its finger, as which it bends. */
  readonly first: Turned | null;
}

/** Moves a body of other proportions by the same clips, gaze and headset as the figures. */
export class Retarget {
  /** How much larger than the figure it is, measured at the hips. */
  readonly scale: number;
  private readonly bones: Bones;
  private readonly rig: Rig;
  private readonly build: Build;
  private readonly joined: Joined[] = [];
  /** Every bone, parents first. */
  private readonly turned: readonly Turned[];
  private readonly rows: Float32Array;
  private readonly hips: number;
  private readonly headAt: number;
  private readonly worn: Worn;

  constructor(figure: Skeleton, bones: Bones) {
    this.bones = bones;
    const { places } = bones;
    const [, height] = places.get('hips')!;
    this.hips = figure.at('hips');
    this.scale = height / figure.rests[this.hips * 3 + 1]!;
    for (const name of figure.names) this.join(figure, name);
    const skeleton = this.skeletonOf(figure);
    this.rig = new Rig(skeleton);
    this.build = { stretch: new Float32Array(figure.count * 3).fill(1), scale: this.scale };
    this.rows = new Float32Array(figure.count * 12);
    this.headAt = skeleton.rests[figure.at('head') * 3 + 1]! + HEAD_ABOVE_M;
    this.turned = this.ordered();
    const held = { place: [0, 0, 0], turn: [0, 0, 0, 1], grip: 0 } as Worn['head'];
    this.worn = { head: held, left: null, right: null, share: 0 };
  }

  private ordered(): Turned[] {
    const { places, parents } = this.bones;
    const depth = (bone: string): number => {
      const above = parents.get(bone);
      return above === undefined ? 0 : 1 + depth(above);
    };
    const made = new Map<string, Turned>();
    for (const bone of [...places.keys()].sort((a, b) => depth(a) - depth(b))) {
      const led = this.joined.find(({ along }) => along.includes(bone));
      made.set(bone, {
        bone,
        whole: Float32Array.of(0, 0, 0, 1),
        above: made.get(parents.get(bone) ?? '') ?? null,
        joint: this.joined.find((one) => one.bone === bone) ?? null,
        first: (led && made.get(led.bone)) ?? null,
      });
    }
    return [...made.values()];
  }

  private join(figure: Skeleton, name: string): void {
    const side = /^[lr](?=[A-Z])/.exec(name)?.[0] ?? '';
    const part = side ? name.slice(1) : name;
    const whole = side === 'l' ? 'left' : 'right';
    const bone = side ? SIDED[part] && whole + SIDED[part] : ONE[part];
    if (!bone || !this.bones.places.has(bone)) return;
    const rest = Float32Array.of(0, 0, 0, 1);
    const next = LIMBS[part];
    if (next) {
      const mine = between(
        this.bones.places.get(bone)!,
        this.bones.places.get(whole + SIDED[next]!)!,
      );
      toward(rest, 0, mine, figureWay(figure, name, side + next));
    } else if (part === 'Hand' || part in ALONG) {
      // A hand goes on as its arm does.
      const arm = this.joined.find((one) => one.bone === `${whole}LowerArm`);
      if (arm) rest.set(arm.rest);
    }
    const along = (ALONG[part] ?? []).map((one) => whole + one);
    this.joined.push({
      bone,
      joint: figure.at(name),
      rest,
      along: along.filter((one) => this.bones.places.has(one)),
    });
  }

  /** The figure's joints where this body has them, in the figure's size and rest. */
  private skeletonOf(figure: Skeleton): Skeleton {
    const rests = new Float32Array(figure.rests);
    const made = new Map(this.joined.map((one) => [one.joint, one]));
    for (let joint = 0; joint < figure.count; joint++) {
      const parent = figure.parents[joint]!;
      const mine = made.get(joint);
      const above = parent < 0 ? undefined : made.get(parent);
      for (let k = 0; k < 3; k++) {
        const rest = parent < 0 ? 0 : rests[parent * 3 + k]!;
        rests[joint * 3 + k] = rest + figure.offsets[joint * 3 + k]!;
      }
      if (!mine) continue;
      const at = this.bones.places.get(mine.bone)!;
      if (!above) {
        for (let k = 0; k < 3; k++) rests[joint * 3 + k] = at[k]! / this.scale;
        continue;
      }
      const way = between(this.bones.places.get(above.bone)!, at);
      rotate(way, above.rest, 0);
      for (let k = 0; k < 3; k++)
        rests[joint * 3 + k] = rests[parent * 3 + k]! + way[k]! / this.scale;
    }
    const offsets = rests.map((value, at) => {
      const parent = figure.parents[Math.floor(at / 3)]!;
      return parent < 0 ? value : value - rests[parent * 3 + (at % 3)]!;
    });
    return Object.create(figure, {
      rests: { value: rests },
      offsets: { value: offsets },
    }) as Skeleton;
  }

  /** Poses the body: every bone's turn within its parent's, and the way of the hips in metres. */
  pose(motion: Motion, out: Posed): void {
    const seen = motion.worn ? this.asWorn(motion, motion.worn) : motion;
    this.rig.pose(seen, this.build, this.rows, 0);
    const { turns, places, skeleton } = this.rig;
    const local = [0, 0, 0, 1];
    for (const { bone, whole, above, joint, first } of this.turned) {
      if (joint) multiply(whole, 0, turns, joint.joint * 4, joint.rest, 0);
      else if (first && above) {
        within(local, first.above, first.whole); // a finger bends in all its joints alike
        multiply(whole, 0, above.whole, 0, local, 0);
      } else if (above) whole.set(above.whole);
      within(local, above, whole);
      out.turn(bone, local[0]!, local[1]!, local[2]!, local[3]!);
    }
    const way = [0, 1, 2].map((k) => {
      const at = this.hips * 3 + k;
      return (places[at]! - skeleton.rests[at]!) * this.scale;
    });
    out.hips(way[0]!, way[1]!, way[2]!);
  }

  /** A headset tells how high a head is: it is as high for this body as for the figure. */
  private asWorn(motion: Motion, worn: Worn): Motion {
    const { head, left, right, share } = worn;
    const [x, y, z] = head.place;
    Object.assign(this.worn, { left, right, share });
    Object.assign(this.worn.head, { turn: head.turn, grip: head.grip });
    this.worn.head.place[0] = x;
    this.worn.head.place[1] = (y * HEAD_M) / this.headAt;
    this.worn.head.place[2] = z;
    return Object.create(motion, { worn: { value: this.worn } }) as Motion;
  }
}

/** A turn in the world as one within the bone above. */
function within(out: number[], above: Turned | null, whole: Float32Array): void {
  const back = [0, 0, 0, 1];
  for (let k = 0; k < 4 && above; k++) back[k] = above.whole[k]! * (k === 3 ? 1 : -1);
  multiply(out, 0, back, 0, whole, 0);
}

function between(from: Point, to: Point): [number, number, number] {
  return [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
}

function figureWay(figure: Skeleton, from: string, to: string): [number, number, number] {
  const at = (name: string, k: number) => figure.rests[figure.at(name) * 3 + k]!;
  return [at(to, 0) - at(from, 0), at(to, 1) - at(from, 1), at(to, 2) - at(from, 2)];
}
