import type { Node, Part, ViewContext } from '../context.ts';
import { drawLabel, labelMaterial } from '../labels.ts';
import * as THREE from '../three.ts';

interface TextValue {
  value: string;
  size: number;
  color: string;
  billboard: boolean;
  width: number;
}

const EM_PIXELS = 96;
const LONGEST_METRES = 60;

/**
 * Words in the world: `size` metres to the em, wrapped at `width` metres, crisp to about half a
 * metre.
 */
export function text(node: Node, first: TextValue, view: ViewContext): Part {
  const mesh = new THREE.Mesh(new THREE.PlaneGeometry(1, 1));
  mesh.userData['entity'] = node.id;
  mesh.renderOrder = 2;
  let value = first;
  let material: THREE.MeshBasicMaterial | null = null;

  const draw = () => {
    material?.map?.dispose();
    material?.dispose();
    const label = drawLabel(value.value || ' ', {
      em: EM_PIXELS,
      color: value.color,
      width: Math.min(value.width, LONGEST_METRES) / value.size,
      halo: value.billboard,
    });
    material = labelMaterial(label.texture, false);
    mesh.material = material;
    mesh.scale.set(label.width * value.size, label.height * value.size, 1);
  };
  draw();
  node.root.add(mesh);
  const parentTurn = new THREE.Quaternion();
  return {
    update(next: TextValue) {
      value = next;
      draw();
    },
    frame() {
      if (!value.billboard) return;
      node.root.getWorldQuaternion(parentTurn).invert();
      mesh.quaternion.copy(parentTurn).multiply(view.camera.quaternion);
    },
    dispose() {
      mesh.removeFromParent();
      mesh.geometry.dispose();
      material?.map?.dispose();
      material?.dispose();
    },
  };
}
