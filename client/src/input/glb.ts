import * as THREE from '../view/three.ts';

/** What can be told of a GLB file without drawing it. */
export interface GlbFacts {
  /** Width, height and depth of its first scene in metres, as it stands at rest. */
  size: [number, number, number];
}

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const HEAD_BYTES = 20;

interface GltfNode {
  mesh?: number;
  children?: number[];
  matrix?: number[];
  translation?: [number, number, number];
  rotation?: [number, number, number, number];
  scale?: [number, number, number];
}

interface Gltf {
  scene?: number;
  scenes?: { nodes?: number[] }[];
  nodes?: GltfNode[];
  meshes?: { primitives?: { attributes?: { POSITION?: number } }[] }[];
  accessors?: { min?: number[]; max?: number[]; componentType?: number; normalized?: boolean }[];
}

/** What a whole number of a normalised accessor stands for: 1, when it is divided by this. */
const WHOLE: Record<number, number> = { 5120: 127, 5121: 255, 5122: 32767, 5123: 65535 };
const NODES_MOST = 20_000; // a file that points at itself ends, too

/** Reads a GLB's head; null when the bytes are no GLB. */
export function readGlb(bytes: ArrayBuffer): GlbFacts | null {
  if (bytes.byteLength < HEAD_BYTES) return null;
  const view = new DataView(bytes);
  const length = view.getUint32(12, true);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(16, true) !== JSON_CHUNK) return null;
  if (HEAD_BYTES + length > bytes.byteLength) return null;
  try {
    const text = new TextDecoder().decode(new Uint8Array(bytes, HEAD_BYTES, length));
    return { size: sizeOf(JSON.parse(text) as Gltf) };
  } catch {
    return null;
  }
}

function sizeOf(gltf: Gltf): [number, number, number] {
  const box = new THREE.Box3();
  const roots = gltf.scenes?.[gltf.scene ?? 0]?.nodes ?? [];
  const waiting = roots.map((root) => ({ index: root, above: new THREE.Matrix4() }));
  for (let count = 0; waiting.length > 0 && count < NODES_MOST; count++) {
    const { index, above } = waiting.pop()!;
    const node = gltf.nodes?.[index];
    if (!node) continue;
    const place = above.clone().multiply(matrixOf(node));
    box.union(boxOf(gltf, node.mesh ?? -1).applyMatrix4(place));
    for (const child of node.children ?? []) waiting.push({ index: child, above: place });
  }
  const size = box.isEmpty() ? [1, 1, 1] : box.getSize(new THREE.Vector3()).toArray();
  const side = (length: number) =>
    Number.isFinite(length) ? Math.min(20, Math.max(0.1, length)) : 1;
  return [side(size[0]!), side(size[1]!), side(size[2]!)];
}

function matrixOf({ matrix, translation, rotation, scale }: GltfNode): THREE.Matrix4 {
  if (matrix?.length === 16) return new THREE.Matrix4().fromArray(matrix);
  return new THREE.Matrix4().compose(
    new THREE.Vector3(...(translation ?? [0, 0, 0])),
    new THREE.Quaternion(...(rotation ?? [0, 0, 0, 1])),
    new THREE.Vector3(...(scale ?? [1, 1, 1])),
  );
}

function boxOf(gltf: Gltf, mesh: number): THREE.Box3 {
  const box = new THREE.Box3();
  for (const { attributes } of gltf.meshes?.[mesh]?.primitives ?? []) {
    const { min, max, ...accessor } = gltf.accessors?.[attributes?.POSITION ?? -1] ?? {};
    if (min?.length !== 3 || max?.length !== 3) continue;
    const whole = accessor.normalized ? (WHOLE[accessor.componentType ?? 0] ?? 1) : 1;
    for (const corner of [min, max])
      box.expandByPoint(new THREE.Vector3().fromArray(corner).divideScalar(whole));
  }
  return box;
}

/** A world's name for a dropped file: unique, and told apart from what an author declared. */
export function placedName(file: string, random: () => number = Math.random): string {
  const slug = file
    .replace(/\.glb$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const trimmed = slug.replaceAll(/^-+|-+$/g, '').slice(0, 40) || 'thing';
  const tail = Math.floor(random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `model-${trimmed}-${tail}`;
}
