import type { Node, Part, PointSource, ViewContext } from '../context.ts';
import * as THREE from '../three.ts';

interface LightValue {
  kind: 'point' | 'spot' | 'sun';
  color: string;
  intensity: number;
  reach: number;
  angle: number;
}

/**
 * A lamp: the nearest few light the world around them. A spot shines along the entity's −Z; sun is
 * the sky's.
 */
export function light(node: Node, first: LightValue, view: ViewContext): Part {
  const source: PointSource = {
    object: node.root,
    color: new THREE.Color(),
    intensity: 0,
    reach: 10,
    angle: null,
  };
  const set = (value: LightValue) => {
    source.color.set(value.color);
    source.intensity = value.kind === 'sun' ? 0 : value.intensity;
    source.reach = Math.max(0.1, value.reach);
    source.angle = value.kind === 'spot' ? value.angle : null;
  };
  set(first);
  view.lights.add(source);
  return { update: set, dispose: () => view.lights.delete(source) };
}
