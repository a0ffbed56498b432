import '../../ui/css/panels.css';
import { Dock } from '../../ui/panels/dock.ts';
import { inOrder, Panel } from '../../ui/panels/panel.ts';
import { say } from '../../ui/strings.ts';
import type { PanelPatch, PanelTree } from '../../net/wire.generated.ts';
import type { Session } from '../../world/session.ts';
import type { Here } from '../here.ts';
import { deskOf } from './desk.ts';
import { Planes } from './planes.ts';

const TAP_M = 14; // the eye is some metres behind the body

/** The panels of the world that one is in: what comes for them, and what hands do on them. */
export class Panels {
  /** Those that hang in the world. */
  readonly planes: Planes;
  private readonly here: Here;
  private readonly session: Session;
  private readonly dock = new Dock();
  private readonly shown = new Map<string, Panel>();
  /** The visitor that we were when hands began to count: another one after each connection. */
  private counting = '';

  constructor(here: Here, session: Session) {
    this.here = here;
    this.session = session;
    this.planes = new Planes(here);
    here.hud.inside.append(this.dock.root, this.planes.host);
    for (const root of [this.dock.root, this.planes.host])
      root.addEventListener('click', (event) => this.follow(event));
    session.channels.on('paneltree', (tree) => this.stand(tree));
    session.channels.on('panelpatch', (patch) => this.patch(patch));
    session.channels.on('panelgone', ({ panel }) => this.gone(panel));
  }

  /** A panel by its id; null where there is none. */
  panel(id: string): Panel | null {
    return this.shown.get(id) ?? null;
  }

  /** All panels, in the order in which the world declares them. */
  all(): readonly Panel[] {
    return inOrder(this.shown.values());
  }

  /** Paints what changed of those that hang in the world. */
  frame(now_ms: number): void {
    this.planes.frame(now_ms);
  }

  /** Opens the panel that hangs at a point of the picture, if one does; tells whether it did. */
  tap({ x, y }: { x: number; y: number }): boolean {
    const found = this.planes.under(x, y);
    const other = found && this.here.stage.pick(x, y);
    if (!found || (other && other.distance < found.distance)) return false;
    if (found.distance > TAP_M) this.here.hud.flash(say.tooFar);
    else this.dock.reveal(found.panel);
    return true;
  }

  /** What scripts and tests may ask of panels; docs/reference/probe.md describes it. */
  readonly probe = {
    ids: (): string[] => this.all().map(({ id }) => id),
    /** A widget's props as they are shown. */
    widget: (panel: string, id: string) => this.panel(panel)?.widget(id)?.node ?? null,
    /** How a panel is painted for the world, as a PNG's address; `anew`: painted whole for it. */
    picture: (panel: string, anew = false) => this.planes.picture(panel, anew) ?? null,
    /** What the graphics card has of it; `anew`: once all of it was painted again. */
    texels: (panel: string, anew = false) =>
      this.planes.view(panel)?.texels(anew, performance.now()) ?? null,
    /** How often it was painted, whole and in parts, and how long that took in all. */
    painted: (panel: string) => this.planes.view(panel)?.counts ?? null,
    /** Where a place of its plane is in the world. */
    where: (panel: string, u: number, v: number): [number, number, number] | null =>
      this.planes.view(panel)?.placeOf(u, v).toArray() ?? null,
    /** A ray or a fingertip at a place of its plane: 0 to 1 across, and down. */
    point: (panel: string, kind: 'move' | 'down' | 'up', u: number, v: number) =>
      this.planes.pointer(panel, 1)?.[kind](u, v) ?? null,
  };

  dispose(): void {
    this.planes.dispose();
    for (const panel of this.shown.values()) panel.dispose();
    this.shown.clear();
    this.dock.root.remove();
  }

  /** A link to a moment of this world goes there without a reload, which ends a headset. */
  private follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const { origin, pathname, searchParams } = new URL(link.href, location.href);
    const [seq, until] = ['seq', 'until'].map((name) => momentOf(searchParams.get(name)));
    if (origin !== location.origin || pathname !== location.pathname || seq === null) return;
    event.preventDefault();
    void this.here.time.go(seq!, searchParams.has('until') ? until : undefined);
  }

  private stand(tree: PanelTree): void {
    const me = this.session.me?.visitor ?? '';
    const again = this.counting !== '' && this.counting !== me;
    this.counting = me;
    if (again) for (const panel of this.shown.values()) panel.restart();
    const known = this.shown.get(tree.panel);
    if (known) known.update(tree);
    else this.shown.set(tree.panel, new Panel(tree, deskOf(this.session, tree.panel)));
    this.showAll();
  }

  /** Hangs up or takes down what a headset shows on the wrist; also as one is put on. */
  showAll(): void {
    const all = this.all();
    // On a flat page the wrist is the page; in a headset the page is the wrist.
    const hangs = ({ tree }: Panel) => this.here.worn !== null || /wall|entity/.test(tree.at);
    this.planes.host.inert = this.here.worn === null; // else they are opened in the dock
    this.planes.show(all.filter(hangs));
    this.dock.show(all, hangs, this.planes.host);
  }

  private patch(patch: PanelPatch): void {
    const panel = this.shown.get(patch.panel);
    if (panel?.patch(patch)) this.dock.bring(panel);
  }

  private gone(id: string): void {
    this.shown.get(id)?.dispose();
    this.shown.delete(id);
    this.showAll();
  }
}

/** The seq that an address names; null where it names none. */
function momentOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
