import type { PointSource } from './context.ts';
import type { LightUniforms } from './light.ts';
import * as THREE from './three.ts';

const HIGHEST = 8;
const IRRADIANCE_PER_INTENSITY = 2;
const DAZZLED = 0.3; // how much of a lamp an eye that is used to the midday sun makes out

/**
 * Writes the nearest lights into the shared uniforms: no light ever costs a shader its
 * recompilation.
 */
export function placeLights(
  sources: ReadonlySet<PointSource>,
  camera: THREE.Camera,
  light: LightUniforms,
  most: number,
): void {
  const near = [...sources]
    .filter((source) => source.intensity > 0)
    .map((source) => {
      const place = source.object.getWorldPosition(new THREE.Vector3());
      return { source, place, far: place.distanceTo(camera.position) - source.reach };
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, Math.min(most, HIGHEST));
  light.uPoints.value = near.length;
  const sun = light.uSunColor.value;
  const day = Math.min(1, (Math.max(0, light.uSun.value.y) * (sun.r + sun.g + sun.b)) / 3);
  const seen = IRRADIANCE_PER_INTENSITY * (1 - (1 - DAZZLED) * day);
  const ahead = new THREE.Vector3();
  const turn = new THREE.Quaternion();
  near.forEach(({ source, place }, i) => {
    const power = source.intensity * seen;
    light.uPoint.value[i]!.set(place.x, place.y, place.z, source.reach);
    const { r, g, b } = source.color;
    const edge = source.angle === null ? -1 : Math.cos(source.angle);
    light.uPointColor.value[i]!.set(r * power, g * power, b * power, edge);
    ahead.set(0, 0, -1).applyQuaternion(source.object.getWorldQuaternion(turn));
    light.uPointCone.value[i]!.set(ahead.x, ahead.y, ahead.z, source.angle === null ? 0 : 1);
  });
}
