import { PanelPointer } from '../../input/panel-pointer.ts';
import type { Panel } from '../../ui/panels/panel.ts';
import { el } from '../../ui/dom.ts';
import { touchedAt } from '../../view/panels/meeting.ts';
import { PanelMesh } from '../../view/panels/mesh.ts';
import * as THREE from '../../view/three.ts';
import type { Here } from '../here.ts';
import type { Surface } from '../xr/surface.ts';

const FAR_M = 12; // from further away nobody reads it: it is painted again when one comes near
const WRIST_WIDE_M = 0.26;
const WRIST_GAP_M = 0.01;
const UP = new THREE.Vector3(0, 1, 0);

/** Where something meets a panel's plane. */
export interface Met {
  readonly panel: Panel;
  readonly distance: number;
  readonly u: number;
  readonly v: number;
}

interface Plane {
  readonly panel: Panel;
  readonly view: PanelMesh;
}

/** The panels that hang in the world: on walls, at entities and, in a headset, on the wrist. */
export class Planes {
  /** Where they stand in the page while nobody has them open: laid out, and outside of the view. */
  readonly host = el('div', { class: 'panel-host' });
  private readonly here: Here;
  private readonly planes = new Map<string, Plane>();
  private readonly pointers = new Map<string, PanelPointer>();
  private readonly raycaster = new THREE.Raycaster();
  private readonly turn = new THREE.Quaternion();
  private readonly own = new THREE.Quaternion();
  private next = 0;
  /** Where panels of the wrist are: null without a headset. */
  wrist: Pick<Surface, 'place' | 'turn' | 'half'> | null = null;

  constructor(here: Here) {
    this.here = here;
    this.host.inert = true; // they are opened in the dock to be used by hand and key
  }

  /** Hangs these panels up, and takes all others down. */
  show(panels: readonly Panel[]): void {
    const wanted = new Set(panels.map(({ id }) => id));
    for (const [id, { view }] of this.planes) {
      if (wanted.has(id)) continue;
      view.dispose();
      this.planes.delete(id);
    }
    const { renderer, scene } = this.here.stage.insides();
    for (const panel of panels) {
      if (this.planes.has(panel.id)) continue;
      if (!panel.root.isConnected) this.host.append(panel.root);
      const { at, width } = panel.tree;
      const metres = /wall|entity/.test(at) ? width : WRIST_WIDE_M;
      const view = new PanelMesh(panel.root, metres, renderer);
      view.mesh.visible = false;
      scene.add(view.mesh);
      this.planes.set(panel.id, { panel, view });
    }
  }

  /** Puts every plane in its place and paints one of those that changed. */
  frame(now_ms: number): void {
    const planes = [...this.planes.values()];
    const { camera } = this.here.stage;
    let below = (this.wrist?.half ?? 0) + WRIST_GAP_M; // under our own menu
    for (const plane of planes) below = this.place(plane, below);
    for (let tried = 0; tried < planes.length; tried++) {
      this.next = (this.next + 1) % planes.length;
      const { view } = planes[this.next]!;
      const near = view.mesh.position.distanceTo(camera.position) < FAR_M;
      if (view.mesh.visible && near && view.update(now_ms)) return;
    }
  }

  /** The panel that a ray of the picture meets, where, and how far away; null where none is. */
  under(x: number, y: number): Met | null {
    this.raycaster.setFromCamera(new THREE.Vector2(x, y), this.here.stage.camera);
    return this.met();
  }

  /** The same along a ray of the world, as a hand points. */
  along(ray: THREE.Ray): Met | null {
    this.raycaster.ray.copy(ray);
    return this.met();
  }

  /** The panel before a fingertip, and how far the tip is from its plane: below 0 behind it. */
  touched(tip: THREE.Vector3, within: number): Met | null {
    let best: Met | null = null;
    for (const { panel, view } of this.planes.values()) {
      const met = touchedAt(view.mesh, tip, within);
      if (met && !(best && Math.abs(best.distance) <= Math.abs(met.distance)))
        best = { panel, ...met };
    }
    return best;
  }

  private met(): Met | null {
    const meshes = [...this.planes.values()].map(({ view }) => view.mesh);
    const [hit] = this.raycaster.intersectObjects(
      meshes.filter((mesh) => mesh.visible),
      false,
    );
    const plane = hit && this.planes.get(hit.object.userData['panel'] as string);
    if (!hit?.uv || !plane) return null;
    return { panel: plane.panel, distance: hit.distance, u: hit.uv.x, v: 1 - hit.uv.y };
  }

  /** The painted plane of a panel, for hands in a headset; null where it hangs nowhere. */
  view(id: string): PanelMesh | null {
    return this.planes.get(id)?.view ?? null;
  }

  /** A hand's ray or fingertip on a panel's plane; null where it hangs nowhere. */
  pointer(id: string, hand: number): PanelPointer | null {
    const view = this.view(id);
    if (!view) return null;
    const key = `${hand} ${id}`;
    const known = this.pointers.get(key);
    if (known?.panel === view) return known;
    const pointer = new PanelPointer(view, hand);
    this.pointers.set(key, pointer);
    return pointer;
  }

  /** How a panel is painted, as a PNG's address; `anew`: the whole of it, painted for this. */
  picture(id: string, anew: boolean): string | null {
    const view = this.view(id);
    return view ? view.picture(anew, performance.now()) : null;
  }

  dispose(): void {
    for (const { view } of this.planes.values()) view.dispose();
    this.planes.clear();
    this.host.remove();
  }

  /** Puts one in its place; those on the wrist go under each other, from `below` metres on. */
  private place({ panel, view: { mesh } }: Plane, below: number): number {
    const { at, entity, place, turn } = panel.tree;
    this.own.setFromAxisAngle(UP, turn);
    if (at === 'wall') {
      mesh.visible = true;
      mesh.position.fromArray(place);
      mesh.quaternion.copy(this.own);
      return below;
    }
    if (at !== 'entity') return this.placeOnWrist(mesh, below);
    const node = entity === null ? undefined : this.here.stage.insides().entities.node(entity);
    mesh.visible = node !== undefined;
    if (!node) return below;
    node.root.getWorldPosition(mesh.position);
    node.root.getWorldQuaternion(this.turn);
    mesh.position.add(new THREE.Vector3(...place).applyQuaternion(this.turn));
    mesh.quaternion.copy(this.turn).multiply(this.own);
    return below;
  }

  private placeOnWrist(mesh: THREE.Mesh, below: number): number {
    mesh.visible = this.wrist !== null;
    if (!this.wrist) return below;
    const { place, turn } = this.wrist;
    mesh.quaternion.copy(turn);
    mesh.position.set(0, -below - mesh.scale.y / 2, 0).applyQuaternion(turn).add(place);
    return below + mesh.scale.y + WRIST_GAP_M;
  }
}
