import type { Pick, Tier, VisitorLook, VisitorPose } from './change.ts';
import type { ViewContext } from './context.ts';
import { COLOR_TEXEL, Crowd, farFigure, ROW_TEXELS, ROWS, STATE_TEXEL } from './crowd.ts';
import { Gait } from './gait.ts';
import { lookColors } from './looks.ts';
import { Rig } from './rig.ts';
import { Tag } from './tags.ts';
import * as THREE from './three.ts';

const AVATAR_URL = '/static/avatar.glb';
const NEAR_METRES: Record<Tier, number> = { low: 10, medium: 26, high: 40 };
const NEAR_MOST: Record<Tier, number> = { low: 5, medium: 24, high: 48 };
const HEAD_METRES = 1.66;
const BODY_RADIUS = 0.34;
const HIDE_SELF_METRES = 0.75;

interface Visitor {
  id: string;
  row: number;
  self: boolean;
  gait: Gait;
  tag: Tag;
  matrix: THREE.Matrix4;
  distance: number;
}

/**
 * Everyone who is here: near visitors walk with 17 joints, far ones as a simple figure, in a few
 * draws.
 */
export class Avatars {
  private readonly visitors = new Map<string, Visitor>();
  private readonly free: number[] = Array.from({ length: ROWS }, (_, i) => ROWS - 1 - i);
  private readonly data = new Float32Array(ROW_TEXELS * 4 * ROWS);
  private readonly pose: { value: THREE.DataTexture };
  private readonly far: Crowd;
  private readonly shadows: THREE.InstancedMesh;
  private near: Crowd | null = null;
  private rig: Rig | null = null;
  private tier: Tier = 'low';
  private asked = false;
  private now = 0;
  private readonly head = new THREE.Vector3();
  private readonly turn = new THREE.Quaternion();
  private readonly flat = new THREE.Matrix4();

  constructor(private readonly view: ViewContext) {
    const texture = new THREE.DataTexture(
      this.data,
      ROW_TEXELS,
      ROWS,
      THREE.RGBAFormat,
      THREE.FloatType,
    );
    this.pose = { value: texture };
    this.far = new Crowd(view, this.pose, farFigure(), ROWS, false);
    this.shadows = blobShadows();
    view.scene.add(this.far.mesh, this.shadows);
  }

  get count(): number {
    return this.visitors.size;
  }

  set(id: string, look: VisitorLook): void {
    if (!this.asked) this.load();
    const old = this.visitors.get(id);
    old?.tag.dispose();
    const row = old?.row ?? this.free.pop();
    if (row === undefined) return; // beyond 256 the rest are not drawn
    lookColors(look.look).forEach((color, i) => {
      color.toArray(this.data, (row * ROW_TEXELS + COLOR_TEXEL + i) * 4);
    });
    this.visitors.set(id, {
      id,
      row,
      self: look.self,
      gait: old?.gait ?? new Gait(row),
      tag: new Tag(look.name, look.agent, this.view.scene),
      matrix: old?.matrix ?? new THREE.Matrix4(),
      distance: 0,
    });
  }

  move(id: string, pose: VisitorPose): void {
    this.visitors.get(id)?.gait.goal(pose);
  }

  remove(id: string): void {
    const visitor = this.visitors.get(id);
    if (!visitor) return;
    visitor.tag.dispose();
    this.free.push(visitor.row);
    this.visitors.delete(id);
  }

  say(id: string, text: string): void {
    this.visitors.get(id)?.tag.say(text, this.now);
  }

  reset(): void {
    for (const id of [...this.visitors.keys()]) this.remove(id);
  }

  setTier(tier: Tier): void {
    this.tier = tier;
    this.far.setTier(tier);
    this.near?.setTier(tier);
    this.shadows.visible = tier === 'low';
  }

  private load(): void {
    this.asked = true;
    this.view.models
      .take(AVATAR_URL)
      .then((gltf) => {
        this.rig = new Rig(gltf);
        this.near = new Crowd(this.view, this.pose, this.rig.geometry, NEAR_MOST.high, true);
        this.near.setTier(this.tier);
        this.view.scene.add(this.near.mesh);
      })
      .catch((error: unknown) => console.warn('avatar:', error));
  }

  frame(dt: number, now: number): void {
    this.now = now;
    if (this.visitors.size === 0) {
      this.far.mesh.visible = this.shadows.visible = false;
      if (this.near) this.near.mesh.visible = false;
      return;
    }
    const { camera } = this.view;
    const sorted = [...this.visitors.values()];
    for (const visitor of sorted) {
      visitor.gait.step(dt, now);
      const { x, y, z, yaw } = visitor.gait.pose; // the model looks along +Z, yaw 0 along −Z
      this.turn.setFromAxisAngle(THREE.Object3D.DEFAULT_UP, yaw + Math.PI);
      visitor.matrix.makeRotationFromQuaternion(this.turn).setPosition(x, y, z);
      visitor.distance = Math.hypot(
        x - camera.position.x,
        y + 1.3 - camera.position.y,
        z - camera.position.z,
      );
    }
    sorted.sort((a, b) => a.distance - b.distance);
    this.draw(sorted, now);
    this.pose.value.needsUpdate = true;
  }

  private draw(sorted: readonly Visitor[], now: number): void {
    const { camera } = this.view;
    this.far.begin();
    this.near?.begin();
    this.shadows.count = 0;
    this.shadows.visible = this.tier === 'low';
    let close = 0;
    for (const visitor of sorted) {
      const { gait, matrix, row, distance } = visitor;
      const inside = visitor.self && distance < HIDE_SELF_METRES;
      const sits = gait.motion.sit;
      this.head.set(gait.pose.x, gait.pose.y + HEAD_METRES + 0.2 - sits * 0.4, gait.pose.z);
      visitor.tag.place(this.head, camera, now, !visitor.self);
      gait.state(this.data, (row * ROW_TEXELS + STATE_TEXEL) * 4);
      if (inside) continue;
      const detailed = distance < NEAR_METRES[this.tier] && close < NEAR_MOST[this.tier];
      if (detailed && this.near && this.rig) {
        close += 1;
        this.rig.pose(gait.motion, this.data, row * ROW_TEXELS * 4);
        this.near.add(row, matrix);
      } else {
        this.far.add(row, matrix);
      }
      if (this.tier === 'low') {
        this.flat.copy(matrix).elements[13]! += 0.025;
        this.shadows.setMatrixAt(this.shadows.count++, this.flat);
      }
    }
    this.far.end();
    this.near?.end();
    this.shadows.instanceMatrix.needsUpdate = true;
  }

  /** The visitor whose body the ray meets first. */
  pick(ray: THREE.Ray): Pick | null {
    let best: Pick | null = null;
    const onRay = new THREE.Vector3();
    const low = new THREE.Vector3();
    const high = new THREE.Vector3();
    for (const { id, self, gait } of this.visitors.values()) {
      if (self) continue;
      const { x, y, z } = gait.pose;
      low.set(x, y + 0.2, z);
      high.set(x, y + HEAD_METRES - 0.15, z);
      if (ray.distanceSqToSegment(low, high, onRay) > BODY_RADIUS ** 2) continue;
      const distance = onRay.distanceTo(ray.origin);
      if (best && best.distance <= distance) continue;
      best = { entity: null, visitor: id, point: onRay.toArray(), distance };
    }
    return best;
  }

  dispose(): void {
    this.reset();
    this.far.dispose();
    this.near?.dispose();
    this.pose.value.dispose();
    this.shadows.removeFromParent();
    this.shadows.geometry.dispose();
    (this.shadows.material as THREE.Material).dispose();
  }
}

/** Soft discs under the feet where no shadow map is drawn. */
function blobShadows(): THREE.InstancedMesh {
  const material = new THREE.ShaderMaterial({
    transparent: true,
    depthWrite: false,
    vertexShader: `varying vec2 vP;void main(){vP=position.xz;
      gl_Position=projectionMatrix*viewMatrix*instanceMatrix*vec4(position,1.);}`,
    fragmentShader:
      'varying vec2 vP;void main(){gl_FragColor=vec4(.05,.05,.09,.42*smoothstep(.36,.05,length(vP)));}',
  });
  const geometry = new THREE.CircleGeometry(0.36, 16).rotateX(-Math.PI / 2);
  const mesh = new THREE.InstancedMesh(geometry, material, ROWS);
  mesh.frustumCulled = false;
  mesh.raycast = () => undefined;
  mesh.count = 0;
  mesh.renderOrder = 1;
  return mesh;
}
