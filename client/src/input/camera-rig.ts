import * as THREE from '../view/three.ts';
import { castRay } from './body.ts';

const EYE_M = 1.7; // a little over the head, so that we do not stand in our own view
const NEAR_M = 0;
const FAR_M = 12;
const FIRST_PERSON_M = 0.7;
const PITCH_MAX = 1.35;
const SKIN_M = 0.22; // kept free between the camera and a wall
const EASE_PER_S = 10;
const SHOULDER_M = 0.62; // to the right of us, so that we do not stand before what we walk up to
const WIDE_ASPECT = 1.4; // a narrower picture has less room beside us

const focus = new THREE.Vector3();
const back = new THREE.Vector3();
const right = new THREE.Vector3();

/** A camera behind our shoulder that does not go through walls, and in our eyes when near. */
export class CameraRig {
  yaw = 0;
  pitch = -0.1;
  /** How far behind we wish to be, in metres; 0 is first person. */
  distance = 4.8;
  private shown = 4.8;
  private aside = SHOULDER_M;
  private eye = Number.NaN;

  get firstPerson(): boolean {
    return this.distance < FIRST_PERSON_M;
  }

  /** Turns by radians; the pitch has bounds. */
  look(yaw: number, pitch: number): void {
    this.yaw += yaw;
    this.pitch = Math.min(PITCH_MAX, Math.max(-PITCH_MAX, this.pitch + pitch));
  }

  /** Goes nearer (below 1) or farther; snaps into the eyes when very near. */
  zoom(factor: number): void {
    if (this.firstPerson && factor > 1) this.distance = 1.4;
    else this.distance = Math.min(FAR_M, Math.max(NEAR_M, this.distance * factor));
    if (this.distance < 1.2 && factor < 1) this.distance = 0;
  }

  /** Jumps to the place without easing: after arriving somewhere. */
  cut(): void {
    this.eye = Number.NaN;
    this.shown = this.distance;
  }

  /** Places the camera for feet at `feet`. */
  follow(
    camera: THREE.PerspectiveCamera,
    feet: THREE.Vector3,
    colliders: readonly THREE.Mesh[],
    dt: number,
  ): void {
    const eye = feet.y + EYE_M;
    const ease = 1 - Math.exp(-EASE_PER_S * dt);
    this.eye =
      Number.isNaN(this.eye) || Math.abs(eye - this.eye) > 3
        ? eye
        : this.eye + (eye - this.eye) * ease;
    focus.set(feet.x, this.eye, feet.z);
    camera.rotation.set(this.pitch, this.yaw, 0, 'YXZ');
    back.set(0, 0, 1).applyEuler(camera.rotation);
    const wished = this.firstPerson ? 0 : this.distance;
    this.lean(camera.aspect, colliders, ease);
    const free = wished > 0 ? freeWay(colliders, back, wished) : 0;
    // A wall pulls in at once; the way back out is eased.
    this.shown = free < this.shown ? free : this.shown + (free - this.shown) * ease;
    camera.position.copy(focus).addScaledVector(back, this.shown);
    const ground = feet.y + 0.15;
    if (camera.position.y < ground && this.shown > 0.3) camera.position.y = ground;
  }

  /** Looks over the shoulder: the less, the nearer we are and the narrower the picture is. */
  private lean(aspect: number, colliders: readonly THREE.Mesh[], ease: number): void {
    const room = Math.min(1, aspect / WIDE_ASPECT) * Math.min(1, this.shown / 3);
    const wished = this.firstPerson ? 0 : SHOULDER_M * room;
    right.set(Math.cos(this.yaw), 0, -Math.sin(this.yaw));
    const free = wished > 0 ? freeWay(colliders, right, wished) : 0;
    this.aside = free < this.aside ? free : this.aside + (free - this.aside) * ease;
    focus.addScaledVector(right, this.aside);
  }
}

/** How far from the focus there is nothing in the way, at most what is wished. */
function freeWay(
  colliders: readonly THREE.Mesh[],
  way: THREE.Vector3,
  wished: number,
): number {
  const hit = castRay(colliders, focus, way, wished + SKIN_M);
  return hit ? Math.max(0.02, hit.distance - SKIN_M) : wished;
}
