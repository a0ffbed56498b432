import type { Stage } from '../view/stage.ts';
import type { StateChange } from '../world/state.ts';

interface Shown {
  name: string;
  parent: number | null;
  components: Map<string, string>;
}

/**
 * Stands between the state and the picture and lets through only what differs from what is
 * drawn, so that a preview becomes the live world, and a lost line comes back, without a blink.
 */
export class Mirror {
  private readonly shown = new Map<number, Shown>();
  private readonly told = new Set<number>();
  private stale: Map<number, Set<string>> | null = null;
  private readonly stage: Pick<Stage, 'apply'>;

  constructor(stage: Pick<Stage, 'apply'>) {
    this.stage = stage;
  }

  /** The state begins anew: nothing that is drawn counts until it is told again. */
  reset(): void {
    this.told.clear();
    this.stale = new Map(
      [...this.shown].map(([id, { components }]) => [id, new Set(components.keys())]),
    );
  }

  /** The state is whole: what was not told again is taken away. */
  sweep(): void {
    for (const [id, components] of this.stale ?? []) {
      if (!this.told.has(id)) this.apply({ kind: 'despawn', id });
      else for (const component of components) this.apply({ kind: 'remove', id, component });
    }
    this.stale = null;
    this.told.clear();
  }

  /** Forgets everything: the stage was emptied. */
  clear(): void {
    this.shown.clear();
    this.told.clear();
    this.stale = null;
  }

  change(change: StateChange): void {
    if (change.kind === 'spawn' && this.sameEntity(change)) return;
    if (change.kind === 'change' && this.sameValue(change)) return;
    this.apply(change);
  }

  private sameEntity({ id, name, parent }: StateChange): boolean {
    this.told.add(id);
    const known = this.shown.get(id);
    if (known && known.name === name && known.parent === (parent ?? null)) return true;
    if (known) this.apply({ kind: 'despawn', id });
    this.stale?.delete(id);
    return false;
  }

  private sameValue({ id, component, value }: StateChange): boolean {
    this.stale?.get(id)?.delete(component!);
    return this.shown.get(id)?.components.get(component!) === JSON.stringify(value);
  }

  private apply(change: StateChange): void {
    const { id, component } = change;
    if (change.kind === 'spawn') {
      this.shown.set(id, {
        name: change.name ?? '',
        parent: change.parent ?? null,
        components: new Map(),
      });
    } else if (change.kind === 'despawn') {
      this.shown.delete(id);
    } else if (change.kind === 'change') {
      this.shown.get(id)?.components.set(component!, JSON.stringify(change.value));
    } else {
      this.shown.get(id)?.components.delete(component!);
    }
    this.stage.apply(change);
  }
}
