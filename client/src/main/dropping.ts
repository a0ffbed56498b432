import { placedName, readGlb, type GlbFacts } from '../input/glb.ts';
import { uploadAsset } from '../net/api.ts';
import { Problem } from '../net/problem.ts';
import { say } from '../ui/strings.ts';
import type { Stage } from '../view/stage.ts';
import { attempt, type Here } from './here.ts';
import type { Placing } from './placing.ts';

type Place = [number, number, number];

const GHOST = -1;
const FAR_M = 30;
const BEFORE_US_M = 2.6; // from us to the near side of what we bring
const ASIDE_M = 1.8; // what is narrower stands beside our way, or our own back would hide it

/** Bringing a model from the computer into the world. */
export class Dropping {
  private readonly here: Here;
  private readonly placing: Placing;
  private readonly canvas: HTMLElement;
  private ghostShown = false;

  constructor(here: Here, placing: Placing, canvas: HTMLElement) {
    this.here = here;
    this.placing = placing;
    this.canvas = canvas;
  }

  /** Shows where a file that hangs over the page would stand; null when it left. */
  over(at: { x: number; y: number } | null): void {
    this.here.hud.dropFrame.hidden = at === null;
    if (at) this.showGhost(this.groundUnder(at), [1, 1, 1]);
    else this.hideGhost();
  }

  /** Where in the world a point of the page is; ahead of us when it is sky or far away. */
  private groundUnder(at: { x: number; y: number }): Place {
    const { clientWidth, clientHeight } = this.canvas;
    const hit = this.here.stage.pick((at.x / clientWidth) * 2 - 1, 1 - (at.y / clientHeight) * 2);
    return hit && hit.distance < FAR_M ? hit.point : this.ahead();
  }

  /** A place in front of us for something of a size, where we see it from behind ourselves. */
  private ahead([width, , depth]: GlbFacts['size'] = [1, 1, 1]): Place {
    const { body, rig } = this.here.walker;
    const { x, y, z } = body.position;
    const on = BEFORE_US_M + depth / 2;
    const aside = Math.max(0, ASIDE_M - width) / 2;
    const [sin, cos] = [Math.sin(rig.yaw), Math.cos(rig.yaw)];
    return [x - sin * on + cos * aside, y, z - cos * on - sin * aside];
  }

  private showGhost([x, y, z]: Place, size: GlbFacts['size']): void {
    const { stage } = this.here;
    const set = (component: string, value: unknown) =>
      stage.apply({ kind: 'change', id: GHOST, component, value });
    const transform = {
      position: [x, y + size[1] / 2, z],
      rotation: [0, 0, 0, 1],
      scale: [1, 1, 1],
    };
    if (!this.ghostShown) {
      stage.apply({ kind: 'spawn', id: GHOST, name: '', parent: null });
      set('Color', { value: '#fff1cf', opacity: 0.45, glow: 0 });
    }
    this.ghostShown = true;
    set('Transform', transform);
    set('Shape', { kind: 'box', size, bevel: 0.03, solid: false });
  }

  private hideGhost(): void {
    if (!this.ghostShown) return;
    this.ghostShown = false;
    hideOn(this.here.stage);
  }

  /** Takes dropped files: one GLB is uploaded and placed where it was let go. */
  async drop(files: readonly File[], at: { x: number; y: number }): Promise<void> {
    const [file, more] = files;
    if (!file) return;
    if (more) this.here.hud.toasts.note(say.tooMany);
    await this.place(file, this.groundUnder(at));
  }

  /** Uploads a model and puts it at a place, or before us. */
  async place(file: File, at: Place | null): Promise<void> {
    await attempt(this.here, async () => {
      const facts = readGlb(await file.arrayBuffer());
      if (!facts) throw new Problem({ code: 'not_a_glb', message: say.notGlb, fix: say.notGlbFix });
      const place = at ?? this.ahead(facts.size);
      this.showGhost(place, facts.size);
      const progress = this.here.hud.toasts.progress(`${say.uploading} ${file.name}`);
      try {
        const { sha256 } = await uploadAsset(file, progress);
        await this.spawn(placedName(file.name), sha256, place);
      } finally {
        progress(null);
        this.hideGhost();
      }
    });
  }

  private async spawn(name: string, asset: string, position: Place): Promise<void> {
    const { session, hud, walker } = this.here;
    if (!session) return;
    const turn = (walker.yaw + Math.PI) / 2; // glTF's front is +Z: it looks at us
    const rotation = [0, Math.sin(turn), 0, Math.cos(turn)];
    const components = {
      Model: { asset, solid: true, animation: '', anchor: 'floor' },
      Transform: { position, rotation, scale: [1, 1, 1] },
    };
    await session.do('spawn', { name, components });
    hud.toasts.note(say.placed);
    this.placing.placed(name);
  }
}

function hideOn(stage: Stage): void {
  stage.apply({ kind: 'despawn', id: GHOST });
}
