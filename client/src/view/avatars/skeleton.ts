import type { Choice } from '../../world/avatar.ts';
import { FIELDS } from '../../world/wardrobe.generated.ts';

type Stretch = readonly [number, number, number];

/** What `wardrobe.json` says beside the parts' files; baked by worldloom/studio/avatar.py. */
export interface Listing {
  bright: number;
  slots: readonly string[];
  joints: readonly (readonly [name: string, parent: string, x: number, y: number, z: number])[];
  base: Record<string, Stretch>;
  tall: number;
  measures: Record<string, Record<string, Stretch>>;
  kinds: readonly string[];
  parts: Record<string, { with?: readonly string[]; hides?: string; flat?: boolean }>;
  frames: number;
  clips: readonly {
    name: string;
    seconds: number;
    joints: readonly number[];
    turns: string;
    hips?: string;
  }[];
}

/** A loop: turns of some joints, frame by frame, and the hips' way where the whole body moves. */
export interface Clip {
  readonly name: string;
  readonly seconds: number;
  readonly joints: readonly number[];
  /** Frames × joints × 4. */
  readonly turns: Float32Array;
  /** Frames × 3 in metres, or null. */
  readonly hips: Float32Array | null;
}

/** How one figure differs from the average: the stretch of every joint, and the whole's scale. */
export interface Build {
  readonly stretch: Float32Array;
  readonly scale: number;
}

/** The joints that every figure has, and the clips that move them. */
export class Skeleton {
  readonly count: number;
  readonly names: readonly string[];
  readonly parents: Int8Array;
  /** Where joints rest, and how far that is from the parent; count × 3 each. */
  readonly rests: Float32Array;
  readonly offsets: Float32Array;
  readonly clips: readonly Clip[];
  readonly frames: number;
  private readonly listing: Listing;
  private readonly index = new Map<string, number>();

  constructor(listing: Listing) {
    this.listing = listing;
    const { joints } = listing;
    this.count = joints.length;
    this.frames = listing.frames;
    this.names = joints.map(([name]) => name);
    this.names.forEach((name, at) => this.index.set(name, at));
    this.parents = Int8Array.from(joints, ([, parent]) => this.index.get(parent) ?? -1);
    this.rests = Float32Array.from(joints.flatMap(([, , x, y, z]) => [x, y, z]));
    this.offsets = this.rests.map((value, at) => {
      const parent = this.parents[Math.floor(at / 3)]!;
      return parent < 0 ? value : value - this.rests[parent * 3 + (at % 3)]!;
    });
    this.clips = listing.clips.map(({ name, seconds, joints: moved, turns, hips }) => ({
      name,
      seconds,
      joints: moved,
      turns: numbers(turns, 32767),
      hips: hips === undefined ? null : numbers(hips, 10_000),
    }));
  }

  at(name: string): number {
    return this.index.get(name)!;
  }

  /** The parts' files that a choice is drawn with; whether hair lies flat under a hat. */
  worn(choice: Readonly<Choice>): { parts: string[]; flat: boolean } {
    const { kinds, parts } = this.listing;
    const chosen = kinds.flatMap((kind) => {
      const made = Object.keys(parts).filter((name) => name.startsWith(`${kind}-`));
      const [, choices] = FIELDS.find(([key]) => key === kind)!;
      // A first choice without a part of its own is to wear none.
      return made[choice[kind as keyof Choice] - (choices - made.length)] ?? [];
    });
    const hidden = new Set(chosen.flatMap((name) => parts[name]!.hides ?? []));
    const shown = chosen.filter((name) => !hidden.has(name.split('-')[0]!));
    const more = shown.flatMap((name) => parts[name]!.with ?? []);
    return {
      parts: [...shown, 'hands', ...more],
      flat: this.liesFlat(shown),
    };
  }

  /** Whether hair lies flat under one of these parts. */
  liesFlat(worn: readonly string[]): boolean {
    return worn.some((name) => this.listing.parts[name]!.flat === true);
  }

  /** The measures of a choice as stretches, as worldloom/studio/figure/measures.py has them. */
  build(choice: Readonly<Choice>): Build {
    const { base, measures, tall } = this.listing;
    const stretch = new Float32Array(this.count * 3).fill(1);
    const widen = (joint: string, by: Stretch, share: number) => {
      const at = this.at(joint) * 3;
      for (let k = 0; k < 3; k++) stretch[at + k]! *= 1 + by[k]! * share;
    };
    for (const [joint, [x, y, z]] of Object.entries(base)) widen(joint, [x - 1, y - 1, z - 1], 1);
    for (const [measure, joints] of Object.entries(measures)) {
      for (const [joint, by] of Object.entries(joints)) widen(joint, by, share(choice, measure));
    }
    return { stretch, scale: 1 + tall * share(choice, 'height') };
  }
}

/** A measure from −1 to 1, 0 the average. */
function share(choice: Readonly<Choice>, measure: string): number {
  const [, choices] = FIELDS.find(([key]) => key === measure)!;
  const middle = (choices - 1) / 2;
  return (choice[measure as keyof Choice] - middle) / middle;
}

function numbers(text: string, one: number): Float32Array {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Float32Array.from(new Int16Array(bytes.buffer), (value) => value / one);
}
