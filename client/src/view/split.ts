import type { Change } from './change.ts';
import type { PointSource } from './context.ts';
import { Entities } from './entities.ts';
import { placeLights } from './points.ts';
import type { Insides, Stage } from './stage.ts';
import * as THREE from './three.ts';

/** An entity as the right side shows it. */
export interface Twin {
  readonly id: number;
  readonly name: string;
  readonly parent: number | null;
  readonly components: Readonly<Record<string, unknown>>;
}

/**
 * Two moments in one picture, the left one up to a divider and the right one from there on. Only
 * what differs is made twice: the same scene is drawn in two halves, which costs as many pixels
 * as one.
 */
export class Split {
  /** Where the divider stands: a share of the width. */
  share = 0.5;
  private readonly stage: Stage;
  private readonly lights = new Set<PointSource>();
  private readonly shown = new Map<number, Twin>();
  private twins: Entities | null = null;
  private wanted: readonly Twin[] = [];
  private hidden: ReadonlySet<number> = new Set();
  private stale = true;

  constructor(stage: Stage) {
    this.stage = stage;
    stage.painter = (insides) => this.paint(insides);
  }

  /** What stands on the right in its own way, parents first; what of the left is not there. */
  set(twins: readonly Twin[], hidden: ReadonlySet<number>): void {
    this.wanted = twins;
    this.hidden = hidden;
    this.stale = true;
  }

  dispose(): void {
    this.stage.painter = null;
    for (const id of [...this.shown.keys()].reverse()) this.twins?.apply({ kind: 'despawn', id });
    this.twins?.root.removeFromParent();
  }

  private make({ scene, view }: Insides): Entities {
    const quiet = () => undefined;
    const own = { lights: this.lights, touchColliders: quiet, touchLamps: quiet, setSky: quiet };
    const twins = new Entities({ ...view, ...own });
    scene.add(twins.root);
    return twins;
  }

  private build(insides: Insides, twins: Entities): void {
    this.stale = false;
    const wanted = new Map(this.wanted.map((twin) => [twin.id, twin]));
    for (const [id, twin] of [...this.shown].reverse()) {
      if (wanted.get(id) === twin) continue;
      twins.apply({ kind: 'despawn', id });
      this.shown.delete(id);
    }
    for (const twin of this.wanted) {
      if (!this.shown.has(twin.id)) for (const step of stepsOf(twin)) twins.apply(step);
      this.shown.set(twin.id, twin);
      this.hang(twin, insides.entities, twins);
    }
  }

  /** A twin whose parent is the same on both sides hangs under that one. */
  private hang({ id, parent }: Twin, left: Entities, twins: Entities): void {
    const root = twins.node(id)?.root;
    const own = parent === null ? null : twins.node(parent);
    const above = (own ?? (parent === null ? null : left.node(parent)))?.root ?? twins.root;
    if (root && root.parent !== above) above.add(root);
  }

  private paint(insides: Insides): void {
    const { renderer, scene, camera, entities, view, lightsMax } = insides;
    this.twins ??= this.make(insides);
    const twins = this.twins;
    if (this.stale) this.build(insides, twins);
    twins.frame(0, view.light.uTime.value as number);
    const roots = [...this.shown.keys()].map((id) => twins.node(id)!.root);
    const gone = [...this.hidden].flatMap((id) => entities.node(id)?.root ?? []);
    const { x: width, y: height } = renderer.getSize(new THREE.Vector2());
    const edge = Math.round(width * this.share);
    renderer.setScissorTest(true);
    renderer.setScissor(0, 0, edge, height);
    for (const root of roots) root.visible = false;
    placeLights(view.lights, camera, view.light, lightsMax);
    renderer.render(scene, camera);
    renderer.setScissor(edge, 0, width - edge, height);
    for (const root of roots) root.visible = true;
    for (const root of gone) root.visible = false;
    placeLights(this.rightLights(view.lights, gone), camera, view.light, lightsMax);
    renderer.render(scene, camera);
    for (const root of roots) root.visible = false; // so that pointing meets the left side
    for (const root of gone) root.visible = true;
    renderer.setScissorTest(false);
  }

  private rightLights(left: Set<PointSource>, gone: readonly THREE.Object3D[]): Set<PointSource> {
    const there = ({ object }: PointSource) => {
      let dark = false;
      object.traverseAncestors((one) => (dark ||= gone.includes(one)));
      return !dark && !gone.includes(object);
    };
    return new Set([...[...left].filter(there), ...this.lights]);
  }
}

function stepsOf({ id, name, parent, components }: Twin): Change[] {
  const spawn: Change = { kind: 'spawn', id, name, parent };
  const drawn = Object.entries(components).filter(([component]) => component !== 'Sound');
  const rest = drawn.map(
    ([component, value]): Change => ({ kind: 'change', id, component, value }),
  );
  return [spawn, ...rest];
}
