import type { Node } from './context.ts';
import * as THREE from './three.ts';

const above = new THREE.Matrix4();
const outer = new THREE.Matrix4();
const one = new THREE.Vector3(1, 1, 1);
const place = new THREE.Vector3();
const turn = new THREE.Quaternion();
const size = new THREE.Vector3();

/**
 * Shows an entity where it is in the world, whatever its Transform says. While it moves nobody
 * bumps into where it was. Returns whether it began to move.
 */
export function carry(
  node: Node,
  position: readonly number[],
  rotation: readonly number[],
): boolean {
  const begins = !node.carried;
  if (begins) {
    node.carried = true;
    soften(node, true);
  }
  outer.compose(place.fromArray([...position]), turn.fromArray([...rotation]), one);
  node.root.parent?.updateWorldMatrix(true, false);
  if (node.root.parent) above.copy(node.root.parent.matrixWorld).invert();
  else above.identity();
  outer.premultiply(above).decompose(place, turn, size);
  node.root.position.copy(place);
  node.root.quaternion.copy(turn);
  return begins;
}

/** Gives an entity back to its Transform. */
export function letBe(node: Node): void {
  if (!node.carried) return;
  node.carried = false;
  soften(node, false);
  node.parts.get('Transform')?.update?.(node.values.get('Transform') as never);
}

/** Lets all meshes of a thing be passed through, or solid again as they were. */
function soften(node: Node, soft: boolean): void {
  node.root.traverse((child) => {
    if (!(child instanceof THREE.Mesh)) return;
    const data = child.userData;
    if (soft && data['solid'] === true) {
      data['solid'] = false;
      data['softened'] = true;
    } else if (!soft && data['softened'] === true) {
      data['solid'] = true;
      delete data['softened'];
    }
  });
}
