import type { Node, Part, ViewContext } from '../../context.ts';
import { drawLabel, labelMaterial } from '../../labels.ts';
import * as THREE from '../../three.ts';

interface AnnotationValue {
  title: string;
  text: string;
}

const OPEN_METRES = 4.5;
const ABOVE_METRES = 0.3;
const THING_METRES = 6; // anything wider, such as a whole garden, is its own mark
const LIFT_SECONDS = 1;
const EVEN_METRES = 4; // nearer it shrinks with its distance, farther it grows a little
const GROWTH = 0.55;
const FAINT_METRES = [0.5, 1.1] as const;
const TITLE_METRES = [10.5, 11.5] as const; // beyond, only the pin shows

/** A marker pin with its title; the text unfolds for a visitor who stands near. */
export function make(node: Node, first: AnnotationValue, view: ViewContext): Part {
  const group = new THREE.Group();
  const pin = new THREE.Mesh(
    new THREE.SphereGeometry(0.07, 24, 16),
    new THREE.MeshBasicMaterial({ color: '#f2a64b', toneMapped: false }),
  );
  const ring = new THREE.Mesh(
    new THREE.RingGeometry(0.095, 0.115, 40),
    new THREE.MeshBasicMaterial({
      color: '#fff6e6',
      transparent: true,
      opacity: 0.9,
      toneMapped: false,
      depthWrite: false,
    }),
  );
  const plate = new THREE.Mesh(new THREE.PlaneGeometry(1, 1));
  plate.renderOrder = 4;
  pin.userData['entity'] = plate.userData['entity'] = node.id;
  group.add(pin, ring, plate);
  node.root.add(group);

  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let value = first;
  let open = false;
  let material: THREE.MeshBasicMaterial | null = null;
  const place = new THREE.Vector3();
  const turn = new THREE.Quaternion();
  const box = new THREE.Box3();
  let lifted = Number.NEGATIVE_INFINITY;
  let wide = false;

  /** Puts the pin over the thing that it marks, not into it. */
  const lift = () => {
    box.makeEmpty();
    for (const child of node.root.children) if (child !== group) box.expandByObject(child);
    wide = Math.max(box.max.x - box.min.x, box.max.z - box.min.z) > THING_METRES;
    const scale = node.root.getWorldScale(place).y || 1;
    const top = box.max.y - node.root.getWorldPosition(place).y;
    group.position.y = box.isEmpty() ? 0 : top / scale + ABOVE_METRES;
  };

  const draw = () => {
    material?.map?.dispose();
    material?.dispose();
    const words = open && value.text ? `${value.title}\n${value.text}` : value.title || value.text;
    const label = drawLabel(words || ' ', {
      em: 56,
      color: '#1d2433',
      weight: 500,
      width: 16,
      align: 'left',
      plate: { color: 'rgba(255,252,244,0.95)', radius: 0.5, padX: 0.7, padY: 0.4 },
    });
    material = labelMaterial(label.texture, false);
    plate.material = material;
    plate.scale.set(label.width * 0.11, label.height * 0.11, 1);
    plate.position.y = 0.18 + label.height * 0.055;
  };
  draw();
  return {
    update(next: AnnotationValue) {
      value = next;
      draw();
    },
    frame(_dt, now) {
      if (now - lifted > LIFT_SECONDS) {
        lifted = now;
        lift();
      }
      node.root.getWorldPosition(place);
      const far = place.distanceTo(view.camera.position);
      const near = far < OPEN_METRES;
      if (near !== open) {
        open = near;
        draw();
      }
      node.root.getWorldQuaternion(turn).invert();
      group.quaternion.copy(turn).multiply(view.camera.quaternion);
      if (!still) ring.scale.setScalar(1 + 0.12 * Math.sin(now * 2.4));
      const eye = group.getWorldPosition(place).distanceTo(view.camera.position);
      group.scale.setScalar(eye < EVEN_METRES ? eye / EVEN_METRES : (eye / EVEN_METRES) ** GROWTH);
      // A note right before the eye would only hide the place.
      group.visible = !wide && eye > FAINT_METRES[0] && view.inhabited();
      if (!material) return;
      const { smoothstep } = THREE.MathUtils;
      material.opacity = smoothstep(eye, ...FAINT_METRES) * (1 - smoothstep(eye, ...TITLE_METRES));
      plate.visible = material.opacity > 0.01;
    },
    dispose() {
      group.removeFromParent();
      for (const mesh of [pin, ring, plate]) mesh.geometry.dispose();
      pin.material.dispose();
      ring.material.dispose();
      material?.map?.dispose();
      material?.dispose();
    },
  };
}
