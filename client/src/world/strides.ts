const STRIDE_M = { 1: 0.72, 2: 1.15 } as const; // walking, running
const JUMP_M = 3; // farther at once is no step
const [AIR, SITS] = [4, 5];

export type Footfall = 'step' | 'land' | 'sit' | null;

/** Somebody's feet: when a foot comes down, by how far the body went over ground. */
export class Strides {
  private x = Number.NaN;
  private z = Number.NaN;
  private gone = 0;
  private before = 0;

  /** Takes where the body is now and what it does; tells what is heard of it. */
  move({ x, z, anim }: { x: number; z: number; anim: number }): Footfall {
    const way = Math.hypot(x - this.x, z - this.z);
    const { before } = this;
    [this.x, this.z, this.before] = [x, z, anim];
    if (before === AIR && anim !== AIR) return this.fresh('land');
    if (before !== SITS && anim === SITS) return this.fresh('sit');
    const stride = STRIDE_M[anim as 1 | 2];
    if (!stride || !(way < JUMP_M)) return this.fresh(null);
    this.gone += way;
    if (this.gone < stride) return null;
    this.gone %= stride;
    return 'step';
  }

  private fresh(heard: Footfall): Footfall {
    this.gone = 0;
    return heard;
  }
}
