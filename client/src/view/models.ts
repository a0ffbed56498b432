import type { GLTF, GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';
import * as THREE from './three.ts';

/** What a file holds, and what plays its clips on a copy of its scene. */
export type Loaded = GLTF & { mixer(root: THREE.Object3D): THREE.AnimationMixer };

/** The value of a Model component. */
export interface ModelValue {
  asset: string;
  solid: boolean;
  animation: string;
  anchor: 'floor' | 'origin';
}

interface Kept {
  promise: Promise<Loaded>;
  uses: number;
}

/**
 * Loads GLB files once each, with the decoders each one needs, and frees them after their last use.
 */
export class Models {
  private readonly kept = new Map<string, Kept>();
  private readonly progress = new Map<string, { done: number; total: number }>();

  /** A chunk of its own, under way from the start: the first picture does not wait for it. */
  readonly library = import('./gltf.ts');

  private readonly renderer: THREE.WebGLRenderer;

  constructor(renderer: THREE.WebGLRenderer) {
    this.renderer = renderer;
  }

  /** A model by its address; every `take` needs one `release`. */
  take(url: string): Promise<Loaded> {
    let entry = this.kept.get(url);
    if (!entry) {
      entry = { promise: this.load(url), uses: 0 };
      this.kept.set(url, entry);
      entry.promise.catch(() => this.kept.delete(url));
    }
    entry.uses += 1;
    return entry.promise;
  }

  release(url: string): void {
    const entry = this.kept.get(url);
    if (!entry) return;
    entry.uses -= 1;
    if (entry.uses > 0) return;
    this.kept.delete(url);
    entry.promise.then((gltf) => disposeTree(gltf.scene)).catch(() => undefined);
  }

  /** Bytes that have come and bytes that are awaited, over everything under way. */
  loading(): { done: number; total: number } {
    let done = 0;
    let total = 0;
    for (const one of this.progress.values()) {
      done += one.done;
      total += Math.max(one.total, one.done);
    }
    return { done, total };
  }

  private async load(url: string): Promise<Loaded> {
    this.progress.set(url, { done: 0, total: 1 });
    try {
      const [bytes, library] = await Promise.all([this.fetch(url), this.library]);
      const loader = new library.GLTFLoader();
      await this.addDecoders(loader, extensionsOf(bytes));
      const gltf = await loader.parseAsync(bytes, '');
      return { ...gltf, mixer: (root) => new library.AnimationMixer(root) };
    } finally {
      this.progress.delete(url);
    }
  }

  private async fetch(url: string): Promise<ArrayBuffer> {
    const response = await fetch(url);
    if (!response.ok || !response.body) throw new Error(url, { cause: response.status });
    const state = this.progress.get(url);
    const total = Number(response.headers.get('content-length') ?? 0);
    const parts: Uint8Array[] = [];
    let size = 0;
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      size += value.byteLength;
      if (state) {
        state.done = size;
        state.total = Math.max(total, size);
      }
    }
    const whole = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole.buffer;
  }

  /** Each decoder is a chunk of its own, fetched from our server when the first file needs it. */
  async addDecoders(loader: GLTFLoader, used: readonly string[]): Promise<void> {
    if (used.some((name) => name.endsWith('meshopt_compression'))) {
      const { MeshoptDecoder } = await import('three/examples/jsm/libs/meshopt_decoder.module.js');
      loader.setMeshoptDecoder(MeshoptDecoder);
    }
    if (used.includes('KHR_draco_mesh_compression')) {
      const { DRACOLoader } = await import('three/examples/jsm/loaders/DRACOLoader.js');
      loader.setDRACOLoader(new DRACOLoader());
    }
    if (used.includes('KHR_texture_basisu')) {
      const { KTX2Loader } = await import('three/examples/jsm/loaders/KTX2Loader.js');
      loader.setKTX2Loader(new KTX2Loader().detectSupport(this.renderer));
    }
  }

  dispose(): void {
    for (const [url, entry] of this.kept) {
      entry.uses = 1;
      this.release(url);
    }
  }
}

/** Where the file of an asset is; empty for what is no asset. */
export function modelAddress(asset: string): string {
  if (asset.startsWith('/')) return asset;
  return /^[0-9a-f]{64}$/.test(asset) ? `/assets/${asset}` : '';
}

/** Names in `extensionsUsed` of a GLB's JSON chunk; nothing when the bytes are not a GLB. */
export function extensionsOf(bytes: ArrayBuffer): string[] {
  const view = new DataView(bytes);
  if (bytes.byteLength < 20 || view.getUint32(0, true) !== 0x46546c67) return [];
  const length = Math.min(view.getUint32(12, true), bytes.byteLength - 20);
  const text = new TextDecoder().decode(new Uint8Array(bytes, 20, length));
  const json = JSON.parse(text) as { extensionsUsed?: string[] };
  return json.extensionsUsed ?? [];
}

/** Frees geometries, materials and textures under an object. */
export function disposeTree(root: THREE.Object3D): void {
  root.traverse((object) => {
    if (object instanceof THREE.InstancedMesh) object.dispose();
    if (!(object instanceof THREE.Mesh)) return;
    object.geometry.dispose();
    const own = (object.userData['source'] ?? object.material) as THREE.Material | THREE.Material[];
    for (const material of Array.isArray(own) ? own : [own]) disposeMaterial(material);
  });
}

function disposeMaterial(material: THREE.Material): void {
  for (const value of Object.values(material)) {
    if (value instanceof THREE.Texture) value.dispose();
  }
  material.dispose();
}
