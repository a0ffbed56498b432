import type { Pick } from './change.ts';
import type { Colliders } from './colliders.ts';
import * as THREE from './three.ts';

const BRUTE_TRIANGLES_MAX = 20_000;

interface Tree {
  raycastFirst(ray: THREE.Ray, side: THREE.Side): THREE.Intersection | null;
}

/** What the ray meets first: large solid meshes by their bounds trees, the rest one by one. */
export function pickEntity(
  raycaster: THREE.Raycaster,
  root: THREE.Object3D,
  colliders: Colliders,
): Pick | null {
  let best: Pick | null = null;
  const take = (distance: number, point: THREE.Vector3, entity: unknown) => {
    if (best && best.distance <= distance) return;
    best = {
      entity: typeof entity === 'number' ? entity : null,
      point: point.toArray(),
      distance,
    };
  };
  const seen = new Set<number>();
  for (const mesh of colliders.current()) {
    const tree = (mesh.geometry as unknown as { boundsTree: Tree }).boundsTree;
    const hit = tree.raycastFirst(raycaster.ray, THREE.DoubleSide);
    if (hit) take(hit.distance, hit.point, mesh.userData['entity']);
    seen.add(mesh.userData['entity'] as number);
  }
  root.traverseVisible((child) => {
    if (!(child instanceof THREE.Mesh) || child.userData['solid'] === true) return;
    const entity: unknown = child.userData['entity'];
    if (typeof entity !== 'number' || child.userData['surfaceSolid'] === false) return;
    if (trianglesOf(child) > BRUTE_TRIANGLES_MAX) return;
    for (const hit of raycaster.intersectObject(child, false))
      take(hit.distance, hit.point, entity);
  });
  return best;
}

function trianglesOf(mesh: THREE.Mesh): number {
  const { geometry } = mesh;
  return (geometry.getIndex()?.count ?? geometry.getAttribute('position').count) / 3;
}

const HULL_TRIANGLES_MAX = 60_000;
const RIM = 0.0045; // of the picture's half width
const RIM_PIXELS = 2.2;

/** A soft outline and lift round the entity under the pointer. */
export class Highlight {
  private readonly hull: THREE.ShaderMaterial;
  private readonly lift: THREE.MeshBasicMaterial;
  private shown: THREE.Object3D[] = [];
  private entity: number | null = null;

  constructor() {
    this.hull = new THREE.ShaderMaterial({
      side: THREE.BackSide,
      uniforms: { uColor: { value: new THREE.Color('#fff1cf') }, uWide: { value: RIM } },
      vertexShader: `uniform float uWide;void main(){vec4 p=projectionMatrix*modelViewMatrix*vec4(position,1.);
        vec4 n=projectionMatrix*modelViewMatrix*vec4(normal,0.);
        p.xy+=normalize(n.xy+1e-5)*p.w*uWide*vec2(projectionMatrix[0][0]/projectionMatrix[1][1],1.);gl_Position=p;}`,
      fragmentShader: `uniform vec3 uColor;void main(){gl_FragColor=vec4(uColor,1.);
        #include <colorspace_fragment>
      }`,
    });
    this.lift = new THREE.MeshBasicMaterial({
      color: '#fff1cf',
      transparent: true,
      opacity: 0.14,
      blending: THREE.AdditiveBlending,
      depthWrite: false,
      toneMapped: false,
    });
  }

  show(entity: number | null, root: THREE.Object3D | null): void {
    if (entity === this.entity) return;
    this.entity = entity;
    this.hull.uniforms['uWide']!.value = Math.max(RIM, (2 * RIM_PIXELS) / innerWidth);
    for (const object of this.shown) object.removeFromParent();
    this.shown = [];
    root?.traverse((child) => {
      if (!(child instanceof THREE.Mesh) || child.userData['entity'] !== entity) return;
      if (child instanceof THREE.SkinnedMesh || child instanceof THREE.InstancedMesh) return;
      if (child.material instanceof THREE.ShaderMaterial) return;
      if (trianglesOf(child) > HULL_TRIANGLES_MAX) return;
      this.wrap(child);
    });
    for (const object of this.shown) object.userData['target'].add(object);
  }

  private wrap(mesh: THREE.Mesh): void {
    for (const material of [this.hull, this.lift]) {
      const copy = new THREE.Mesh(mesh.geometry, material);
      copy.raycast = () => undefined;
      copy.renderOrder = material === this.lift ? 3 : 0;
      copy.userData['target'] = mesh;
      this.shown.push(copy);
    }
  }

  dispose(): void {
    this.show(null, null);
    this.hull.dispose();
    this.lift.dispose();
  }
}
