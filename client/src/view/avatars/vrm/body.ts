import {
  type VRMExpressionManager,
  VRMExpressionLoaderPlugin,
  type VRMHumanBoneName,
  type VRMHumanoid,
  VRMHumanoidLoaderPlugin,
  type VRMLookAt,
  VRMLookAtLoaderPlugin,
} from '@pixiv/three-vrm-core';
import { type VRMSpringBoneManager, VRMSpringBoneLoaderPlugin } from '@pixiv/three-vrm-springbone';
import type { Tier } from '../../change.ts';
import type { Materials } from '../../materials.ts';
import { GLTFLoader } from '../../gltf.ts';
import { disposeTree, extensionsOf, type Models } from '../../models.ts';
import * as THREE from '../../three.ts';
import { MIRRORED } from '../crowd.ts';
import type { Motion } from '../rig.ts';
import type { Skeleton } from '../skeleton.ts';
import { type Bones, type Posed, Retarget } from './retarget.ts';

const DEGREES = 180 / Math.PI;
const LONGEST_STEP_S = 1 / 20; // springs that step farther fly off

/** What a body needs of the picture that it stands in. */
export interface Dresser {
  readonly models: Models;
  readonly materials: Pick<Materials, 'foreign' | 'forget'>;
}

/** What the loader leaves of a VRM in the file's user data. */
interface Parts {
  vrmHumanoid: VRMHumanoid;
  vrmExpressionManager?: VRMExpressionManager | null;
  vrmLookAt?: VRMLookAt | null;
  vrmSpringBoneManager?: VRMSpringBoneManager | null;
}

type Parser = ConstructorParameters<typeof VRMHumanoidLoaderPlugin>[0];

/** Reads a VRM of either version: bones, expressions, eyes and springs; its surfaces are plain. */
export async function loadBody(bytes: ArrayBuffer, view: Dresser, figure: Skeleton) {
  const loader = new GLTFLoader();
  await view.models.addDecoders(loader, extensionsOf(bytes));
  loader.register((parser) => {
    const reading = parser as unknown as Parser;
    const [bones, faces, eyes] = [
      new VRMHumanoidLoaderPlugin(reading),
      new VRMExpressionLoaderPlugin(reading),
      new VRMLookAtLoaderPlugin(reading),
    ];
    return {
      name: 'worldloom-vrm',
      // Each reads what the one before it left.
      async afterRoot(gltf) {
        const file = gltf as unknown as Parameters<typeof bones.afterRoot>[0];
        await bones.afterRoot(file);
        await faces.afterRoot(file);
        await eyes.afterRoot(file);
      },
    };
  });
  loader.register((parser) => new VRMSpringBoneLoaderPlugin(parser as never) as never);
  const gltf = await loader.parseAsync(bytes, '');
  const old = (gltf.parser.json as { extensions?: Record<string, unknown> }).extensions;
  return new Body(gltf.scene, gltf.userData as unknown as Parts, !old?.['VRMC_vrm'], view, figure);
}

/** A VRM that stands in the scene and moves as the figures do. */
export class Body {
  readonly root = new THREE.Group();
  /** From the ground to its highest point at rest, in metres. */
  readonly height: number;
  private readonly parts: Parts;
  private readonly view: Dresser;
  private readonly retarget: Retarget;
  private readonly meshes: THREE.Mesh[] = [];
  private readonly rest: THREE.Vector3;
  private readonly pose: Posed;
  private tier: Tier | null = null;

  constructor(
    scene: THREE.Object3D,
    parts: Parts,
    old: boolean,
    view: Dresser,
    figure: Skeleton,
  ) {
    this.parts = parts;
    this.view = view;
    const { vrmHumanoid: humanoid } = parts;
    // VRM 0.x looks along −Z: all is turned half round on its way in and out.
    const half = old ? -1 : 1;
    this.retarget = new Retarget(figure, bonesOf(humanoid, half));
    this.height = new THREE.Box3().setFromObject(scene, true).max.y;
    const hips = humanoid.getNormalizedBoneNode('hips')!;
    this.rest = hips.position.clone();
    this.pose = {
      turn: (bone, x, y, z, w) =>
        humanoid
          .getNormalizedBoneNode(bone as VRMHumanBoneName)!
          .quaternion.set(x * half, y, z * half, w),
      hips: (x, y, z) => hips.position.set(x * half, y, z * half).add(this.rest),
    };
    if (old) scene.rotation.y = Math.PI;
    this.root.add(scene);
    scene.traverse((child) => {
      if (child instanceof THREE.Mesh) this.prepare(child);
    });
  }

  private prepare(mesh: THREE.Mesh): void {
    mesh.frustumCulled = false; // its bounds are those of its rest
    mesh.raycast = () => undefined;
    mesh.receiveShadow = true;
    const own = (mesh.material as THREE.Material | THREE.Material[]);
    const [material] = Array.isArray(own) ? own : [own];
    mesh.userData['source'] = material instanceof THREE.MeshStandardMaterial
      ? material
      : litOf(material as THREE.MeshBasicMaterial);
    this.meshes.push(mesh);
  }

  /** Gives it the materials of a tier, in the world's light. */
  dress(tier: Tier): void {
    if (tier === this.tier) return;
    this.tier = tier;
    for (const mesh of this.meshes) {
      const source = mesh.userData['source'] as THREE.Material;
      mesh.material = this.view.materials.foreign(source, tier);
      mesh.castShadow = tier !== 'low';
    }
  }

  /** Lets only mirrors show it, or every eye again. */
  hide(within: boolean): void {
    for (const mesh of this.meshes) mesh.layers.set(within ? MIRRORED : 0);
  }

  /** One frame of moving, looking, blinking and speaking. */
  move(motion: Motion, dt: number): void {
    const { vrmHumanoid, vrmExpressionManager: faces, vrmLookAt: eyes } = this.parts;
    this.retarget.pose(motion, this.pose);
    vrmHumanoid.update();
    eyes?.applier.applyYawPitch(motion.eyeYaw * DEGREES, motion.eyePitch * DEGREES);
    faces?.setValue('blink', motion.lids);
    faces?.setValue('aa', motion.mouth);
    faces?.update();
    this.root.updateMatrixWorld(true);
    this.parts.vrmSpringBoneManager?.update(Math.min(dt, LONGEST_STEP_S));
  }

  dispose(): void {
    this.root.removeFromParent();
    for (const mesh of this.meshes) {
      this.view.materials.forget(mesh.userData['source'] as THREE.Material);
      if (mesh instanceof THREE.SkinnedMesh) mesh.skeleton.dispose();
    }
    disposeTree(this.root);
  }
}

/** Where the bones stand, as the body looks along +Z. */
function bonesOf(humanoid: VRMHumanoid, half: number): Bones {
  const places = new Map<string, [number, number, number]>();
  const parents = new Map<string, string>();
  const names = new Map<THREE.Object3D, string>();
  const at = new THREE.Vector3();
  for (const [name, bone] of Object.entries(humanoid.normalizedHumanBones)) {
    if (bone) names.set(bone.node as unknown as THREE.Object3D, name);
  }
  for (const [node, name] of names) {
    node.getWorldPosition(at);
    places.set(name, [at.x * half, at.y, at.z * half]);
    const above = node.parent && names.get(node.parent);
    if (above) parents.set(name, above);
  }
  return { places, parents };
}

/** An unlit surface, which would shine at night, as a dull one. */
function litOf(plain: THREE.MeshBasicMaterial): THREE.MeshStandardMaterial {
  const { color, map, alphaTest, transparent, opacity, side, depthWrite, vertexColors } = plain;
  const made = new THREE.MeshStandardMaterial({
    color, map, alphaTest, transparent, opacity, side, depthWrite, vertexColors, roughness: 0.95,
  });
  made.name = plain.name;
  return made;
}
