import { Reflector } from 'three/examples/jsm/objects/Reflector.js';
import type { Mirror } from '../../../world/components.generated.ts';
import { MIRRORED } from '../../avatars/crowd.ts';
import type { Tier } from '../../change.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import * as THREE from '../../three.ts';

const PIXELS: Record<Tier, number> = { low: 0, medium: 512, high: 1024 };
const SIGHT_METRES = 20; // farther away a mirror shines and reflects nothing

/** A flat mirror: a second picture of the world while one is near, a bright sheet otherwise. */
export function make(node: Node, first: Mirror, view: ViewContext): Part {
  const place = new THREE.Vector3();
  let value = first;
  let pane: THREE.Mesh | null = null;
  let glass: Reflector | null = null;

  const drop = () => {
    for (const one of [pane, glass]) {
      one?.removeFromParent();
      one?.geometry.dispose();
    }
    (pane?.material as THREE.Material | undefined)?.dispose();
    glass?.dispose();
    pane = glass = null;
  };
  const build = (tier: Tier) => {
    drop();
    const { width, height } = value;
    const sheet = () => new THREE.PlaneGeometry(width, height);
    const color = new THREE.Color(value.color);
    const options = { surface: 'shape' as const, lit: false };
    pane = new THREE.Mesh(sheet(), view.materials.opaque(options, tier === 'low', color, 0.25));
    pane.userData['entity'] = node.id;
    node.root.add(pane);
    if (PIXELS[tier] === 0) return;
    const share = width / Math.max(width, height);
    glass = new Reflector(sheet(), {
      textureWidth: Math.ceil(PIXELS[tier] * share),
      textureHeight: Math.ceil((PIXELS[tier] * share * height) / Math.max(0.01, width)),
      color: color.multiplyScalar(0.5),
    });
    const eyes = glass.getReflectionCamera.bind(glass);
    glass.getReflectionCamera = (camera) => {
      const made = eyes(camera);
      made.layers.enable(MIRRORED); // it shows who looks
      return made;
    };
    glass.position.z = 0.004;
    glass.userData['entity'] = node.id;
    glass.visible = false;
    node.root.add(glass);
  };
  build(view.tier());
  return {
    update(next: Mirror) {
      value = next;
      build(view.tier());
    },
    tier: build,
    frame() {
      if (!glass) return;
      node.root.getWorldPosition(place);
      glass.visible = place.distanceTo(view.camera.position) < SIGHT_METRES;
    },
    dispose: drop,
  };
}
