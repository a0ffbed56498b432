import { el } from '../dom.ts';
import type { PanelPatch, PanelTree } from '../../net/wire.generated.ts';
import { awaitsScripts, watchScripts } from './fonts.ts';
import { KINDS } from './kinds.ts';
import { newId, textOf, type Child, type Desk, type Node, type Props, type Shown } from './node.ts';
import { say } from './strings.ts';

interface Standing {
  node: Node;
  readonly shown: Shown;
}

/** One panel on the page: the only tree of its widgets there is, drawn in a headset from here. */
export class Panel {
  readonly id: string;
  /** What everything of it stands in. */
  readonly root: HTMLElement;
  readonly body = el('div', { class: 'panel-body' });
  tree: PanelTree;
  /** How often the world has brought it into view. */
  private front = 0;
  /** Its title, which shows and hides what is under it. */
  readonly fold = el('button', { type: 'button', class: 'fold' });
  private readonly name = el('span', { dir: 'auto', id: newId() });
  private readonly desk: Desk;
  private readonly widgets = new Map<string, Standing>();

  constructor(tree: PanelTree, desk: Desk) {
    this.id = tree.panel;
    this.desk = desk;
    this.tree = tree;
    this.root = el(
      'section',
      { class: 'panel', attrs: { 'aria-labelledby': this.name.id } },
      el('h2', {}, this.fold),
      this.body,
    );
    this.body.id = newId();
    this.fold.setAttribute('aria-controls', this.body.id);
    this.fold.append(this.name, el('span', { class: 'arrow', ariaHidden: 'true' }, '▾'));
    this.root.dataset['panel'] = tree.panel;
    this.root.addEventListener('input', ({ target }) =>
      watchScripts((target as HTMLInputElement).value),
    );
    this.update(tree);
  }

  get title(): string {
    return this.tree.title;
  }

  /** Becomes what a tree says; what stands already and is of the same kind stays as it is. */
  update(tree: PanelTree): void {
    const held = this.held();
    this.tree = tree;
    this.name.textContent = tree.title;
    this.root.dir = tree.dir;
    const met = new Set<string>();
    const root = this.stand(tree.root as Node, met);
    if (this.body.firstElementChild !== root) this.body.replaceChildren(root);
    for (const [id, { shown }] of this.widgets) {
      if (met.has(id)) continue;
      shown.hold?.dispose();
      shown.dispose?.();
      this.widgets.delete(id);
    }
    this.keep(held);
    watchScripts(this.body.textContent);
    for (const input of this.body.querySelectorAll('input')) watchScripts(input.value);
  }

  /** Takes in what changed; tells whether the world brings it into view. */
  patch(patch: PanelPatch): boolean {
    const held = this.held();
    for (const [id, props] of Object.entries(patch.set)) {
      const widget = this.widgets.get(id);
      if (!widget) continue;
      const { append: _, n, error: __, ...kept } = props;
      widget.node = { ...widget.node, ...kept };
      this.tell(widget.shown, props, typeof n === 'number' ? n : undefined);
      if (awaitsScripts()) watchScripts(writtenIn(props));
    }
    this.keep(held);
    const front = Number(patch.set['root']?.['front'] ?? this.front);
    const isNew = front !== this.front;
    this.front = front;
    return isNew;
  }

  /** A new connection was made: hands count anew. */
  restart(): void {
    for (const { shown } of this.widgets.values()) shown.hold?.restart();
  }

  /** A widget's element and its props as they are now; null where there is none. */
  widget(id: string): { root: HTMLElement; node: Node } | null {
    const found = this.widgets.get(id);
    return found ? { root: found.shown.root, node: found.node } : null;
  }

  dispose(): void {
    for (const { shown } of this.widgets.values()) {
      shown.hold?.dispose();
      shown.dispose?.();
    }
    this.widgets.clear();
    this.root.remove();
  }

  /** What has the focus, with its widget; null where that is elsewhere. */
  private held(): readonly HTMLElement[] | null {
    const at = document.activeElement as HTMLElement | null;
    if (!at || !this.body.contains(at)) return null;
    return [at, at.closest<HTMLElement>('[data-w]') ?? at];
  }

  /** Where what had the focus is gone, its widget has it, or all of the panel: nobody is lost. */
  private keep(held: readonly HTMLElement[] | null): void {
    if (!held) return;
    const is = [...held, this.body].find((one) => this.root.contains(one) && isShown(one));
    if (!is || is === held[0]) return;
    if (is.tabIndex < 0) is.tabIndex = -1;
    is.focus({ preventScroll: true });
  }

  private stand(node: Node, met: Set<string>): HTMLElement {
    const known = this.widgets.get(node.id);
    met.add(node.id);
    const widget = known?.node.k === node.k ? this.change(known, node) : this.make(node, known);
    const children: Child[] = (node.c ?? []).map((child) => ({
      node: child,
      root: this.stand(child, met),
    }));
    widget.shown.place?.(children);
    return widget.shown.root;
  }

  private make(node: Node, before: Standing | undefined): Standing {
    before?.shown.hold?.dispose();
    before?.shown.dispose?.();
    const make = KINDS[node.k];
    const shown = make ? make(node, this.desk) : unknown(node);
    shown.root.dataset['w'] = node.id;
    shown.root.dataset['kind'] = node.k;
    if (node['hidden']) shown.root.hidden = true;
    const widget = { node, shown };
    this.widgets.set(node.id, widget);
    return widget;
  }

  private change(widget: Standing, node: Node): Standing {
    const gone = Object.keys(widget.node).filter((name) => !(name in node));
    const props: Props = { ...Object.fromEntries(gone.map((name) => [name, undefined])), ...node };
    widget.node = node;
    this.tell(widget.shown, props, undefined);
    return widget;
  }

  private tell(shown: Shown, props: Props, n: number | undefined): void {
    if ('hidden' in props) shown.root.hidden = Boolean(props['hidden']);
    shown.set(props);
    if (shown.hold && props['value'] !== undefined) shown.hold.hear(props['value'], n);
  }
}

/** Panels in the order in which their world declares them, whichever came first. */
export function inOrder(panels: Iterable<Panel>): Panel[] {
  return [...panels].sort((a, b) => a.tree.rank - b.tree.rank);
}

const isShown = (element: HTMLElement) => element.getClientRects().length > 0;

/** All texts that stand right in some props. */
function writtenIn(props: Props): string {
  const texts = Object.values(props).filter((value) => typeof value === 'string');
  const items = [props['data'], props['append']].flat().filter((item) => item instanceof Object);
  return [...texts, ...items.flatMap((item) => Object.values(item as object))].join(' ');
}

/** A kind that this page does not know yet is shown by its label. */
function unknown(node: Node): Shown {
  const label = textOf(node, 'label') || textOf(node, 'text');
  const root = el('p', { class: 'text dim', dir: 'auto' }, label || say.unknown(node.k));
  return { root, set: () => undefined };
}
