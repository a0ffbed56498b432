/** What can be told of a GLB file without drawing it. */
export interface GlbFacts {
  /** Width, height and depth of its meshes in metres, before its nodes' own transforms. */
  size: [number, number, number];
}

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const HEAD_BYTES = 20;

interface Gltf {
  meshes?: { primitives?: { attributes?: { POSITION?: number } }[] }[];
  accessors?: { min?: number[]; max?: number[] }[];
}

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
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const primitive of (gltf.meshes ?? []).flatMap((mesh) => mesh.primitives ?? [])) {
    const box = gltf.accessors?.[primitive.attributes?.POSITION ?? -1];
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis]!, box?.min?.[axis] ?? Infinity);
      high[axis] = Math.max(high[axis]!, box?.max?.[axis] ?? -Infinity);
    }
  }
  const side = (axis: number) => {
    const length = high[axis]! - low[axis]!;
    return Number.isFinite(length) ? Math.min(20, Math.max(0.1, length)) : 1;
  };
  return [side(0), side(1), side(2)];
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

/** Whether a name was made by `placedName`. */
export function isPlacedName(name: string): boolean {
  return /^model-.+-[0-9a-z]{4}$/.test(name);
}

/** A name as people read it: without the marks that make it unique. */
export function spokenName(name: string): string {
  const plain = isPlacedName(name) ? name.slice('model-'.length, -'-0000'.length) : name;
  return plain.replaceAll(/[-_]+/g, ' ');
}
