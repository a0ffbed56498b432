import type { Tier } from './change.ts';
import type { Materials } from './materials.ts';
import * as THREE from './three.ts';

const AROUND = 96;
const RADII = [
  0, 3, 6, 9, 12, 15, 18, 21, 24, 28, 33, 40, 52, 66, 82, 100, 122, 148, 176, 206, 240, 280, 330,
  400, 520, 700,
];
const SAND = new THREE.Color(0.5, 0.45, 0.37);
const GRASS = new THREE.Color(0.2, 0.3, 0.13);
const HILL = new THREE.Color(0.15, 0.25, 0.15);
const FLAT_METRES = 60;

/** How high the land stands: flat about the middle, then swells, then ridges that close the sky. */
export function heightAt(radius: number, angle: number): number {
  const { smoothstep } = THREE.MathUtils;
  const swell = 0.5 + 0.3 * Math.sin(angle * 5 + radius * 0.045) + 0.2 * Math.sin(angle * 11 + 2);
  const ridge = (turns: number, phase: number) => 0.5 + 0.5 * Math.sin(angle * turns + phase);
  const near = 9 + 13 * ridge(3, 0.4) * ridge(7, 1.9);
  const far = 22 + 52 * ridge(2, 4.1) * (0.55 + 0.45 * ridge(5, 0.7)) + 7 * ridge(13, 2.2);
  return (
    3 * swell * smoothstep(radius, FLAT_METRES, 130) +
    near * smoothstep(radius, 120, 205) * (1 - smoothstep(radius, 205, 280)) +
    far * smoothstep(radius, 240, 400)
  );
}

/**
 * A court of sand in a meadow between hills, for worlds without land and until land has loaded.
 */
export function makeGround(): THREE.Mesh {
  const positions: number[] = [];
  const colors: number[] = [];
  const index: number[] = [];
  const color = new THREE.Color();
  const { smoothstep } = THREE.MathUtils;
  RADII.forEach((radius, row) => {
    for (let i = 0; i <= AROUND; i++) {
      const angle = (i / AROUND) * 2 * Math.PI;
      const height = heightAt(radius, angle);
      positions.push(Math.cos(angle) * radius, height, Math.sin(angle) * radius);
      const edge = 19 + 2.5 * Math.sin(angle * 3) + 1.5 * Math.sin(angle * 7 + 1);
      color.lerpColors(SAND, GRASS, smoothstep(radius, edge - 5, edge + 5));
      color.lerp(HILL, smoothstep(radius, 70, 200));
      colors.push(color.r, color.g, color.b, 1);
      if (row + 1 === RADII.length || i === AROUND) continue;
      const a = row * (AROUND + 1) + i;
      const b = a + AROUND + 1;
      index.push(a, a + 1, b + 1, a, b + 1, b);
    }
  });
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('color', new THREE.Float32BufferAttribute(colors, 4));
  geometry.setIndex(index);
  geometry.computeVertexNormals();
  const mesh = new THREE.Mesh(geometry);
  mesh.position.y = -0.01;
  mesh.name = 'ground';
  mesh.receiveShadow = true;
  return mesh;
}

export function dressGround(ground: THREE.Mesh, materials: Materials, tier: Tier): void {
  ground.material = materials.surface('land', tier, false, null);
}
