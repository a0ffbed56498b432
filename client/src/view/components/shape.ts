import type { Tier } from '../change.ts';
import type { Node, Part, ViewContext } from '../context.ts';
import { Shared } from '../shared.ts';
import { type ShapeKind, solid } from '../solids.ts';
import * as THREE from '../three.ts';

interface ShapeValue {
  kind: ShapeKind;
  size: readonly [number, number, number];
  bevel: number;
  solid: boolean;
}

interface ColorValue {
  value: string;
  opacity: number;
  glow: number;
}

const geometries = new Shared<THREE.BufferGeometry>((geometry) => geometry.dispose());
const materials = new Shared<THREE.Material>((material) => material.dispose());

/** A solid with chamfered edges in the entity's Color; equal shapes share geometry and material. */
export function shape(node: Node, first: ShapeValue, view: ViewContext): Part {
  const mesh = new THREE.Mesh<THREE.BufferGeometry, THREE.Material>();
  mesh.name = 'shape';
  mesh.castShadow = mesh.receiveShadow = true;
  mesh.userData['entity'] = node.id;
  let geometryKey = '';
  let materialKey = '';

  const form = (value: ShapeValue) => {
    const key = `${value.kind}|${value.size.join()}|${value.bevel}`;
    const old = geometryKey;
    mesh.geometry = geometries.take(key, () => solid(value.kind, value.size, value.bevel));
    geometryKey = key;
    if (old) geometries.release(old);
    mesh.userData['solid'] = value.solid;
    view.touchColliders();
  };
  const paint = (tier: Tier) => {
    const color = (node.values.get('Color') ?? plainColor) as ColorValue;
    const low = tier === 'low';
    const key = `${color.value}|${color.opacity}|${color.glow}|${low}`;
    const old = materialKey;
    mesh.material = materials.take(key, () => shapeMaterial(color, low, view));
    materialKey = key;
    if (old) materials.release(old);
    mesh.castShadow = color.opacity > 0.6 && color.glow < 0.5;
  };
  form(first);
  paint(view.tier());
  node.root.add(mesh);
  return {
    update: form,
    tier: paint,
    sibling: (component) => {
      if (component === 'Color') paint(view.tier());
    },
    dispose() {
      mesh.removeFromParent();
      geometries.release(geometryKey);
      materials.release(materialKey);
      view.touchColliders();
    },
  };
}

const plainColor: ColorValue = { value: '#cccccc', opacity: 1, glow: 0 };

function shapeMaterial(color: ColorValue, low: boolean, view: ViewContext): THREE.Material {
  const material = view.materials.opaque(
    { surface: 'shape', lit: false },
    low,
    new THREE.Color(color.value),
    color.glow * 1.4,
  );
  if (color.opacity < 1) {
    material.transparent = true;
    material.opacity = color.opacity;
    material.depthWrite = color.opacity > 0.6;
  }
  return material;
}
