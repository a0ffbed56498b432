import { PanelPointer } from '../../input/panel-pointer.ts';
import type { Hand, Side } from '../../input/xr/hand.ts';
import { metAt, touchedAt, type Meeting } from '../../view/panels/meeting.ts';
import { PanelMesh } from '../../view/panels/mesh.ts';
import * as THREE from '../../view/three.ts';
import type { Here } from '../here.ts';

/** Something painted that hands can work: where one meets it, and what works it. */
export interface Worked extends Meeting {
  readonly pointer: PanelPointer;
}

const CONTROLS = 'button, input, textarea, select, a[href], [role=slider], [role=option]';
const UP = new THREE.Vector3(0, 1, 0);
const matrix = new THREE.Matrix4();

/** A part of the page that only a headset shows: painted from its own layout, worked by hands. */
export class Surface {
  readonly place = new THREE.Vector3();
  readonly turn = new THREE.Quaternion();
  readonly root: HTMLElement;
  private readonly view: PanelMesh;
  private readonly pointers: Record<Side, PanelPointer>;

  constructor(here: Here, root: HTMLElement, metres: number) {
    const { renderer, scene } = here.stage.insides();
    this.root = root;
    this.view = new PanelMesh(root, metres, renderer);
    this.view.mesh.visible = false;
    const pointer = (id: number) => new PanelPointer(this.view, id);
    this.pointers = { left: pointer(11), right: pointer(12) }; // the page's own begin at 1
    scene.add(this.view.mesh);
  }

  get shown(): boolean {
    return this.view.mesh.visible;
  }

  set shown(on: boolean) {
    this.view.mesh.visible = on;
  }

  /** Half its height in metres, as it is painted. */
  get half(): number {
    return this.view.mesh.scale.y / 2;
  }

  /** Hangs it at a place, its face toward the eyes. */
  hang(place: THREE.Vector3, head: THREE.Vector3): void {
    this.place.copy(place);
    this.turn.setFromRotationMatrix(matrix.lookAt(head, place, UP));
    this.view.mesh.position.copy(this.place);
    this.view.mesh.quaternion.copy(this.turn);
  }

  paint(ms: number): void {
    if (this.shown) this.view.update(ms);
  }

  /** Draws it over all else: words that nothing may hide. */
  over(): void {
    this.view.mesh.material.depthTest = false;
    this.view.mesh.renderOrder = 998;
  }

  along({ ray, side }: Hand): Worked | null {
    const met = metAt(this.view.mesh, ray);
    return met && { ...met, pointer: this.pointers[side] };
  }

  touched({ tip, side }: Hand, within: number): Worked | null {
    const met = touchedAt(this.view.mesh, tip, within);
    return met && { ...met, pointer: this.pointers[side] };
  }

  /** Where a control of it is in the world: for scripts and tests. */
  whereIs(label: string, whole: boolean, share = 0.5): THREE.Vector3 | null {
    const inside = this.root.querySelectorAll<HTMLElement>(CONTROLS);
    const controls = this.root.matches(CONTROLS) ? [this.root] : [...inside];
    const named = (one: HTMLElement) =>
      one.ariaLabel ?? one.closest('label')?.textContent ?? one.textContent ?? '';
    const control = controls.find((one) =>
      whole ? named(one) === label : named(one).includes(label),
    );
    if (!control) return null;
    const [all, box] = [this.root.getBoundingClientRect(), control.getBoundingClientRect()];
    const u = (box.left + box.width * share - all.left) / all.width;
    const v = (box.top + box.height / 2 - all.top) / all.height;
    return this.view.placeOf(u, v);
  }

  dispose(): void {
    this.view.dispose();
  }
}
