import * as THREE from './three.ts';

const VERTICES_PER_SLICE = 40_000;

/**
 * Meshes to walk on and bump into, in world coordinates with a bounds tree. One per solid mesh;
 * made off the critical path, a slice a frame, so that a large model never stops the picture.
 */
export class Colliders {
  private readonly made = new Map<THREE.Mesh, { key: string; mesh: THREE.Mesh }>();
  private queue: THREE.Mesh[] = [];
  private stale = true;
  private list: THREE.Mesh[] = [];
  private library: typeof import('three-mesh-bvh') | null = null;
  private asked = false;

  constructor(private readonly root: THREE.Object3D) {}

  touch(): void {
    this.stale = true;
  }

  current(): THREE.Mesh[] {
    return this.list;
  }

  /** True when everything solid that is loaded can be bumped into. */
  settled(): boolean {
    return !this.stale && this.queue.length === 0;
  }

  /** Does one slice of work; call once a frame. */
  step(): void {
    if (!this.library) {
      if (!this.asked) {
        this.asked = true;
        import('three-mesh-bvh').then((library) => {
          this.library = library;
        }, console.warn);
      }
      return;
    }
    if (this.stale) this.plan();
    let budget = VERTICES_PER_SLICE;
    while (this.queue.length > 0 && budget > 0) {
      const source = this.queue.shift()!;
      budget -= this.make(source);
    }
  }

  private plan(): void {
    this.stale = false;
    const wanted = new Set<THREE.Mesh>();
    this.queue = [];
    this.root.updateMatrixWorld(true);
    this.root.traverse((child) => {
      if (!(child instanceof THREE.Mesh) || child.userData['solid'] !== true) return;
      wanted.add(child);
      if (this.made.get(child)?.key !== keyOf(child)) this.queue.push(child);
    });
    for (const [source, { mesh }] of this.made) {
      if (wanted.has(source)) continue;
      mesh.geometry.dispose();
      this.made.delete(source);
    }
    this.publish();
  }

  private make(source: THREE.Mesh): number {
    const geometry = worldGeometry(source);
    const { MeshBVH } = this.library!;
    const mesh = new THREE.Mesh(geometry);
    (geometry as { boundsTree?: unknown }).boundsTree = new MeshBVH(geometry);
    mesh.matrixAutoUpdate = false;
    mesh.userData['entity'] = source.userData['entity'];
    this.made.get(source)?.mesh.geometry.dispose();
    this.made.set(source, { key: keyOf(source), mesh });
    this.publish();
    return geometry.getAttribute('position').count;
  }

  private publish(): void {
    this.list = [...this.made.values()].map(({ mesh }) => mesh);
  }

  dispose(): void {
    for (const { mesh } of this.made.values()) mesh.geometry.dispose();
    this.made.clear();
    this.list = [];
  }
}

function keyOf(mesh: THREE.Mesh): string {
  return `${mesh.geometry.id}|${mesh.matrixWorld.elements.map((e) => e.toFixed(3)).join()}`;
}

/** Positions and faces only, as floats in world coordinates; instances are written out. */
function worldGeometry(source: THREE.Mesh): THREE.BufferGeometry {
  const from = source.geometry.getAttribute('position');
  const index = source.geometry.getIndex();
  const copies = source instanceof THREE.InstancedMesh ? source.count : 1;
  const positions = new Float32Array(from.count * 3 * copies);
  const faces = index ? index.count : from.count;
  const indices = new Uint32Array(faces * copies);
  const matrix = new THREE.Matrix4();
  const point = new THREE.Vector3();
  for (let copy = 0; copy < copies; copy++) {
    if (source instanceof THREE.InstancedMesh) {
      source.getMatrixAt(copy, matrix);
      matrix.premultiply(source.matrixWorld);
    } else {
      matrix.copy(source.matrixWorld);
    }
    const base = copy * from.count;
    for (let i = 0; i < from.count; i++) {
      point
        .fromBufferAttribute(from, i)
        .applyMatrix4(matrix)
        .toArray(positions, (base + i) * 3);
    }
    for (let i = 0; i < faces; i++) indices[copy * faces + i] = base + (index ? index.getX(i) : i);
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.BufferAttribute(positions, 3));
  geometry.setIndex(new THREE.BufferAttribute(indices, 1));
  return geometry;
}
