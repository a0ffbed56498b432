import { SketchBar } from '../../ui/sketch-bar.ts';
import * as THREE from '../../view/three.ts';
import { titleOf } from '../../world/naming.ts';
import type { Session } from '../../world/session.ts';
import type { Here } from '../here.ts';
import { Stroke } from './sketching.ts';

const STEPS = 60; // of a key, over the face's longer side
const STEP_MIN_M = 0.01; // nearer points would count as one
const RING_M = 0.016;
const LIFT_M = 0.006;

/**
 * Drawing without a pointer: a pen that buttons and arrow keys move over a face. Each point that is
 * set goes on the stroke by a straight line.
 */
export class KeySketching {
  private readonly here: Here;
  private readonly session: Session;
  private readonly bar: SketchBar;
  private readonly pen = new THREE.Mesh(
    new THREE.RingGeometry(RING_M * 0.55, RING_M, 24),
    new THREE.MeshBasicMaterial({ color: '#d9480f', toneMapped: false, side: THREE.DoubleSide }),
  );
  private stroke: Stroke | null = null;
  private at: [number, number] = [0, 0];

  constructor(here: Here, session: Session) {
    this.here = here;
    this.session = session;
    this.bar = new SketchBar({
      move: (right, up) => this.move(right, up),
      point: () => this.point(),
      keep: () => void this.keep(),
      done: () => void this.done(),
    });
    here.hud.inside.append(this.bar.root);
  }

  /** Takes the pen to the middle of a face. */
  open(id: number): void {
    this.stroke?.forget();
    const face = this.session.state.value(id, 'Sketch');
    if (!face) return;
    this.stroke = new Stroke(this.here, id, face);
    this.at = [0, 0];
    this.here.stage.insides().scene.add(this.pen);
    this.bar.show(titleOf(this.session.state, id));
    this.moved();
  }

  private move(right: number, up: number): void {
    const { stroke } = this;
    if (!stroke) return;
    const step = Math.max(STEP_MIN_M, stroke.face.width / STEPS, stroke.face.height / STEPS);
    this.at = stroke.within(this.at[0] + right * step, this.at[1] + up * step);
    this.moved();
  }

  private moved(): void {
    const place = this.stroke?.place();
    if (!this.stroke || !place) return void this.done(); // it is gone, by whomever
    const own = new THREE.Vector3(...this.at, this.stroke.face.depth + LIFT_M);
    this.pen.position.copy(own.applyQuaternion(place.turn).add(place.middle));
    this.pen.quaternion.copy(place.turn);
    this.stroke.show(this.at);
    this.bar.tell(this.at, this.stroke.length);
  }

  private point(): void {
    this.stroke?.add(...this.at);
    this.moved();
  }

  /** The stroke is kept, and the next one may begin where the pen is. */
  private async keep(): Promise<void> {
    const { stroke } = this;
    if (!stroke) return;
    this.stroke = new Stroke(this.here, stroke.id, stroke.face);
    this.moved();
    await stroke.keep();
  }

  private async done(): Promise<void> {
    const { stroke } = this;
    this.stroke = null;
    this.pen.removeFromParent();
    this.bar.hide();
    await stroke?.keep();
  }

  dispose(): void {
    this.stroke?.forget();
    this.stroke = null;
    this.pen.removeFromParent();
    this.pen.geometry.dispose();
    this.pen.material.dispose();
    this.bar.root.remove();
  }
}
