import type { Tier } from '../change.ts';
import type { ViewContext } from '../context.ts';
import type * as THREE from '../three.ts';
import { BONE_TEXELS, Crowd, inMetres, NEAR_ROWS, type Rows, skinned } from './crowd.ts';
import { type Motion, Rig } from './rig.ts';
import { type Build, type Listing, Skeleton } from './skeleton.ts';

const HOME = '/static/avatars';
const AGAIN_MS = 8000;

/** The parts that figures are dressed in: each file is fetched when someone first wears it. */
export class Wardrobe {
  skeleton: Skeleton | null = null;
  private rig: Rig | null = null;
  private asked = false;
  private tier: Tier = 'low';
  private readonly spare = new Float32Array(BONE_TEXELS * 4);
  /** Part → its crowd; null while its file is on the way. */
  private readonly crowds = new Map<string, Crowd | null>();

  constructor(
    private readonly view: ViewContext,
    private readonly rows: Rows,
  ) {}

  /** Fetches the list of parts and clips, once. */
  load(): void {
    if (this.asked) return;
    this.asked = true;
    fetch(`${HOME}/wardrobe.json`)
      .then(async (response) => {
        if (!response.ok) throw new Error(`${response.status}`);
        this.skeleton = new Skeleton((await response.json()) as Listing);
        this.rig = new Rig(this.skeleton);
      })
      .catch((error: unknown) => {
        console.warn('avatars:', error);
        setTimeout(() => {
          this.asked = false;
          this.load();
        }, AGAIN_MS);
      });
  }

  setTier(tier: Tier): void {
    this.tier = tier;
    for (const crowd of this.crowds.values()) crowd?.setTier(tier);
  }

  /** Whether all these parts can be drawn; those that are missing are fetched. */
  has(parts: readonly string[]): boolean {
    let all = true;
    for (const part of parts) {
      if (!this.crowds.has(part)) this.fetch(part);
      all &&= Boolean(this.crowds.get(part));
    }
    return all;
  }

  private fetch(part: string): void {
    this.crowds.set(part, null);
    this.view.models
      .take(`${HOME}/${part}.glb`)
      .then((gltf) => {
        const thin = part.startsWith('hair-');
        const shape = inMetres(gltf.scene);
        const crowd = new Crowd(this.view, this.rows, shape, NEAR_ROWS, skinned, thin);
        crowd.setTier(this.tier);
        this.crowds.set(part, crowd);
        this.view.scene.add(crowd.mesh);
      })
      .catch((error: unknown) => {
        console.warn('avatars:', error);
        setTimeout(() => this.crowds.delete(part), AGAIN_MS); // who wears it asks again
      });
  }

  /** What these parts are, once all of them are here; those that are missing are fetched. */
  shapes(parts: readonly string[]): THREE.BufferGeometry[] | null {
    return this.has(parts) ? parts.map((part) => this.crowds.get(part)!.mesh.geometry) : null;
  }

  pose(motion: Motion, build: Build, out: Float32Array, offset: number): void {
    this.rig?.pose(motion, build, out, offset);
  }

  /** Where the wrists, left and right, and the head are after a motion, in the figure's frame. */
  worn(motion: Motion, build: Build): [number, number, number][] {
    const { rig } = this;
    rig?.pose(motion, build, this.spare, 0);
    return rig ? ['lHand', 'rHand', 'head'].map((joint) => rig.place(joint)) : [];
  }

  begin(): void {
    for (const crowd of this.crowds.values()) crowd?.begin();
  }

  add(
    parts: readonly string[],
    row: number,
    near: number,
    matrix: THREE.Matrix4,
    within: boolean,
  ): void {
    for (const part of parts) this.crowds.get(part)?.add(row, near, matrix, within);
  }

  end(): void {
    for (const crowd of this.crowds.values()) crowd?.end();
  }

  dispose(): void {
    for (const crowd of this.crowds.values()) crowd?.dispose();
    this.crowds.clear();
  }
}
