// What stands where a model is awaited, and where it cannot be had.
import type { Node } from './context.ts';
import * as THREE from './three.ts';

/** A mark in a model's place. */
export interface Mark {
  frame(dt: number): void;
  dispose(): void;
}

const SIDE_METRES = 0.5;
const PATIENCE_S = 0.4; // what comes sooner needs no mark
const BREATH = 0.12; // of its size
const BREATHS_PER_S = 0.4;
const AWAITED = '#ffffff';
const MISSED = '#d1495b';

/** A soft round that breathes until the model is there; it is still for who wants no motion. */
export function markWaiting(node: Node): Mark {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const material = new THREE.MeshBasicMaterial({
    color: AWAITED,
    transparent: true,
    opacity: 0.35,
    depthWrite: false,
  });
  const soft = new THREE.Mesh(new THREE.SphereGeometry(SIDE_METRES / 2, 24, 16), material);
  soft.position.y = SIDE_METRES / 2;
  soft.visible = false;
  let age = 0;
  return standing(node, 'waiting', [soft], (dt) => {
    age += dt;
    soft.visible = age > PATIENCE_S;
    if (!still)
      soft.scale.setScalar(1 + BREATH * Math.sin(2 * Math.PI * BREATHS_PER_S * (age - PATIENCE_S)));
  });
}

/** An empty crossed box, as of a parcel that never came; it can be pointed at and taken away. */
export function markFailed(node: Node): Mark {
  const box = new THREE.BoxGeometry(SIDE_METRES, SIDE_METRES, SIDE_METRES);
  const glass = new THREE.MeshBasicMaterial({
    color: MISSED,
    transparent: true,
    opacity: 0.18,
    depthWrite: false,
  });
  const body = new THREE.Mesh(box, glass);
  body.userData['entity'] = node.id;
  const half = SIDE_METRES / 2;
  const corners = box.getAttribute('position');
  const edges = new THREE.EdgesGeometry(box);
  const ends = [...edges.getAttribute('position').array];
  for (let face = 0; face < corners.count; face += 4)
    for (const corner of [0, 3, 1, 2])
      ends.push(...new THREE.Vector3().fromBufferAttribute(corners, face + corner).toArray());
  edges.setAttribute('position', new THREE.Float32BufferAttribute(ends, 3));
  const lines = new THREE.LineSegments(edges, new THREE.LineBasicMaterial({ color: MISSED }));
  for (const part of [body, lines]) part.position.y = half;
  return standing(node, 'failed', [body, lines], () => undefined);
}

function standing(
  node: Node,
  shows: string,
  parts: readonly (THREE.Mesh | THREE.LineSegments)[],
  frame: (dt: number) => void,
): Mark {
  node.root.add(...parts);
  node.root.userData['shows'] = shows;
  return {
    frame,
    dispose() {
      delete node.root.userData['shows'];
      for (const part of parts) {
        part.removeFromParent();
        part.geometry.dispose();
        (part.material as THREE.Material).dispose();
      }
    },
  };
}
