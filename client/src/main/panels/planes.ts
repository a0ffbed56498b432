import { PanelPointer } from '../../input/panel-pointer.ts';
import type { Panel } from '../../ui/panels/panel.ts';
import { el } from '../../ui/dom.ts';
import { PanelMesh } from '../../view/panels/mesh.ts';
import * as THREE from '../../view/three.ts';
import type { Here } from '../here.ts';

const FAR_M = 12; // from further away nobody reads it: it is painted again when one comes near
const UP = new THREE.Vector3(0, 1, 0);

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
      const view = new PanelMesh(panel.root, panel.tree.width, renderer);
      view.mesh.visible = false;
      scene.add(view.mesh);
      this.planes.set(panel.id, { panel, view });
    }
  }

  /** Puts every plane in its place and paints one of those that changed. */
  frame(now_ms: number): void {
    const planes = [...this.planes.values()];
    const { camera } = this.here.stage;
    for (const plane of planes) this.place(plane);
    for (let tried = 0; tried < planes.length; tried++) {
      this.next = (this.next + 1) % planes.length;
      const { view } = planes[this.next]!;
      const near = view.mesh.position.distanceTo(camera.position) < FAR_M;
      if (view.mesh.visible && near && view.update(now_ms)) return;
    }
  }

  /** The panel that a ray of the picture meets, where, and how far away; null where none is. */
  under(x: number, y: number): { panel: Panel; distance: number; u: number; v: number } | null {
    this.raycaster.setFromCamera(new THREE.Vector2(x, y), this.here.stage.camera);
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

  private place({ panel, view: { mesh } }: Plane): void {
    const { at, entity, place, turn } = panel.tree;
    this.own.setFromAxisAngle(UP, turn);
    if (at === 'wall') {
      mesh.visible = true;
      mesh.position.fromArray(place);
      mesh.quaternion.copy(this.own);
      return;
    }
    const node = entity === null ? undefined : this.here.stage.insides().entities.node(entity);
    mesh.visible = at === 'entity' && node !== undefined; // a wrist is only in a headset
    if (!node) return;
    node.root.getWorldPosition(mesh.position);
    node.root.getWorldQuaternion(this.turn);
    mesh.position.add(new THREE.Vector3(...place).applyQuaternion(this.turn));
    mesh.quaternion.copy(this.turn).multiply(this.own);
  }
}
