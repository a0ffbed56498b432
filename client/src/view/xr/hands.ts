import * as THREE from '../three.ts';

const JOINTS = 25;
const JOINT_M = 0.0085;
const SKIN = '#e8d9c6';

/** A hand as its owner sees it: joints of bare fingers, or the handle of a controller. */
export class HandShape {
  readonly root = new THREE.Group();
  private readonly fingers: THREE.InstancedMesh;
  private readonly handle: THREE.Mesh;
  private readonly matrix = new THREE.Matrix4();

  constructor() {
    const glow = { emissive: SKIN, emissiveIntensity: 0.25 };
    const skin = new THREE.MeshLambertMaterial({ color: SKIN, ...glow });
    const joint = new THREE.SphereGeometry(JOINT_M, 10, 8);
    this.fingers = new THREE.InstancedMesh(joint, skin, JOINTS);
    this.fingers.frustumCulled = false;
    const grip = new THREE.CapsuleGeometry(0.018, 0.09, 4, 12).rotateX(-Math.PI / 2);
    this.handle = new THREE.Mesh(grip, skin);
    this.root.add(this.fingers, this.handle);
    for (const mesh of [this.fingers, this.handle]) mesh.raycast = () => undefined;
  }

  show(
    place: THREE.Vector3,
    turn: THREE.Quaternion,
    joints: readonly THREE.Vector3[] | null,
  ): void {
    this.fingers.visible = joints !== null;
    this.handle.visible = joints === null;
    this.handle.position.copy(place);
    this.handle.quaternion.copy(turn);
    joints?.slice(0, JOINTS).forEach((at, i) => {
      this.fingers.setMatrixAt(i, this.matrix.makeTranslation(at.x, at.y, at.z));
    });
    this.fingers.instanceMatrix.needsUpdate = true;
  }

  dispose(): void {
    this.root.removeFromParent();
    this.fingers.geometry.dispose();
    this.fingers.dispose();
    this.handle.geometry.dispose();
    (this.handle.material as THREE.Material).dispose();
  }
}
