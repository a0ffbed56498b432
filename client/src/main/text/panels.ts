import '../../ui/css/panels.css';
import type { PanelTree } from '../../net/wire.generated.ts';
import { el } from '../../ui/dom.ts';
import { inOrder, Panel } from '../../ui/panels/panel.ts';
import type { Session } from '../../world/session.ts';
import { deskOf } from '../panels/desk.ts';

/** The panels of a world in words: the same controls as in 3D, one under the other. */
export class TextPanels {
  private readonly root = el('div', { class: 'panels' });
  private readonly session: Session;
  private readonly show: (root: HTMLElement | null) => void;
  private readonly shown = new Map<string, Panel>();
  private counting = '';

  /** `show` takes what holds them; null where there is none any more. */
  constructor(session: Session, show: (root: HTMLElement | null) => void) {
    this.session = session;
    this.show = show;
    const { channels } = session;
    channels.on('paneltree', (tree) => this.stand(tree));
    channels.on('panelpatch', (patch) => this.shown.get(patch.panel)?.patch(patch));
    channels.on('panelgone', ({ panel }) => this.gone(panel));
  }

  private stand(tree: PanelTree): void {
    const me = this.session.me?.visitor ?? '';
    const again = this.counting !== '' && this.counting !== me;
    this.counting = me;
    if (again) for (const panel of this.shown.values()) panel.restart();
    const known = this.shown.get(tree.panel);
    if (known) return known.update(tree);
    const panel = new Panel(tree, deskOf(this.session, tree.panel));
    this.shown.set(tree.panel, panel);
    const fold = (shut: boolean) => {
      panel.body.hidden = shut;
      panel.fold.ariaExpanded = String(!shut);
    };
    panel.fold.onclick = () => fold(!panel.body.hidden);
    fold(false);
    const next = inOrder(this.shown.values()).find((one) => one.tree.rank > tree.rank);
    this.root.insertBefore(panel.root, next?.root ?? null);
    this.show(this.root);
  }

  private gone(id: string): void {
    this.shown.get(id)?.dispose();
    this.shown.delete(id);
    if (this.shown.size === 0) this.show(null);
  }
}
