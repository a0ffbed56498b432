import * as THREE from '../three.ts';

const JOINTS = 25;
const JOINT_M = 0.0095;
const PALM_M = 0.013;
const ROOTS = [1, 5, 10, 15, 20]; // each finger's first joint hangs on the wrist
const UP = new THREE.Vector3(0, 1, 0);
const SKIN = '#e8d9c6';

/** A hand as its owner sees it: joints of bare fingers, or the handle of a controller. */
export class HandShape {
  readonly root = new THREE.Group();
  private readonly fingers: THREE.InstancedMesh;
  private readonly bones: THREE.InstancedMesh;
  private readonly handle: THREE.Mesh;
  private readonly middle = new THREE.Vector3();
  private readonly way = new THREE.Vector3();
  private readonly turn = new THREE.Quaternion();
  private readonly matrix = new THREE.Matrix4();

  constructor() {
    const glow = { emissive: SKIN, emissiveIntensity: 0.25 };
    const skin = new THREE.MeshLambertMaterial({ color: SKIN, ...glow });
    const joint = new THREE.SphereGeometry(JOINT_M, 10, 8);
    this.fingers = new THREE.InstancedMesh(joint, skin, JOINTS);
    this.bones = new THREE.InstancedMesh(new THREE.CylinderGeometry(1, 1, 1, 10, 1), skin, JOINTS);
    const grip = new THREE.CapsuleGeometry(0.018, 0.09, 4, 12).rotateX(-Math.PI / 2);
    this.handle = new THREE.Mesh(grip, skin);
    this.root.add(this.fingers, this.bones, this.handle);
    for (const mesh of this.root.children) {
      mesh.raycast = () => undefined;
      mesh.frustumCulled = false;
    }
  }

  show(
    place: THREE.Vector3,
    turn: THREE.Quaternion,
    joints: readonly THREE.Vector3[] | null,
  ): void {
    this.fingers.visible = this.bones.visible = joints !== null;
    this.handle.visible = joints === null;
    this.handle.position.copy(place);
    this.handle.quaternion.copy(turn);
    joints?.slice(0, JOINTS).forEach((at, i) => {
      this.fingers.setMatrixAt(i, this.matrix.makeTranslation(at.x, at.y, at.z));
      this.bone(i, joints[ROOTS.includes(i) ? 0 : i - 1] ?? at, at);
    });
    this.fingers.instanceMatrix.needsUpdate = this.bones.instanceMatrix.needsUpdate = true;
  }

  /** What lies between two joints; those of the palm are thicker. */
  private bone(i: number, from: THREE.Vector3, to: THREE.Vector3): void {
    const thick = ROOTS.includes(i) || ROOTS.includes(i - 1) ? PALM_M : JOINT_M;
    this.way.subVectors(to, from);
    const long = this.way.length();
    this.turn.setFromUnitVectors(UP, long > 0 ? this.way.divideScalar(long) : UP);
    this.middle.addVectors(from, to).multiplyScalar(0.5);
    this.way.set(thick, long, thick);
    this.bones.setMatrixAt(i, this.matrix.compose(this.middle, this.turn, this.way));
  }

  dispose(): void {
    this.root.removeFromParent();
    this.fingers.geometry.dispose();
    this.fingers.dispose();
    this.bones.geometry.dispose();
    this.bones.dispose();
    this.handle.geometry.dispose();
    (this.handle.material as THREE.Material).dispose();
  }
}
