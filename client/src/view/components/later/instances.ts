import type { Instances } from '../../../world/components.generated.ts';
import { fetchArray, type Columns } from '../../arrays.ts';
import type { Tier } from '../../change.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import { solid } from '../../solids.ts';
import * as THREE from '../../three.ts';

/** Triangles that all copies may have together; with more of them each copy is plainer. */
const TRIANGLES_MOST: Record<Tier, number> = { low: 600_000, medium: 3_000_000, high: 8_000_000 };

const SHADOWED_MOST = 20_000;

const pars = /* glsl */ `
attribute vec3 aPlace;
#ifdef WL_TURN
attribute vec4 aTurn;
#endif
#ifdef WL_SIZE
attribute float aSize;
#endif
vec3 wlTurned(vec3 v){
#ifdef WL_TURN
  vec4 q=normalize(aTurn);return v+2.*cross(q.xyz,cross(q.xyz,v)+q.w*v);
#else
  return v;
#endif
}`;
const normal = /* glsl */ `
#ifdef USE_COLOR_ALPHA
  vColor.rgb=pow(vColor.rgb,vec3(2.2));
#endif
objectNormal=wlTurned(objectNormal);`;
const begin = /* glsl */ `
#ifdef WL_SIZE
  transformed*=aSize;
#endif
transformed=wlTurned(transformed)+aPlace;`;

/** Copies of a solid where the rows of an array say, drawn in one call. */
export function make(node: Node, first: Instances, view: ViewContext): Part {
  const mesh = new THREE.Mesh<THREE.InstancedBufferGeometry, THREE.Material>(
    new THREE.InstancedBufferGeometry(),
  );
  mesh.userData['entity'] = node.id;
  mesh.raycast = () => undefined; // a click meets what stands behind it
  mesh.visible = false;
  mesh.receiveShadow = true;
  node.root.add(mesh);
  let value = first;
  let columns: Columns | null = null;
  let turn = 0;
  let drawn = '';

  const draw = (tier: Tier) => {
    const places = columns?.values.get('position');
    mesh.visible = places !== undefined && places.length > 0;
    drawn = looksOf(value, columns);
    if (!places || places.length === 0) return;
    mesh.geometry.dispose();
    mesh.geometry = geometryOf(value, columns!, tier);
    mesh.material?.dispose();
    mesh.material = materialOf(value, columns!, tier, view);
    mesh.castShadow = tier !== 'low' && places.length < SHADOWED_MOST * 3;
    mesh.customDepthMaterial?.dispose();
    mesh.customDepthMaterial = depthOf(columns!);
  };
  const load = async () => {
    const mine = ++turn;
    const found = await view.awaiting(fetchArray(value.data, value.asset));
    if (mine !== turn) return;
    const fits = drawn === looksOf(value, found) && mesh.visible;
    columns = found;
    if (fits) refill(mesh.geometry, found!);
    else draw(view.tier());
  };
  const start = () => {
    load().catch((error: unknown) => console.warn(`array of ${node.name || node.id}:`, error));
  };
  start();
  return {
    update(next: Instances) {
      value = next;
      start();
    },
    tier: draw,
    dispose() {
      turn += 1;
      mesh.removeFromParent();
      mesh.geometry.dispose();
      mesh.material?.dispose();
      mesh.customDepthMaterial?.dispose();
    },
  };
}

/** What the sun's shadow map draws: the same places. */
function depthOf(columns: Columns): THREE.MeshDepthMaterial {
  const material = new THREE.MeshDepthMaterial();
  const defines = definesOf(columns);
  material.defines = { ...material.defines, ...defines };
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', `#include <common>\n${pars}`)
      .replace('#include <begin_vertex>', `#include <begin_vertex>\n${begin}`);
  };
  material.customProgramCacheKey = () => `wl-instances-depth-${Object.keys(defines).join()}`;
  return material;
}

function definesOf({ values }: Columns): Record<string, number> {
  return {
    ...(values.has('rotation') ? { WL_TURN: 1 } : {}),
    ...(values.has('scale') ? { WL_SIZE: 1 } : {}),
  };
}

/** What a picture of copies is made for: as long as it stays, only numbers come and go. */
function looksOf({ kind, size, color }: Instances, columns: Columns | null): string {
  const names = columns ? [...columns.values.keys()] : [];
  return [kind, size, color, columns?.shape[0] ?? 0, ...names].join();
}

/** Column → attribute, numbers a row, and whether they are shares of the largest. */
const ATTRIBUTES: readonly [string, string, number, boolean][] = [
  ['position', 'aPlace', 3, false],
  ['rotation', 'aTurn', 4, true],
  ['scale', 'aSize', 1, false],
  ['color', 'color', 4, true],
];

function geometryOf(value: Instances, columns: Columns, tier: Tier): THREE.InstancedBufferGeometry {
  const rows = columns.values.get('position')!.length / 3;
  const source = copyOf(value, TRIANGLES_MOST[tier] / rows);
  const made = new THREE.InstancedBufferGeometry();
  made.setIndex(source.getIndex());
  made.setAttribute('position', source.getAttribute('position'));
  made.setAttribute('normal', source.getAttribute('normal'));
  for (const [column, name, width, share] of ATTRIBUTES) {
    const found = columns.values.get(column);
    if (found) made.setAttribute(name, new THREE.InstancedBufferAttribute(found, width, share));
  }
  made.instanceCount = rows;
  source.computeBoundingSphere();
  made.userData['copy'] = source.boundingSphere!.radius;
  enclose(made, columns);
  return made;
}

/** Puts other numbers into a picture that stays: nothing is made, compiled or thrown away. */
function refill(geometry: THREE.InstancedBufferGeometry, columns: Columns): void {
  for (const [column, name] of ATTRIBUTES) {
    const found = columns.values.get(column);
    if (!found) continue;
    const attribute = geometry.getAttribute(name) as THREE.InstancedBufferAttribute;
    attribute.array = found;
    attribute.setUsage(THREE.DynamicDrawUsage).needsUpdate = true;
  }
  enclose(geometry, columns);
}

function enclose(geometry: THREE.InstancedBufferGeometry, { values }: Columns): void {
  const box = new THREE.Box3().setFromArray(values.get('position') as Float32Array);
  let size = 1;
  for (const one of values.get('scale') ?? []) size = Math.max(size, one);
  const sphere = box.getBoundingSphere(geometry.boundingSphere ?? new THREE.Sphere());
  sphere.radius += (geometry.userData['copy'] as number) * size;
  geometry.boundingSphere = sphere;
}

/** One copy's geometry with about so many triangles at most. */
function copyOf({ kind, size }: Instances, triangles: number): THREE.BufferGeometry {
  const [x, y, z] = size;
  if (triangles < 60) {
    if (kind === 'sphere' || kind === 'capsule')
      return triangles < 20 ? ball(0, x, y, z) : ball(1, x, y, z);
    return new THREE.BoxGeometry(x, Math.max(y, 0.001), z);
  }
  if (kind === 'sphere' && triangles < 1700)
    return new THREE.SphereGeometry(0.5, 12, 8).scale(x, y, z);
  return solid(kind, size, Math.min(x, y, z) * 0.08);
}

function ball(detail: number, x: number, y: number, z: number): THREE.BufferGeometry {
  const [across, down] = detail === 0 ? [4, 2] : [7, 4];
  return new THREE.SphereGeometry(0.5, across, down).scale(x, y, z);
}

function materialOf(
  value: Instances,
  columns: Columns,
  tier: Tier,
  view: ViewContext,
): THREE.Material {
  const coloured = columns.values.has('color');
  const options = { surface: 'shape' as const, lit: false, pars, normal, begin };
  const color = new THREE.Color(coloured ? '#ffffff' : value.color);
  const material = view.materials.opaque(options, tier === 'low', color, 0);
  const defines = definesOf(columns);
  material.vertexColors = coloured;
  material.defines = { ...material.defines, ...defines };
  const key = material.customProgramCacheKey();
  const kind = Object.keys(defines).join();
  material.customProgramCacheKey = () => `${key}-instances-${kind}-${coloured}`;
  return material;
}
