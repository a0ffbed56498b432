import { inMetres } from '../../view/avatars/crowd.ts';
import type { Body, Dresser } from '../../view/avatars/vrm/body.ts';
import { Gait } from '../../view/avatars/gait.ts';
import { Rig } from '../../view/avatars/rig.ts';
import { type Listing, Skeleton } from '../../view/avatars/skeleton.ts';
import { avatarSlots } from '../../view/looks.ts';
import { Models } from '../../view/models.ts';
import * as THREE from '../../view/three.ts';
import { decodeAvatar } from '../../world/avatar.ts';
import { el } from '../dom.ts';
import { say } from '../strings.ts';
import type { Shown } from './wardrobe.ts';

const HOME = '/static/avatars';
const TURN_PER_PIXEL = 0.01;

/** A figure as it stands in a world. */
export const drawnFigure = (): Shown =>
  new Figure(el('canvas', { attrs: { role: 'img', 'aria-label': say.yourFigure } }));

/** One figure on a canvas of its own, standing as it does in a world; it is turned by dragging. */
class Figure implements Shown {
  private readonly renderer: THREE.WebGLRenderer;
  private readonly models: Models;
  private readonly scene = new THREE.Scene();
  private readonly camera = new THREE.PerspectiveCamera(24, 1, 0.1, 20);
  /** What dragging turns: the figure, or the VRM in its place. */
  private readonly turned = new THREE.Group();
  private readonly body = new THREE.Group();
  private readonly view: Dresser;
  private readonly material = new THREE.MeshStandardMaterial({
    vertexColors: true,
    roughness: 0.75,
    side: THREE.DoubleSide,
  });
  private readonly shapes = new Map<string, Promise<THREE.BufferGeometry>>();
  private rig: Promise<Rig> | null = null;
  private wanted = '';
  /** The VRM that is shown in place of the figure. */
  private mine: Body | null = null;
  private asked = 0;

  constructor(readonly root: HTMLCanvasElement) {
    const canvas = root;
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.toneMapping = THREE.NeutralToneMapping;
    this.models = new Models(this.renderer);
    const materials = { foreign: (own: THREE.Material) => own, forget: () => undefined };
    this.view = { models: this.models, materials };
    const sun = new THREE.DirectionalLight(0xfff2df, 2.6);
    sun.position.set(1.6, 3, 2.4);
    const sky = new THREE.HemisphereLight(0xe6f0ff, 0xb6a48c, 2);
    this.scene.add(sun, sky, this.turned);
    this.turned.add(this.body);
    this.turned.rotation.y = 0.32;
    this.camera.position.set(0, 1.05, 4.7);
    this.camera.lookAt(0, 0.88, 0);
    canvas.addEventListener('pointermove', (event) => {
      if (event.buttons === 0) return;
      this.turned.rotation.y += event.movementX * TURN_PER_PIXEL;
      this.draw();
    });
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  /** Shows a figure as soon as its parts are here; the one before stays until then. */
  show(code: string): void {
    this.wanted = code;
    this.build(code).catch((error: unknown) => console.warn('wardrobe:', error));
  }

  /** Shows a VRM in place of the figure, or the figure again. */
  own(file: Blob | null): void {
    const asked = ++this.asked;
    this.load(file, asked).catch((error: unknown) => console.warn('wardrobe:', error));
  }

  /** Shows the VRM that is worn. */
  recall(sha256: string): void {
    const asked = ++this.asked;
    fetch(`/assets/${sha256}`)
      .then(async (response) => this.load(response.ok ? await response.blob() : null, asked))
      .catch((error: unknown) => console.warn('wardrobe:', error));
  }

  private async load(file: Blob | null, asked: number): Promise<void> {
    let body: Body | null = null;
    if (file) {
      const { loadBody } = await import('../../view/avatars/vrm/body.ts');
      const { skeleton } = await this.rigged();
      body = await loadBody(await file.arrayBuffer(), this.view, skeleton);
    }
    if (asked !== this.asked) return body?.dispose();
    this.mine?.dispose();
    this.mine = body;
    if (body) {
      body.dress('high');
      body.move(new Gait(0).motion, 0);
      this.turned.add(body.root);
    }
    this.body.visible = !body;
    this.draw();
  }

  private rigged(): Promise<Rig> {
    this.rig ??= fetch(`${HOME}/wardrobe.json`).then(
      async (response) => new Rig(new Skeleton((await response.json()) as Listing)),
    );
    return this.rig;
  }

  private async build(code: string): Promise<void> {
    const rig = await this.rigged();
    const choice = decodeAvatar(code);
    const { parts } = rig.skeleton.worn(choice);
    const shapes = await Promise.all(parts.map((part) => this.shape(part)));
    if (this.wanted !== code) return;
    const build = rig.skeleton.build(choice);
    const bones = new Float32Array(rig.skeleton.count * 12);
    rig.pose(new Gait(0).motion, build, bones, 0);
    const colors = avatarSlots(code);
    for (const old of this.body.children) (old as THREE.Mesh).geometry.dispose();
    this.body.clear();
    for (const shape of shapes) {
      this.body.add(new THREE.Mesh(posed(shape, bones, colors), this.material));
    }
    this.body.scale.setScalar(build.scale);
    this.draw();
  }

  private shape(part: string): Promise<THREE.BufferGeometry> {
    let shape = this.shapes.get(part);
    if (!shape) {
      shape = this.models.take(`${HOME}/${part}.glb`).then(({ scene }) => inMetres(scene));
      this.shapes.set(part, shape);
    }
    return shape;
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (!this.root.isConnected) return this.dispose(); // the dialog is gone
    if (width === 0 || height === 0) return;
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.draw();
  }

  private draw(): void {
    this.renderer.render(this.scene, this.camera);
  }

  private dispose(): void {
    this.asked += 1;
    this.mine?.dispose();
    this.models.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

/** A part bent by its joints and painted, on the processor: one figure is little work. */
function posed(
  shape: THREE.BufferGeometry,
  bones: Float32Array,
  colors: readonly THREE.Color[],
): THREE.BufferGeometry {
  const get = (name: string) => shape.getAttribute(name);
  const [places, normals, paint] = [get('position'), get('normal'), get('color')];
  const [joints, weights, slots] = [get('skinIndex'), get('skinWeight'), get('_slot')];
  const out = [0, 1, 2].map(() => new THREE.Float32BufferAttribute(places.count * 3, 3));
  const [place, normal, color] = out as [typeof out[0], typeof out[0], typeof out[0]];
  const rows = new Float32Array(12);
  const dot = (row: number, x: number, y: number, z: number) =>
    rows[row]! * x + rows[row + 1]! * y + rows[row + 2]! * z;
  for (let i = 0; i < places.count; i++) {
    rows.fill(0);
    for (let k = 0; k < 4; k++) {
      const [joint, weight] = [joints.getComponent(i, k), weights.getComponent(i, k)];
      for (let at = 0; at < 12; at++) rows[at]! += bones[joint * 12 + at]! * weight;
    }
    const [x, y, z] = [places.getX(i), places.getY(i), places.getZ(i)];
    place.setXYZ(i, ...([0, 4, 8].map((row) => dot(row, x, y, z) + rows[row + 3]!) as Triple));
    const [nx, ny, nz] = [normals.getX(i), normals.getY(i), normals.getZ(i)];
    normal.setXYZ(i, ...([0, 4, 8].map((row) => dot(row, nx, ny, nz)) as Triple));
    const { r, g, b } = colors[slots.getX(i)] ?? WHITE;
    const open = 0.4 + 2.4 * paint.getW(i); // the shade that was baked, as a fill light has it
    color.setXYZ(
      i,
      Math.min(1, paint.getX(i) * 4 * r * open),
      Math.min(1, paint.getY(i) * 4 * g * open),
      Math.min(1, paint.getZ(i) * 4 * b * open),
    );
  }
  const made = new THREE.BufferGeometry();
  made.setAttribute('position', place);
  made.setAttribute('normal', normal);
  made.setAttribute('color', color);
  made.setIndex(shape.getIndex());
  made.normalizeNormals();
  return made;
}

type Triple = [number, number, number];
const WHITE = new THREE.Color(1, 1, 1);
