import * as THREE from '../../view/three.ts';
import { el } from '../../ui/dom.ts';
import { keyboard } from '../../ui/xr/keys.ts';
import type { Here } from '../here.ts';
import { Surface } from './surface.ts';

const SHEET_M = 0.62;
const KEYS_M = 0.5;
const TIME_M = 0.9;
const WAITING_M = 0.5;
const SIGN_M = 0.34;
const AWAY_M = 0.85;
const LEFT_BEHIND_M = 1.7;
const EASE_PER_S = 5;

const place = new THREE.Vector3();
const ahead = new THREE.Vector3();

/** What hangs before the eyes: a dialog, the world's time, a keyboard, and what the page says. */
export class Before {
  readonly keys: Surface;
  private readonly here: Here;
  private readonly bringsKeys: boolean;
  private readonly sign: Surface;
  private readonly words = el('p', {});
  private sheet: Surface | null = null;
  private dialog: HTMLDialogElement | null = null;
  private time: Surface | null = null;
  private waiting: Surface | null = null;
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
    return [this.sheet, this.time, this.waiting, this.keys].filter((one) => one !== null);
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
    this.watch();
    this.watchTime();
    this.watchWaiting();
    if (this.target && !this.target.isConnected) this.write(null);
    if (this.sheet) this.keep(this.sheet, head, AWAY_M, -0.05);
    if (this.time) this.keep(this.time, head, AWAY_M, -0.35);
    if (this.waiting) this.keep(this.waiting, head, AWAY_M, 0.25);
    if (this.keys.shown) this.keep(this.keys, head, 0.5, -0.45);
    this.say(head, dt);
    for (const one of [...this.surfaces, this.sign]) one.paint(ms);
  }

  /** Hangs a surface where one looks, and lets it hang until one goes away from it. */
  private keep(surface: Surface, head: THREE.Vector3, away: number, up: number): void {
    if (surface.place.distanceTo(head) < LEFT_BEHIND_M) return; // false before it ever hung
    surface.hang(place.copy(head).addScaledVector(ahead, away).setY(head.y + up), head);
  }

  /** A dialog that the page opens hangs before us as a sheet. */
  private watch(): void {
    const dialog = document.querySelector<HTMLDialogElement>('dialog[open]');
    if (dialog === this.dialog) return;
    this.sheet?.dispose();
    this.dialog = dialog;
    this.sheet = dialog && new Surface(this.here, dialog, SHEET_M);
    const focused = dialog?.contains(document.activeElement) ? document.activeElement : null;
    this.write(focused instanceof HTMLInputElement && focused.type === 'text' ? focused : null);
    if (!this.sheet) return;
    this.sheet.place.setScalar(Number.NaN);
    this.sheet.shown = true;
  }

  /** The bar of the history hangs there while it is open, below what one looks at. */
  private watchTime(): void {
    const bar = this.here.time.known?.shownBar ?? null;
    if (bar === (this.time?.root ?? null)) return;
    this.time?.dispose();
    this.time = bar && new Surface(this.here, bar, TIME_M);
    if (!this.time) return;
    this.time.place.setScalar(Number.NaN);
    this.time.shown = true;
  }

  /** What takes long hangs above what one looks at, with the button that takes it back. */
  private watchWaiting(): void {
    const list = document.querySelector<HTMLElement>('.waiting:not([hidden])');
    if (list === (this.waiting?.root ?? null)) return;
    this.waiting?.dispose();
    this.waiting = list && new Surface(this.here, list, WAITING_M);
    if (!this.waiting) return;
    this.waiting.place.setScalar(Number.NaN);
    this.waiting.shown = true;
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
