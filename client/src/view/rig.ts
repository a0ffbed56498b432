import type { GLTF } from 'three/examples/jsm/loaders/GLTFLoader.js';
import * as THREE from './three.ts';

/** Floats of one joint in the pose texture: three rows of an affine matrix. */
export const JOINT_FLOATS = 12;
const FRAMES = 32;

interface Clip {
  seconds: number;
  /** FRAMES × joints × 4, then the hips' translations FRAMES × 3. */
  turns: Float32Array;
  hips: Float32Array;
}

/** How much of each clip a pose takes, and where in it. */
export interface Motion {
  weights: { idle: number; walk: number; run: number };
  phases: { idle: number; walk: number; run: number; wave: number };
  wave: number;
  sit: number;
  air: number;
}

/** The avatar's joints and clips, sampled once, so that a crowd is posed without any mixer. */
export class Rig {
  readonly geometry: THREE.BufferGeometry;
  readonly count: number;
  private readonly names: string[];
  private readonly parents: number[];
  private readonly rests: THREE.Vector3[];
  private readonly inverses: THREE.Matrix4[];
  private readonly clips = new Map<string, Clip>();
  private readonly worlds: THREE.Matrix4[];
  private readonly local = new THREE.Matrix4();
  private readonly turn = new THREE.Quaternion();
  private readonly extra = new THREE.Quaternion();
  private readonly place = new THREE.Vector3();
  private readonly sum: Float32Array;
  private static readonly one = new THREE.Vector3(1, 1, 1);

  constructor(gltf: GLTF) {
    let body: THREE.SkinnedMesh | null = null;
    gltf.scene.traverse((child) => {
      if (child instanceof THREE.SkinnedMesh) body ??= child;
    });
    if (!body) throw new Error('the avatar has no skinned mesh');
    const { geometry, skeleton } = body as THREE.SkinnedMesh;
    const { bones, boneInverses } = skeleton;
    this.geometry = geometry;
    this.count = bones.length;
    this.names = bones.map((bone) => bone.name);
    this.parents = bones.map((bone) => bones.indexOf(bone.parent as THREE.Bone));
    this.rests = bones.map((bone) => bone.position.clone());
    this.inverses = boneInverses;
    this.worlds = bones.map(() => new THREE.Matrix4());
    this.sum = new Float32Array(this.count * 4 + 3);
    for (const clip of gltf.animations) this.clips.set(clip.name, sample(gltf.scene, bones, clip));
  }

  seconds(name: string): number {
    return this.clips.get(name)?.seconds ?? 1;
  }

  /** Writes the joints' matrices of a motion into `out` at `offset`. */
  pose(motion: Motion, out: Float32Array, offset: number): void {
    this.sum.fill(0);
    const { weights, phases } = motion;
    this.mix('idle', phases.idle, weights.idle);
    this.mix('walk', phases.walk, weights.walk);
    this.mix('run', phases.run, weights.run);
    if (motion.wave > 0.01) this.mix('wave', phases.wave, motion.wave * 6, isWaving);
    for (let j = 0; j < this.count; j++) {
      this.turn.fromArray(this.sum, j * 4).normalize();
      this.bend(j, motion);
      this.place.copy(this.rests[j]!);
      if (this.parents[j]! < 0) {
        this.place.fromArray(this.sum, this.count * 4);
        this.place.y -= motion.sit * 0.36;
      }
      this.local.compose(this.place, this.turn, Rig.one);
      const world = this.worlds[j]!;
      const parent = this.parents[j]!;
      if (parent < 0) world.copy(this.local);
      else world.multiplyMatrices(this.worlds[parent]!, this.local);
      this.local.multiplyMatrices(world, this.inverses[j]!);
      const e = this.local.elements;
      const at = offset + j * JOINT_FLOATS;
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 4; column++)
          out[at + row * 4 + column] = e[column * 4 + row]!;
      }
    }
  }

  /** Sitting and being in the air have no clip: knees and hips bend on top of the idle one. */
  private bend(joint: number, motion: Motion): void {
    const name = this.names[joint]!;
    const fold = motion.sit * 1.5 + motion.air * 0.55;
    if (fold < 0.01) return;
    let angle = 0;
    if (name.endsWith('UpLeg')) angle = -fold;
    else if (name.endsWith('LoLeg')) angle = fold;
    else if (name.endsWith('UpArm')) angle = -motion.air * 0.5;
    if (angle !== 0) this.turn.multiply(this.extra.setFromAxisAngle(across, angle));
  }

  private mix(
    name: string,
    phase: number,
    weight: number,
    only?: (joint: string) => boolean,
  ): void {
    const clip = this.clips.get(name) ?? this.clips.get('idle');
    if (!clip || weight < 0.005) return;
    const at = (phase - Math.floor(phase)) * FRAMES;
    const a = Math.floor(at) % FRAMES;
    const b = (a + 1) % FRAMES;
    const t = at - Math.floor(at);
    const { turns, hips } = clip;
    const width = this.count * 4;
    for (let j = 0; j < this.count; j++) {
      if (only && !only(this.names[j]!)) continue;
      let dot = 0;
      for (let i = 0; i < 4; i++) dot += turns[a * width + j * 4 + i]! * this.sum[j * 4 + i]!;
      const sign = dot < 0 ? -weight : weight;
      for (let i = 0; i < 4; i++) {
        const p = turns[a * width + j * 4 + i]!;
        const q = turns[b * width + j * 4 + i]!;
        this.sum[j * 4 + i]! += (p + (q - p) * t) * sign;
      }
    }
    if (only) return;
    for (let i = 0; i < 3; i++) {
      const p = hips[a * 3 + i]!;
      this.sum[width + i]! += (p + (hips[b * 3 + i]! - p) * t) * weight;
    }
  }
}

const across = new THREE.Vector3(1, 0, 0);

function isWaving(joint: string): boolean {
  return joint === 'rUpArm' || joint === 'rLoArm' || joint === 'rHand';
}

/**
 * Plays a clip once, frame by frame, and notes every joint's turn; signs follow the frame before.
 */
function sample(scene: THREE.Object3D, bones: THREE.Bone[], clip: THREE.AnimationClip): Clip {
  const mixer = new THREE.AnimationMixer(scene);
  mixer.clipAction(clip).play();
  const turns = new Float32Array(FRAMES * bones.length * 4);
  const hips = new Float32Array(FRAMES * 3);
  const last = bones.map(() => new THREE.Quaternion());
  for (let frame = 0; frame < FRAMES; frame++) {
    mixer.setTime((frame / FRAMES) * clip.duration);
    bones.forEach((bone, j) => {
      const turn = bone.quaternion.clone();
      if (turn.dot(last[j]!) < 0) turn.set(-turn.x, -turn.y, -turn.z, -turn.w);
      last[j]!.copy(turn);
      turn.toArray(turns, (frame * bones.length + j) * 4);
    });
    bones[0]!.position.toArray(hips, frame * 3);
  }
  mixer.stopAllAction();
  return { seconds: clip.duration, turns, hips };
}
