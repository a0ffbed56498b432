import type { LightUniforms } from './light.ts';
import * as THREE from './three.ts';

const CELLS = 128;
const HIGHEST_METRES = 4;

/**
 * Lamp light near the ground as a small map, read from the baked `_LIGHT` of all models. Things
 * that carry no bake (trees, visitors, shapes) sample it, so that they are warm where the paving is
 * warm.
 */
export class LampMap {
  private texture: THREE.DataTexture | null = null;

  constructor(private readonly light: LightUniforms) {}

  rebuild(root: THREE.Object3D): void {
    const meshes: THREE.Mesh[] = [];
    const area = new THREE.Box3();
    root.traverse((child) => {
      if (!(child instanceof THREE.Mesh) || child.userData['lit'] !== true) return;
      if (child instanceof THREE.InstancedMesh) return;
      meshes.push(child);
      child.updateWorldMatrix(true, false);
      child.geometry.boundingBox ?? child.geometry.computeBoundingBox();
      area.union(child.geometry.boundingBox!.clone().applyMatrix4(child.matrixWorld));
    });
    this.texture?.dispose();
    this.texture = null;
    if (meshes.length === 0) {
      this.light.uLampArea.value.set(0, 0, 0, 0);
      return;
    }
    // Lamps stand where people walk; a wide lawn round them would only make the cells coarse.
    area.min.clampScalar(-64, 64);
    area.max.clampScalar(-64, 64);
    const width = Math.max(1, area.max.x - area.min.x);
    const depth = Math.max(1, area.max.z - area.min.z);
    const sums = new Float32Array(CELLS * CELLS * 4);
    for (const mesh of meshes) splat(mesh, sums, area.min, width, depth);
    this.texture = new THREE.DataTexture(encode(spread(sums)), CELLS, CELLS);
    this.texture.magFilter = this.texture.minFilter = THREE.LinearFilter;
    this.texture.needsUpdate = true;
    this.light.uLampMap.value = this.texture;
    this.light.uLampArea.value.set(area.min.x, area.min.z, 1 / width, 1 / depth);
  }

  dispose(): void {
    this.texture?.dispose();
  }
}

function splat(
  mesh: THREE.Mesh,
  sums: Float32Array,
  origin: THREE.Vector3,
  width: number,
  depth: number,
): void {
  const positions = mesh.geometry.getAttribute('position');
  const lights = mesh.geometry.getAttribute('_light');
  const point = new THREE.Vector3();
  for (let i = 0; i < positions.count; i++) {
    point.fromBufferAttribute(positions, i).applyMatrix4(mesh.matrixWorld);
    if (point.y > HIGHEST_METRES || point.y < -1) continue;
    const x = Math.floor(((point.x - origin.x) / width) * CELLS);
    const z = Math.floor(((point.z - origin.z) / depth) * CELLS);
    if (x < 0 || z < 0 || x >= CELLS || z >= CELLS) continue;
    const at = (z * CELLS + x) * 4;
    sums[at]! += lights.getX(i) ** 2;
    sums[at + 1]! += lights.getY(i) ** 2;
    sums[at + 2]! += lights.getZ(i) ** 2;
    sums[at + 3]! += 1;
  }
}

/** Averages, then blurs three times; cells without a vertex take their neighbours' light. */
function spread(sums: Float32Array): Float32Array {
  let from = sums;
  for (let pass = 0; pass < 3; pass++) {
    const to = new Float32Array(from.length);
    for (let z = 0; z < CELLS; z++) {
      for (let x = 0; x < CELLS; x++) gather(from, to, x, z);
    }
    from = to;
  }
  return from;
}

function gather(from: Float32Array, to: Float32Array, x: number, z: number): void {
  const at = (z * CELLS + x) * 4;
  for (let dz = -1; dz <= 1; dz++) {
    for (let dx = -1; dx <= 1; dx++) {
      const nx = x + dx;
      const nz = z + dz;
      if (nx < 0 || nz < 0 || nx >= CELLS || nz >= CELLS) continue;
      const near = (nz * CELLS + nx) * 4;
      const count = from[near + 3]!;
      if (count === 0) continue;
      const weight = dx === 0 && dz === 0 ? 2 : 1;
      for (let i = 0; i < 3; i++) to[at + i]! += (from[near + i]! / count) * weight;
      to[at + 3]! += weight;
    }
  }
  const total = to[at + 3]!;
  if (total === 0) return;
  for (let i = 0; i < 3; i++) to[at + i]! /= total;
  to[at + 3] = 1;
}

function encode(cells: Float32Array): Uint8Array {
  const bytes = new Uint8Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    bytes[i] = i % 4 === 3 ? 255 : Math.round(Math.sqrt(Math.min(1, cells[i]!)) * 255);
  }
  return bytes;
}
