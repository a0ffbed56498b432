import { PanelPointer } from '../../input/panel-pointer.ts';
import type { Hand } from '../../input/xr/hand.ts';
import { metAt, touchedAt, type Meeting } from '../../view/panels/meeting.ts';
import { PanelMesh } from '../../view/panels/mesh.ts';
import * as THREE from '../../view/three.ts';
import { wristMenu, type WristEvents } from '../../ui/xr/wrist.ts';
import type { Here } from '../here.ts';

const WIDE_M = 0.2;
const SEEN = Math.cos((55 * Math.PI) / 180);
const FAR_M = 0.9;
const UP = new THREE.Vector3(0, 1, 0);

/** Something painted that hands can work: where one meets it, and what works it. */
export interface Worked extends Meeting {
  readonly pointer: PanelPointer;
}

/** The menu over the wrist of the hand that does not point; the world's own panels hang below. */
export class Wrist {
  readonly place = new THREE.Vector3();
  readonly turn = new THREE.Quaternion();
  readonly root: HTMLElement;
  private readonly view: PanelMesh;
  private readonly pointers: Record<'left' | 'right', PanelPointer>;
  private readonly host = document.createElement('div');
  private readonly way = new THREE.Vector3();
  private readonly matrix = new THREE.Matrix4();

  constructor(here: Here, events: WristEvents, glides: boolean, sits: boolean) {
    const { renderer, scene } = here.stage.insides();
    this.root = wristMenu(events, glides, sits);
    this.root.dataset['panel'] = 'wrist';
    this.host.className = 'panel-host wrist-host';
    this.host.append(this.root);
    here.hud.inside.append(this.host);
    this.view = new PanelMesh(this.root, WIDE_M, renderer);
    this.view.mesh.visible = false;
    const pointer = (id: number) => new PanelPointer(this.view, id);
    this.pointers = { left: pointer(11), right: pointer(12) };
    scene.add(this.view.mesh);
  }

  /** Whether one sees it: the wrist is up before the eyes. */
  get shown(): boolean {
    return this.view.mesh.visible;
  }

  frame(hand: Hand, head: THREE.Vector3, look: THREE.Quaternion, ms: number): void {
    this.way.subVectors(hand.place, head);
    const far = this.way.length();
    const ahead = new THREE.Vector3(0, 0, -1).applyQuaternion(look);
    this.view.mesh.visible = hand.seen && far < FAR_M && ahead.dot(this.way.normalize()) > SEEN;
    this.place.copy(hand.place).setY(hand.place.y + 0.2);
    this.turn.setFromRotationMatrix(this.matrix.lookAt(head, this.place, UP));
    this.view.mesh.position.copy(this.place);
    this.view.mesh.quaternion.copy(this.turn);
    if (this.shown) this.view.update(ms);
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
  whereIs(label: string): THREE.Vector3 | null {
    const controls = [...this.root.querySelectorAll<HTMLElement>('button, input')];
    const named = (one: HTMLElement) => one.closest('label')?.textContent ?? one.textContent;
    const control = controls.find((one) => named(one)?.includes(label));
    if (!control) return null;
    const [all, box] = [this.root.getBoundingClientRect(), control.getBoundingClientRect()];
    const u = (box.left + box.width / 2 - all.left) / all.width;
    const v = (box.top + box.height / 2 - all.top) / all.height;
    return this.view.placeOf(u, v);
  }

  dispose(): void {
    this.view.dispose();
    this.host.remove();
  }
}
