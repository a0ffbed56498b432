import type { Tier } from './change.ts';
import type { Materials } from './materials.ts';
import * as THREE from './three.ts';

const AROUND = 64;
const RADII = [0, 3, 6, 9, 12, 15, 18, 21, 24, 28, 33, 40, 52, 70, 100, 150, 240, 400, 700];
const SAND = new THREE.Color(0.5, 0.45, 0.37);
const GRASS = new THREE.Color(0.2, 0.3, 0.13);

/**
 * A court of sand in a meadow that reaches the horizon, for worlds without land and until land has
 * loaded.
 */
export function makeGround(): THREE.Mesh {
  const positions: number[] = [];
  const colors: number[] = [];
  const index: number[] = [];
  const color = new THREE.Color();
  RADII.forEach((radius, row) => {
    for (let i = 0; i <= AROUND; i++) {
      const angle = (i / AROUND) * 2 * Math.PI;
      positions.push(Math.cos(angle) * radius, 0, Math.sin(angle) * radius);
      const edge = 19 + 2.5 * Math.sin(angle * 3) + 1.5 * Math.sin(angle * 7 + 1);
      color.lerpColors(SAND, GRASS, THREE.MathUtils.smoothstep(radius, edge - 5, edge + 5));
      colors.push(color.r, color.g, color.b, 1);
      if (row + 1 === RADII.length || i === AROUND) continue;
      const a = row * (AROUND + 1) + i;
      const b = a + AROUND + 1;
      index.push(a, a + 1, b + 1, a, b + 1, b);
    }
  });
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute(
    'normal',
    new THREE.Float32BufferAttribute(
      positions.map((_, i) => (i % 3 === 1 ? 1 : 0)),
      3,
    ),
  );
  geometry.setAttribute('color', new THREE.Float32BufferAttribute(colors, 4));
  geometry.setIndex(index);
  const mesh = new THREE.Mesh(geometry);
  mesh.position.y = -0.01;
  mesh.name = 'ground';
  mesh.receiveShadow = true;
  return mesh;
}

export function dressGround(ground: THREE.Mesh, materials: Materials, tier: Tier): void {
  ground.material = materials.surface('land', tier, false, null);
}
