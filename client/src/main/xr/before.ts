import * as THREE from '../../view/three.ts';
import { el } from '../../ui/dom.ts';
import { keyboard } from '../../ui/xr/keys.ts';
import type { Here } from '../here.ts';
import { HANGS, type Hang } from './hangs.ts';
import { Surface } from './surface.ts';

const KEYS_M = 0.5;
const SIGN_M = 0.34;
const LEFT_BEHIND_M = 1.7;
const EASE_PER_S = 5;

const place = new THREE.Vector3();
const ahead = new THREE.Vector3();

/** What hangs before the eyes: parts of the page, a keyboard, and what the page says. */
export class Before {
  readonly keys: Surface;
  private readonly here: Here;
  private readonly bringsKeys: boolean;
  private readonly sign: Surface;
  private readonly words = el('p', {});
  private readonly hung = new Map<Hang, Surface>();
  private target: HTMLInputElement | HTMLTextAreaElement | null = null;
  private readonly signAt = new THREE.Vector3();

  /** `bringsKeys`: the headset has no keyboard of its own. */
  constructor(here: Here, host: HTMLElement, bringsKeys: boolean) {
    this.here = here;
    this.bringsKeys = bringsKeys;
    const keys = keyboard(
      () => this.target,
      () => this.write(null),
    );
    const sign = el('section', { class: 'panel sign' }, this.words);
    host.append(keys, sign);
    this.keys = new Surface(here, keys, KEYS_M);
    this.sign = new Surface(here, sign, SIGN_M);
    this.sign.over();
  }

  /** What the sign says now. */
  get says(): string {
    return this.sign.shown ? (this.words.textContent ?? '') : '';
  }

  /** Those that hands can work. */
  get surfaces(): Surface[] {
    return [...this.hung.values(), this.keys];
  }

  /** A field wants to be written in, or none any more. */
  write(field: HTMLInputElement | HTMLTextAreaElement | null): void {
    if (!this.bringsKeys) return;
    const again = field !== null && this.keys.shown;
    this.target = field;
    this.keys.shown = field !== null;
    if (!again) this.keys.place.setScalar(Number.NaN); // hung anew
  }

  frame(head: THREE.Vector3, look: THREE.Quaternion, dt: number, ms: number): void {
    ahead.set(0, 0, -1).applyQuaternion(look).setY(0).normalize();
    for (const hang of HANGS) this.watch(hang);
    if (this.target && !this.target.isConnected) this.write(null);
    for (const [{ away, up }, surface] of this.hung) this.keep(surface, head, away, up);
    if (this.keys.shown) this.keep(this.keys, head, 0.5, -0.45);
    this.say(head, dt);
    for (const one of [...this.surfaces, this.sign]) one.paint(ms);
  }

  /** Hangs a surface where one looks, and lets it hang until one goes away from it. */
  private keep(surface: Surface, head: THREE.Vector3, away: number, up: number): void {
    if (surface.place.distanceTo(head) < LEFT_BEHIND_M) return; // false before it ever hung
    surface.hang(place.copy(head).addScaledVector(ahead, away).setY(head.y + up), head);
  }

  /** What the page shows hangs before us, and is gone when the page puts it away. */
  private watch(hang: Hang): void {
    const found = hang.find(this.here);
    const root = found?.checkVisibility() ? found : null; // not while the whole page is put away
    const known = this.hung.get(hang);
    if (root === (known?.root ?? null)) return;
    known?.dispose();
    this.hung.delete(hang);
    if (known?.root instanceof HTMLDialogElement) this.write(null);
    if (!root) return;
    const surface = new Surface(this.here, root, hang.wide);
    this.hung.set(hang, surface);
    surface.place.setScalar(Number.NaN);
    surface.shown = true;
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    if (root instanceof HTMLDialogElement)
      this.write(focused instanceof HTMLInputElement && focused.type === 'text' ? focused : null);
  }

  /** The page's hints and refusals, a little below where one looks. */
  private say(head: THREE.Vector3, dt: number): void {
    const { hint, toasts, banner } = this.here.hud;
    const spoken = [banner.root, toasts.root.lastElementChild as HTMLElement | null, hint.root];
    const text = spoken.find((one) => one && !one.hidden && one.textContent)?.textContent ?? '';
    if (text && this.words.textContent !== text) this.words.textContent = text;
    const before = this.sign.shown;
    this.sign.shown = text !== '';
    place.copy(head).addScaledVector(ahead, 1.1).setY(head.y - 0.32);
    if (!before || this.signAt.distanceTo(place) > 1) this.signAt.copy(place);
    else this.signAt.lerp(place, 1 - Math.exp(-EASE_PER_S * dt));
    this.sign.hang(this.signAt, head);
  }

  dispose(): void {
    for (const one of [...this.surfaces, this.sign]) one.dispose();
  }
}
