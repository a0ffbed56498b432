import * as THREE from '../three.ts';

type Plane = THREE.Mesh<THREE.BufferGeometry, THREE.Material>;

/** Where on a plane something is, 0 to 1 across and down, and how far from it. */
export interface Meeting {
  readonly u: number;
  readonly v: number;
  readonly distance: number;
}

const at = new THREE.Vector3();
const caster = new THREE.Raycaster();

/** Where a fingertip is before a plane, at most so many metres from it; below 0 behind it. */
export function touchedAt(mesh: Plane, tip: THREE.Vector3, within: number): Meeting | null {
  if (!mesh.visible || !mesh.material.visible) return null;
  mesh.updateWorldMatrix(true, false);
  mesh.worldToLocal(at.copy(tip));
  const distance = at.z * mesh.scale.z;
  if (Math.abs(at.x) > 0.5 || Math.abs(at.y) > 0.5 || Math.abs(distance) > within) return null;
  return { u: at.x + 0.5, v: 0.5 - at.y, distance };
}

/** Where a ray meets a plane. */
export function metAt(mesh: Plane, ray: THREE.Ray): Meeting | null {
  if (!mesh.visible || !mesh.material.visible) return null;
  mesh.updateWorldMatrix(true, false);
  caster.ray.copy(ray);
  const [hit] = caster.intersectObject(mesh, false);
  return hit?.uv ? { u: hit.uv.x, v: 1 - hit.uv.y, distance: hit.distance } : null;
}
