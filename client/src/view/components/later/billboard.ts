import type { Billboard } from '../../../world/components.generated.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import * as THREE from '../../three.ts';

const GROWTH_MAX = 8;

interface Place {
  rotation: readonly number[];
  scale: readonly number[];
}

/** Turns the entity and all under it to the eye; Transform leaves turning and size to it. */
export function make(node: Node, first: Billboard, view: ViewContext): Part {
  const { root } = node;
  const place = new THREE.Vector3();
  const eye = new THREE.Vector3();
  const above = new THREE.Quaternion();
  const turn = new THREE.Quaternion();
  const up = new THREE.Vector3(0, 1, 0);
  let value = first;
  return {
    update(next: Billboard) {
      value = next;
    },
    frame() {
      root.getWorldPosition(place);
      view.camera.getWorldPosition(eye).sub(place);
      if (value.turn === 'upright') turn.setFromAxisAngle(up, Math.atan2(eye.x, eye.z));
      else view.camera.getWorldQuaternion(turn);
      if (root.parent) root.parent.getWorldQuaternion(above).invert();
      root.quaternion.copy(above).multiply(turn);
      const far = value.readable > 0 ? eye.length() / value.readable : 1;
      const [x, y, z] = (node.values.get('Transform') as Place | undefined)?.scale ?? [1, 1, 1];
      root.scale.set(x!, y!, z!).multiplyScalar(Math.min(GROWTH_MAX, Math.max(1, far)));
    },
    dispose() {
      const back = node.values.get('Transform') as Place | undefined;
      root.quaternion.fromArray([...(back?.rotation ?? [0, 0, 0, 1])]);
      root.scale.fromArray([...(back?.scale ?? [1, 1, 1])]);
    },
  };
}
