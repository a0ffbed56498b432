import type { Node, Part, ViewContext } from '../context.ts';
import { drawLabel, labelMaterial } from '../labels.ts';
import { signsOf } from '../signs.ts';
import * as THREE from '../three.ts';

interface UseValue {
  action: string;
  label: string;
}

const NEAR_METRES = 5;
const EM_METRES = 0.1;

/**
 * A sign over a thing that can be used, shown to a visitor who stands near, where there is room.
 */
export function use(node: Node, first: UseValue, view: ViewContext): Part {
  const mesh = new THREE.Mesh(new THREE.PlaneGeometry(1, 1));
  mesh.renderOrder = 5;
  mesh.visible = false;
  let material: THREE.MeshBasicMaterial | null = null;
  let top = Number.NaN;
  const box = new THREE.Box3();
  const place = new THREE.Vector3();
  const signs = signsOf(view.scene);

  const draw = (value: UseValue) => {
    material?.map?.dispose();
    material?.dispose();
    const label = drawLabel(value.label || value.action.replaceAll('_', ' '), {
      em: 64,
      color: '#1d2433',
      weight: 600,
      plate: { color: 'rgba(255,252,244,0.94)', radius: 0.7, padX: 0.75, padY: 0.22 },
    });
    material = labelMaterial(label.texture, false);
    mesh.material = material;
    mesh.scale.set(label.width * EM_METRES, label.height * EM_METRES, 1);
  };
  draw(first);
  view.scene.add(mesh);
  node.root.getWorldPosition(place);
  signs.add(place);
  return {
    update: draw,
    frame() {
      node.root.getWorldPosition(place);
      const near = place.distanceTo(view.camera.position) < NEAR_METRES;
      if (!near || !signs.hasRoom(place)) {
        mesh.visible = false;
        top = Number.NaN;
        return;
      }
      if (Number.isNaN(top)) {
        box.setFromObject(node.root);
        top = box.isEmpty() ? 0.5 : box.max.y - place.y;
      }
      mesh.visible = true;
      mesh.position.copy(place).setY(place.y + top + 0.22);
      mesh.quaternion.copy(view.camera.quaternion);
    },
    dispose() {
      signs.remove(place);
      mesh.removeFromParent();
      mesh.geometry.dispose();
      material?.map?.dispose();
      material?.dispose();
    },
  };
}
