import * as THREE from '../three.ts';
import { brushOf } from './brush.ts';
import { Films } from './films.ts';
import { Painter, type Box } from './painter.ts';

export const TEXELS_PER_PX = 1.5;
const PERIOD_MS = 1000 / 15;
const FILM_PERIOD_MS = 1000 / 30; // what moves is looked at
const FILM_STRAIN = 2; // and leaves at least as much time to all else
const QUIET_MS = 300;
const RIM_PX = 6; // the ring round what has the focus is 5, and its smoothed edge a texel more
const LAYOUT_STEPS = 64; // of a pixel: finer than these no browser lays out
const MARKS = ['input', 'change', 'scroll', 'focusin', 'focusout', 'toggle', 'load', 'panel-paint'];
/** Where a part is painted before the part alone is taken over: one for all panels. */
const easel = document.createElement('canvas');

/** How often and how long a panel was painted. */
export interface PaintCounts {
  whole: number;
  parts: number;
  ms: number;
}

/**
 * A panel in the world: its own layout, painted into a texture on a plane. What changed in the page
 * marks the widget it belongs to; only that part is painted again and sent to the graphics card.
 */
export class PanelMesh {
  readonly mesh: THREE.Mesh<THREE.PlaneGeometry, THREE.MeshBasicMaterial>;
  readonly element: HTMLElement;
  readonly canvas = document.createElement('canvas');
  readonly counts: PaintCounts = { whole: 0, parts: 0, ms: 0 };
  private readonly metres: number;
  private readonly renderer: THREE.WebGLRenderer;
  private readonly painter: Painter;
  private readonly texture: THREE.CanvasTexture;
  private readonly scratch = document.createElement('canvas');
  private readonly watch: MutationObserver;
  private readonly dirty = new Set<HTMLElement>();
  private readonly films: Films;
  private whole = true;
  private laid = '';
  private paintedAt = Number.NEGATIVE_INFINITY;
  /** How long the frame after the last painting took: most of its cost shows only there. */
  private strain_ms = 0;
  private strains = false;
  private sharp = true;
  private readonly mark = (event: Event) => this.touch(event.target as Node);
  private readonly touchAll = () => (this.whole = true);

  /** `metres`: how wide it is, however many pixels the page gives it. */
  constructor(element: HTMLElement, metres: number, renderer: THREE.WebGLRenderer) {
    this.element = element;
    this.metres = metres;
    this.renderer = renderer;
    this.painter = new Painter(element);
    this.texture = new THREE.CanvasTexture(this.canvas);
    this.texture.colorSpace = THREE.SRGBColorSpace;
    this.texture.anisotropy = 4;
    const material = new THREE.MeshBasicMaterial({
      map: this.texture,
      transparent: true,
      toneMapped: false,
      side: THREE.DoubleSide,
      visible: false, // until it is painted
    });
    this.mesh = new THREE.Mesh(new THREE.PlaneGeometry(1, 1), material);
    this.mesh.userData['panel'] = element.dataset['panel'];
    this.watch = new MutationObserver((changes) => {
      for (const { target } of changes) this.touch(target);
    });
    this.watch.observe(element, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    for (const kind of MARKS) element.addEventListener(kind, this.mark, true);
    this.films = new Films(element, (film) => this.touch(film));
    document.fonts.addEventListener('loadingdone', this.touchAll);
  }

  get isDirty(): boolean {
    return this.whole || this.dirty.size > 0;
  }

  private get period_ms(): number {
    if (!this.films.playing) return PERIOD_MS;
    return Math.max(FILM_PERIOD_MS, FILM_STRAIN * this.strain_ms);
  }

  /** Marks the widget that something of the page belongs to. */
  touch(node: Node): void {
    const element = node instanceof Element ? node : node.parentElement;
    const widget = element?.closest<HTMLElement>('[data-w]');
    if (widget && this.element.contains(widget)) this.dirty.add(widget);
    else this.whole = true;
  }

  /** Paints what changed, if it is time to; tells whether it did. */
  update(now_ms: number, anyway = false): boolean {
    this.films.look();
    if (this.strains) this.strain_ms = now_ms - this.paintedAt;
    this.strains = false;
    if (!this.isDirty) {
      if (!this.sharp && now_ms - this.paintedAt > QUIET_MS) this.sharpen();
      return false;
    }
    if (!anyway && now_ms - this.paintedAt < this.period_ms) return false;
    const { width, height } = this.element.getBoundingClientRect();
    const [w, h] = [Math.round(width * TEXELS_PER_PX), Math.round(height * TEXELS_PER_PX)];
    if (!w || !h) return false;
    const start = performance.now();
    if (this.canvas.width !== w || this.canvas.height !== h) this.resize(w, h, width, height);
    this.look();
    if (this.whole || !this.handle()) this.paintWhole();
    else for (const widget of this.dirty) this.paintPart(widget);
    this.whole = false;
    this.dirty.clear();
    this.paintedAt = now_ms;
    this.strains = true;
    this.counts.ms += performance.now() - start;
    return true;
  }

  /** The place of the page under a point of the plane (0 to 1 across, 0 to 1 down). */
  placeAt(u: number, v: number): { x: number; y: number } {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return { x: left + u * width, y: top + v * height };
  }

  /** Where a point of the plane is in the world. */
  placeOf(u: number, v: number): THREE.Vector3 {
    this.mesh.updateWorldMatrix(true, false);
    return this.mesh.localToWorld(new THREE.Vector3(u - 0.5, 0.5 - v, 0));
  }

  /** How it is painted, as a PNG's address; `anew`: all of it, beside what is shown. */
  picture(anew: boolean, now_ms: number): string {
    if (!anew) {
      this.update(now_ms, true);
      return this.canvas.toDataURL();
    }
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [this.canvas.width, this.canvas.height];
    this.painter.paint(brushOf(canvas), TEXELS_PER_PX);
    return canvas.toDataURL();
  }

  /**
   * The bytes that the graphics card has of it, four a texel, from its lowest row up; `anew`: once
   * all of it was painted again.
   */
  texels(anew: boolean, now_ms: number): Uint8Array {
    if (anew) this.whole = true;
    this.update(now_ms, true);
    this.renderer.initTexture(this.texture);
    const { width, height } = this.canvas;
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    const bytes = new Uint8Array(width * height * 4);
    const frame = gl.createFramebuffer();
    this.renderer.state.bindFramebuffer(gl.FRAMEBUFFER, frame);
    const [target, colour] = [gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0];
    gl.framebufferTexture2D(target, colour, gl.TEXTURE_2D, this.handle(), 0);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    this.renderer.state.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.deleteFramebuffer(frame);
    return bytes;
  }

  dispose(): void {
    this.watch.disconnect();
    this.films.dispose();
    for (const kind of MARKS) this.element.removeEventListener(kind, this.mark, true);
    document.fonts.removeEventListener('loadingdone', this.touchAll);
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
    this.texture.dispose();
  }

  /** Looks where all of it lies: what moved would be left where it was, unless all is painted. */
  private look(): void {
    const boxes = [this.element, ...this.element.querySelectorAll('[data-w]')].map((one) =>
      one.getBoundingClientRect(),
    );
    const { left: x, top: y } = boxes[0]!;
    const laid = boxes
      .flatMap(({ left, top, width, height }) => [left - x, top - y, width, height])
      .map((px) => Math.round(px * LAYOUT_STEPS))
      .join();
    if (laid !== this.laid) this.whole = true;
    this.laid = laid;
  }

  private resize(w: number, h: number, width: number, height: number): void {
    this.canvas.width = w;
    this.canvas.height = h;
    this.texture.dispose(); // another size is another texture
    this.mesh.scale.set(this.metres, (this.metres * height) / width, 1);
    this.whole = true;
  }

  private paintWhole(): void {
    const g = brushOf(this.canvas);
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.painter.paint(g, TEXELS_PER_PX);
    this.texture.needsUpdate = true;
    this.mesh.material.visible = true;
    this.sharp = true; // three makes the smaller pictures with it
    this.counts.whole += 1;
  }

  /** Paints one widget's part: whole texels, so that no line shows where it meets the rest. */
  private paintPart(widget: HTMLElement): void {
    const root = this.element.getBoundingClientRect();
    const { left, top, width, height } = widget.getBoundingClientRect();
    const k = TEXELS_PER_PX;
    const x = Math.max(0, Math.floor((left - root.left - RIM_PX) * k));
    const y = Math.max(0, Math.floor((top - root.top - RIM_PX) * k));
    const right = Math.ceil((left - root.left + width + RIM_PX) * k);
    const bottom = Math.ceil((top - root.top + height + RIM_PX) * k);
    const w = Math.min(this.canvas.width, right) - x;
    const h = Math.min(this.canvas.height, bottom) - y;
    if (w <= 0 || h <= 0) return;
    const part: Box = { x: x / k, y: y / k, w: w / k, h: h / k };
    // By the very numbers by which the whole is painted, so that each letter falls alike, and
    // unclipped: what a clip cuts through is rounded otherwise.
    [easel.width, easel.height] = [this.canvas.width, this.canvas.height];
    this.painter.paint(brushOf(easel), k, part);
    const g = brushOf(this.canvas);
    g.clearRect(x, y, w, h);
    g.drawImage(easel, x, y, w, h, x, y, w, h);
    this.scratch.width = w;
    this.scratch.height = h;
    brushOf(this.scratch).drawImage(this.canvas, x, y, w, h, 0, 0, w, h);
    this.upload(x, this.canvas.height - y - h);
    this.counts.parts += 1;
  }

  private upload(x: number, y: number): void {
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    const { state } = this.renderer;
    state.bindTexture(gl.TEXTURE_2D, this.handle()!);
    // By three's own door, which remembers it: else it sends the joints of figures upside down.
    state.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
    state.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    state.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, gl.RGBA, gl.UNSIGNED_BYTE, this.scratch);
    // The smaller pictures are old now: they are not looked at until they are made anew.
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    state.unbindTexture();
    this.sharp = false;
  }

  /** Makes the smaller pictures anew, once nothing has changed for a while. */
  private sharpen(): void {
    const texture = this.handle();
    if (!texture) return;
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    this.renderer.state.bindTexture(gl.TEXTURE_2D, texture);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    this.renderer.state.unbindTexture();
    this.sharp = true;
  }

  private handle(): WebGLTexture | null {
    const known = this.renderer.properties.get(this.texture) as { __webglTexture?: WebGLTexture };
    return known.__webglTexture ?? null;
  }
}
