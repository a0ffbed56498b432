import type { Change, Tier } from './change.ts';
import { componentViews, fetchView } from './components/table.ts';
import type { Node, ViewContext } from './context.ts';
import * as THREE from './three.ts';

/**
 * The entities of a world as objects: takes changes, keeps one part per component that is drawn.
 */
export class Entities {
  readonly root = new THREE.Group();
  private readonly nodes = new Map<number, Node>();
  private readonly orphans = new Map<number, Set<number>>();

  constructor(private readonly view: ViewContext) {}

  get size(): number {
    return this.nodes.size;
  }

  node(id: number): Node | undefined {
    return this.nodes.get(id);
  }

  all(): IterableIterator<Node> {
    return this.nodes.values();
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'spawn':
        this.spawn(change.id, change.name ?? '', change.parent ?? null);
        break;
      case 'change':
        if (change.component) this.change(change.id, change.component, change.value);
        break;
      case 'remove':
        if (change.component) this.remove(change.id, change.component);
        break;
      case 'despawn':
        this.despawn(change.id);
        break;
    }
  }

  private spawn(id: number, name: string, parent: number | null): void {
    if (this.nodes.has(id)) this.despawn(id);
    const root = new THREE.Group();
    root.name = name;
    root.userData['entity'] = id;
    const node: Node = { id, root, name, parent, values: new Map(), parts: new Map() };
    this.nodes.set(id, node);
    const above = parent === null ? null : this.nodes.get(parent);
    if (parent !== null && !above) this.await(parent, id);
    (above?.root ?? this.root).add(root);
    for (const child of this.orphans.get(id) ?? []) {
      const waiting = this.nodes.get(child);
      if (waiting) root.add(waiting.root);
    }
    this.orphans.delete(id);
  }

  private await(parent: number, child: number): void {
    const waiting = this.orphans.get(parent) ?? new Set();
    waiting.add(child);
    this.orphans.set(parent, waiting);
  }

  private change(id: number, component: string, value: unknown): void {
    const node = this.nodes.get(id);
    if (!node) return;
    node.values.set(component, value);
    const make = componentViews[component];
    if (!make) {
      const fetching = fetchView(component);
      if (fetching) this.view.awaiting(fetching).then(() => this.show(component));
      return;
    }
    const part = node.parts.get(component);
    if (part?.update) {
      part.update(value as never);
      return;
    }
    part?.dispose();
    node.parts.set(component, make(node, value as never, this.view));
  }

  /** A component's view has come: draws it wherever it is wanted by now. */
  private show(component: string): void {
    if (!componentViews[component]) return;
    for (const { id, values, parts } of this.nodes.values()) {
      if (values.has(component) && !parts.has(component))
        this.change(id, component, values.get(component));
    }
  }

  private remove(id: number, component: string): void {
    const node = this.nodes.get(id);
    if (!node) return;
    node.values.delete(component);
    const part = node.parts.get(component);
    node.parts.delete(component);
    part?.dispose();
  }

  private despawn(id: number): void {
    const node = this.nodes.get(id);
    if (!node) return;
    this.nodes.delete(id);
    for (const part of node.parts.values()) part.dispose();
    node.parts.clear();
    node.root.removeFromParent();
  }

  reset(): void {
    for (const id of [...this.nodes.keys()]) this.despawn(id);
    this.orphans.clear();
  }

  setTier(tier: Tier): void {
    for (const node of this.nodes.values()) {
      for (const part of node.parts.values()) part.tier?.(tier);
    }
  }

  frame(dt: number, now: number): void {
    for (const node of this.nodes.values()) {
      for (const part of node.parts.values()) part.frame?.(dt, now);
    }
  }
}
