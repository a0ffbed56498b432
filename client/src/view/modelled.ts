import type { Tier } from './change.ts';
import type { Node, Part, ViewContext } from './context.ts';
import { markFailed, markWaiting, type Mark } from './marks.ts';
import { Lacking } from './media/loss.ts';
import { modelAddress, type Loaded, type ModelValue } from './models.ts';
import { drawnAt, isBaked, readExtras } from './surfaces.ts';
import * as THREE from './three.ts';

/**
 * A GLB from the realm's own assets: loaded once per file, in our light, with its own animation.
 * Until it is there a mark stands in its place, or what was there before; another one stays where
 * it cannot be had.
 */
export function modelled(node: Node, first: ModelValue, view: ViewContext): Part {
  let value = first;
  let shown: Shown | null = null;
  let mark: Mark | null = null;
  let held = '';
  let turn = 0;
  const lacking = new Lacking(node, 'model', view);

  const place = (next: Mark | null) => {
    mark?.dispose();
    mark = next;
    lacking.over();
  };
  const clear = () => {
    shown?.dispose();
    shown = null;
    if (held) view.models.release(held);
    held = '';
  };
  const load = async () => {
    const mine = ++turn;
    const url = modelAddress(value.asset);
    if (!url || !shown) place(url ? markWaiting(node) : null);
    if (!url) return clear();
    try {
      const gltf = await view.models.take(url);
      const next = mine === turn ? await show(gltf, node, value, view) : null;
      if (mine !== turn) {
        next?.dispose();
        view.models.release(url);
        return;
      }
      place(null);
      clear();
      [shown, held] = [next, url];
    } catch (error) {
      if (mine !== turn) return;
      clear();
      place(markFailed(node));
      lacking.tell(error);
      console.warn(`model of ${node.name || node.id}:`, error);
    }
  };
  void load();
  return {
    update(next: ModelValue) {
      const same = next.asset === value.asset && next.anchor === value.anchor;
      value = next;
      if (!same) void load();
      else shown?.change(next);
    },
    tier: (tier) => shown?.tier(tier),
    frame(dt) {
      shown?.frame(dt);
      mark?.frame(dt);
    },
    dispose() {
      turn += 1;
      place(null);
      clear();
    },
  };
}

interface Shown {
  change(value: ModelValue): void;
  tier(tier: Tier): void;
  frame(dt: number): void;
  dispose(): void;
}

async function show(
  gltf: Loaded,
  node: Node,
  value: ModelValue,
  view: ViewContext,
): Promise<Shown> {
  const object = await copyOf(gltf);
  const meshes: THREE.Mesh[] = [];
  object.traverse((child) => {
    if (child instanceof THREE.Mesh) meshes.push(child);
  });
  for (const mesh of meshes) prepare(mesh, node.id);
  if (value.anchor === 'floor') standOnFloor(object);
  node.root.add(object);

  const mixer = gltf.animations.length > 0 ? gltf.mixer(object) : null;
  const play = (name: string) => {
    mixer?.stopAllAction();
    const clip = gltf.animations.find((one) => one.name === name) ?? gltf.animations[0];
    if (mixer && clip && name !== 'none') mixer.clipAction(clip).play();
  };
  const solid = (wanted: boolean) => {
    for (const mesh of meshes) {
      mesh.userData['solid'] = wanted && mesh.userData['surfaceSolid'] === true;
    }
    view.touchColliders();
  };
  const tier = (now: Tier) => {
    for (const mesh of meshes) dress(mesh, now, view);
  };
  play(value.animation);
  solid(value.solid);
  tier(view.tier());
  const lamps = meshes.some((mesh) => mesh.userData['lit'] === true);
  if (lamps) view.touchLamps();
  return {
    change(next) {
      play(next.animation);
      solid(next.solid);
    },
    tier,
    frame: (dt) => mixer?.update(dt),
    dispose() {
      mixer?.stopAllAction();
      object.removeFromParent();
      for (const mesh of meshes) view.materials.forget(mesh.userData['source'] as THREE.Material);
      view.touchColliders();
      if (lamps) view.touchLamps();
    },
  };
}

/** A copy to place: geometry is shared by every entity with the same file. */
async function copyOf(gltf: Loaded): Promise<THREE.Object3D> {
  let skinned = false;
  gltf.scene.traverse((child) => {
    skinned ||= child instanceof THREE.SkinnedMesh;
  });
  if (!skinned) return gltf.scene.clone();
  const { clone } = await import('three/examples/jsm/utils/SkeletonUtils.js');
  return clone(gltf.scene);
}

function prepare(mesh: THREE.Mesh, entity: number): void {
  const source = mesh.material as THREE.Material;
  const extras = readExtras(source.userData);
  const lit = mesh.geometry.hasAttribute('_light');
  const glassy = extras.surface === 'plain' && source.transparent;
  Object.assign(mesh.userData, {
    entity,
    source,
    surface: extras.surface,
    lowest: extras.tier,
    highest: extras.until,
    lit,
    surfaceSolid: extras.solid && !glassy,
    shadow: extras.shadow && !glassy,
  });
  mesh.receiveShadow = extras.surface !== 'hill';
}

/** Gives a mesh the material of its surface at a tier, or hides it. */
function dress(mesh: THREE.Mesh, tier: Tier, view: ViewContext): void {
  const { surface, lowest, highest, lit, source, shadow } = mesh.userData as ReturnType<
    typeof userDataOf
  >;
  mesh.visible = surface !== 'collider' && drawnAt(tier, lowest, highest);
  mesh.castShadow = shadow && tier !== 'low';
  mesh.material = isBaked(surface)
    ? view.materials.surface(surface, tier, lit, pictureOf(source))
    : view.materials.foreign(source, tier);
}

function pictureOf(source: THREE.Material): THREE.Texture | null {
  return source instanceof THREE.MeshStandardMaterial ? source.map : null;
}

function userDataOf(mesh: THREE.Mesh) {
  return mesh.userData as {
    surface: ReturnType<typeof readExtras>['surface'];
    lowest: Tier;
    highest: Tier;
    lit: boolean;
    source: THREE.Material;
    shadow: boolean;
  };
}

function standOnFloor(object: THREE.Object3D): void {
  const box = new THREE.Box3().setFromObject(object);
  if (box.isEmpty()) return;
  object.position.x -= (box.min.x + box.max.x) / 2;
  object.position.z -= (box.min.z + box.max.z) / 2;
  object.position.y -= box.min.y;
}
