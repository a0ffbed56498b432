import type { Tier } from '../../change.ts';
import type { ViewContext } from '../../context.ts';
import type { Gait } from '../gait.ts';
import type { Skeleton } from '../skeleton.ts';
import { type Body, loadBody } from './body.ts';

/** How many bodies of visitors' own are drawn: the nearest; others are shown as their figures. */
const MOST: Record<Tier, number> = { low: 0, medium: 4, high: 12 };
const KEEP_S = 20; // who comes back soon need not be loaded again
const AGAIN_S = 60;
const LOADING_MOST = 2;

/** Whose body it is, as `Avatars` has them. */
interface Wearer {
  readonly id: string;
  readonly vrm: string;
  readonly gait: Gait;
  readonly within: boolean;
}

interface Kept {
  readonly vrm: string;
  body: Body | null;
  seen: number;
  /** When what failed is tried again; until then the figure stands in. */
  again: number;
}

/** The VRMs that visitors wear: loaded when they come near, freed when they are gone. */
export class Bodies {
  private readonly kept = new Map<string, Kept>();
  private loading = 0;
  private drawn = 0;
  private now = 0;
  private tier: Tier = 'low';
  private gone = false;

  constructor(private readonly view: ViewContext) {}

  /** How many are drawn. */
  get count(): number {
    return [...this.kept.values()].filter(({ body }) => body?.root.visible).length;
  }

  begin(now: number, tier: Tier): void {
    this.now = now;
    this.tier = tier;
    this.drawn = 0;
    for (const { body } of this.kept.values()) if (body) body.root.visible = false;
  }

  /** Draws a visitor's own body; answers its height in metres, 0 where the figure stands in. */
  draw({ id, vrm, gait, within }: Wearer, dt: number, figure: Skeleton | null): number {
    if (!figure || (this.drawn >= MOST[this.tier] && !within)) return 0;
    this.drawn += 1; // one that is on its way has its place already
    const body = this.bodyOf(id, vrm, figure);
    if (!body) return 0;
    const { x, y, z, yaw } = gait.pose;
    body.root.position.set(x, y, z);
    body.root.rotation.y = yaw + Math.PI;
    body.root.visible = true;
    body.hide(within);
    try {
      body.dress(this.tier);
      body.move(gait.motion, dt);
    } catch (error) {
      // One odd file must not stop the picture for all.
      console.warn(`the body of ${id}:`, error);
      this.free(id);
      this.kept.set(id, { vrm, body: null, seen: this.now, again: this.now + AGAIN_S });
      return 0;
    }
    return body.height;
  }

  private bodyOf(id: string, vrm: string, figure: Skeleton): Body | null {
    let kept = this.kept.get(id);
    if (kept && kept.vrm !== vrm) {
      this.free(id);
      kept = undefined;
    }
    if (!kept) {
      if (this.loading >= LOADING_MOST) return null;
      kept = { vrm, body: null, seen: this.now, again: Number.POSITIVE_INFINITY };
      this.kept.set(id, kept);
      void this.view.awaiting(this.load(id, kept, figure));
    }
    if (this.now > kept.again) this.kept.delete(id);
    kept.seen = this.now;
    return kept.body;
  }

  private async load(id: string, kept: Kept, figure: Skeleton): Promise<void> {
    this.loading += 1;
    try {
      const response = await fetch(`/assets/${kept.vrm}`);
      if (!response.ok) throw new Error(`${response.status}`);
      const body = await loadBody(await response.arrayBuffer(), this.view, figure);
      if (this.gone || this.kept.get(id) !== kept) return body.dispose();
      body.root.visible = false;
      kept.body = body;
      this.view.scene.add(body.root);
    } catch (error) {
      kept.again = this.now + AGAIN_S;
      console.warn(`the body of ${id}:`, error);
    } finally {
      this.loading -= 1;
    }
  }

  /** Frees whom nobody has seen for a while. */
  end(): void {
    for (const [id, { seen }] of this.kept) {
      if (this.now - seen > KEEP_S) this.free(id);
    }
  }

  private free(id: string): void {
    this.kept.get(id)?.body?.dispose();
    this.kept.delete(id);
  }

  dispose(): void {
    this.gone = true;
    for (const id of [...this.kept.keys()]) this.free(id);
  }
}
