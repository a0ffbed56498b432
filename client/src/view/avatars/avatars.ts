import { decodeAvatar } from '../../world/avatar.ts';
import type { Pick, Tier, VisitorLook, VisitorPose } from '../change.ts';
import type { ViewContext } from '../context.ts';
import { avatarSlots } from '../looks.ts';
import * as THREE from '../three.ts';
import { BONE_TEXELS, DRESS_TEXELS, NEAR_ROWS, type Rows, STATE_TEXEL, texture } from './crowd.ts';
import { Gait } from './gait.ts';
import { type Face, Gaze } from './gaze.ts';
import { figuresMost, type Level, levelOf, rank } from './levels.ts';
import type { Others } from './others.ts';
import type { Build } from './skeleton.ts';
import { Tag } from './tags.ts';
import type { Bodies } from './vrm/bodies.ts';
import { hides } from './hiding.ts';
import { Wardrobe } from './wardrobe.ts';
import { type Reached, Wearing } from './wearing.ts';

const FIRST_ROWS = 64;
const HEAD_METRES = 1.66;
const EYES_METRES = 1.51;
const BODY_RADIUS = 0.34;
interface Visitor {
  id: string;
  row: number;
  self: boolean;
  avatar: string;
  /** The sha256 of its own body, or nothing; how high that is, while it is drawn. */
  vrm: string;
  tall: number;
  gait: Gait;
  gaze: Gaze;
  wearing: Wearing;
  face: Face;
  tag: Tag;
  matrix: THREE.Matrix4;
  distance: number;
  level: Level;
  rank: number;
  /** It is we, seen from within, or who stands before our eye: only mirrors show that. */
  within: boolean;
  /** What it is drawn with while near; null until the wardrobe is here. */
  parts: readonly string[] | null;
  build: Build | null;
  speaksUntil: number;
}

/**
 * Everyone who is here: near visitors as figures of the wardrobe, with joints and a face, those
 * behind them as a simple figure, and far ones as pictures. Each part that anyone wears is one
 * draw, and so are all the others of a kind.
 */
export class Avatars {
  private readonly visitors = new Map<string, Visitor>();
  private readonly free: number[] = [];
  private readonly bones = new Float32Array(BONE_TEXELS * 4 * NEAR_ROWS);
  private dress = new Float32Array(0);
  private readonly rows: Rows;
  /** Who has no joints; what draws them comes at once, and not with the first scripts. */
  private others: Others | null = null;
  private readonly wardrobe: Wardrobe;
  /** VRMs; what draws them comes with the first one. */
  private bodies: Bodies | null = null;
  private asked = false;
  /** Whoever wears a headset sees own hands, and not the figure from within. */
  selfHidden = false;
  private tier: Tier = 'low';
  private now = 0;
  private readonly head = new THREE.Vector3();
  private readonly eye = new THREE.Vector3();
  private readonly turn = new THREE.Quaternion();
  private readonly grown = new THREE.Vector3();
  private readonly flat = new THREE.Matrix4();

  constructor(private readonly view: ViewContext) {
    this.rows = {
      bones: { value: texture(this.bones, BONE_TEXELS, NEAR_ROWS) },
      dress: { value: texture(this.dress, DRESS_TEXELS, 0) },
    };
    this.makeRoom(FIRST_ROWS);
    this.wardrobe = new Wardrobe(view, this.rows);
    void view.awaiting(import('./others.ts')).then(({ Others }) => {
      this.others = new Others(view, this.rows, this.wardrobe);
      this.others.setTier(this.tier);
    });
  }

  /** Gives everyone's colours so many rows. */
  private makeRoom(rows: number): void {
    const { dress } = this;
    this.dress = new Float32Array(DRESS_TEXELS * 4 * rows);
    this.dress.set(dress);
    this.rows.dress.value.dispose();
    this.rows.dress.value = texture(this.dress, DRESS_TEXELS, rows);
    const taken = dress.length / DRESS_TEXELS / 4;
    for (let row = rows; row > taken; ) this.free.push(--row);
  }

  private freeRow(): number {
    if (this.free.length === 0) this.makeRoom(this.visitors.size * 2); // all are taken
    return this.free.pop()!;
  }

  get count(): number {
    return this.visitors.size;
  }

  /** Draws a visitor so from now on. */
  set(id: string, look: VisitorLook): void {
    const old = this.visitors.get(id);
    old?.tag.dispose();
    const row = old?.row ?? this.freeRow();
    avatarSlots(look.avatar).forEach((color, slot) => {
      color.toArray(this.dress, (row * DRESS_TEXELS + slot) * 4);
    });
    const visitor: Visitor = {
      id,
      row,
      self: look.self,
      avatar: look.avatar,
      vrm: look.vrm,
      tall: old?.tall ?? 0,
      gait: old?.gait ?? new Gait(row),
      gaze: old?.gaze ?? new Gaze(row),
      wearing: old?.wearing ?? new Wearing(),
      face: old?.face ?? { id, x: 0, y: 0, z: 0, speaking: false },
      tag: new Tag(look.name, look.agent, this.view.scene),
      matrix: old?.matrix ?? new THREE.Matrix4(),
      distance: 0,
      level: old?.level ?? 'flat',
      rank: 0,
      within: false,
      parts: null,
      build: null,
      speaksUntil: old?.speaksUntil ?? 0,
    };
    this.visitors.set(id, visitor);
    this.wardrobe.load();
    if (look.vrm && !this.asked) this.loadBodies();
  }

  private loadBodies(): void {
    this.asked = true;
    this.view.awaiting(import('./vrm/bodies.ts')).then(
      ({ Bodies }) => (this.bodies = new Bodies(this.view)),
      (error: unknown) => {
        console.warn('avatars:', error);
        this.asked = false; // whoever comes next in a VRM has it tried again
      },
    );
  }

  /** How many visitors are drawn in bodies of their own. */
  get own(): number {
    return this.bodies?.count ?? 0;
  }

  move(id: string, pose: VisitorPose): void {
    this.visitors.get(id)?.gait.goal(pose);
  }

  reach(id: string, reached: Reached | null): void {
    this.visitors.get(id)?.wearing.take(reached, this.now);
  }

  /** How someone is shown: by a headset or not, head and wrists as it has them, and the face. */
  seen(id: string) {
    const visitor = this.visitors.get(id);
    const motion = visitor?.gait.motion;
    const worn = motion?.worn && visitor?.build ? this.wardrobe.worn(motion, visitor.build) : [];
    const places = worn.map((at) => this.eye.set(...at).applyMatrix4(visitor!.matrix).toArray());
    return {
      reaches: (motion?.worn?.share ?? 0) > 0.5,
      wrists: places.length > 0 ? places.slice(0, 2) : null,
      head: places[2] ?? null,
      face: motion ? { yaw: motion.yaw, lids: motion.lids } : null,
    };
  }

  remove(id: string): void {
    const visitor = this.visitors.get(id);
    if (!visitor) return;
    visitor.tag.dispose();
    this.free.push(visitor.row);
    this.visitors.delete(id);
  }

  say(id: string, text: string): void {
    const visitor = this.visitors.get(id);
    if (!visitor) return;
    visitor.tag.say(text, this.now);
    visitor.speaksUntil = this.now + Math.min(6, 0.6 + text.length * 0.06);
  }

  reset(): void {
    for (const id of [...this.visitors.keys()]) this.remove(id);
  }

  setTier(tier: Tier): void {
    this.tier = tier;
    this.others?.setTier(tier);
    this.wardrobe.setTier(tier);
  }

  /** Dresses a visitor once the wardrobe's list is here. */
  private clothe(visitor: Visitor): void {
    const { skeleton } = this.wardrobe;
    if (!skeleton || visitor.parts) return;
    const choice = decodeAvatar(visitor.avatar);
    const { parts, flat } = skeleton.worn(choice);
    visitor.parts = parts;
    visitor.build = skeleton.build(choice);
    this.dress[(visitor.row * DRESS_TEXELS + STATE_TEXEL) * 4 + 2] = flat ? 1 : 0;
  }

  frame(dt: number, now: number): void {
    this.now = now;
    this.wardrobe.begin();
    this.bodies?.begin(now, this.tier);
    this.others?.begin(now);
    if (this.visitors.size > 0) this.place(dt, now);
    this.others?.end();
    this.wardrobe.end();
    this.bodies?.end();
  }

  private place(dt: number, now: number): void {
    const { camera } = this.view;
    const sorted = [...this.visitors.values()];
    let own = 0;
    for (const visitor of sorted) {
      const { gait, face } = visitor;
      gait.step(dt);
      visitor.wearing.step(dt, now, gait.motion);
      const { x, y, z, yaw } = gait.pose; // the model looks along +Z, yaw 0 along −Z
      const scale = sizeOf(visitor);
      this.turn.setFromAxisAngle(THREE.Object3D.DEFAULT_UP, yaw + Math.PI);
      this.head.set(x, y, z);
      visitor.matrix.compose(this.head, this.turn, this.grown.setScalar(scale));
      face.x = x;
      face.y = y + EYES_METRES * scale - gait.motion.weights.sit * 0.34;
      face.z = z;
      face.speaking = now < visitor.speaksUntil;
      visitor.distance = Math.hypot(
        x - camera.position.x,
        y + 1.3 - camera.position.y,
        z - camera.position.z,
      );
      if (visitor.self) own = visitor.distance;
    }
    for (const visitor of sorted) {
      visitor.within = hides(visitor.self, this.selfHidden, visitor.distance, own);
      visitor.rank = rank(visitor.level, visitor.distance);
    }
    sorted.sort((a, b) => +a.within - +b.within || a.rank - b.rank);
    sorted.forEach((visitor, at) => (visitor.level = levelOf(at, visitor.rank, this.tier)));
    this.draw(sorted, dt, now);
  }

  private draw(sorted: readonly Visitor[], dt: number, now: number): void {
    const { camera } = this.view;
    const faces = sorted.slice(0, NEAR_ROWS).map(({ face }) => face);
    let [close, named] = [0, 0];
    const names = figuresMost(this.tier) / 2 + 7; // of the nearest, as more lie over one another
    for (const visitor of sorted) {
      const { gait, matrix, row, face, within } = visitor;
      const scale = sizeOf(visitor);
      this.head.set(face.x, face.y + (HEAD_METRES - EYES_METRES) * scale + 0.2, face.z);
      const ahead = this.eye.copy(this.head).applyMatrix4(camera.matrixWorldInverse).z < 0;
      const known = !visitor.self && !within;
      visitor.tag.place(this.head, camera, now, known && named < names);
      if (ahead && known) named += 1;
      gait.state(this.dress, (row * DRESS_TEXELS + STATE_TEXEL) * 4);
      if (within && this.tier === 'low') continue; // its mirrors show nothing
      this.clothe(visitor);
      const detailed = (within || visitor.level === 'figure') && close < NEAR_ROWS;
      if (detailed) {
        visitor.gaze.level = face.speaking ? 0.8 : 0;
        visitor.gaze.step(dt, now, gait.motion, face, gait.pose.yaw, faces);
      }
      const own = detailed && visitor.vrm ? this.bodies : null;
      visitor.tall = own?.draw(visitor, dt, this.wardrobe.skeleton) ?? 0;
      if (visitor.tall > 0) close += 1;
      else if (detailed && visitor.parts && this.wardrobe.has(visitor.parts)) {
        this.wardrobe.pose(gait.motion, visitor.build!, this.bones, close * BONE_TEXELS * 4);
        this.wardrobe.add(visitor.parts, row, close, matrix, within);
        close += 1;
      } else if (within || visitor.level !== 'flat') this.others?.addFar(row, matrix, within);
      else this.others?.addFlat(visitor, scale);
      if (within) continue;
      this.flat.copy(matrix).elements[13]! += 0.025;
      this.others?.addShadow(this.flat);
    }
    this.rows.bones.value.needsUpdate = close > 0;
    this.rows.dress.value.needsUpdate = true;
  }

  /** The visitor whose body the ray meets first. */
  pick(ray: THREE.Ray): Pick | null {
    let best: Pick | null = null;
    const onRay = new THREE.Vector3();
    const low = new THREE.Vector3();
    const high = new THREE.Vector3();
    for (const { id, self, within, gait } of this.visitors.values()) {
      if (self || within) continue;
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
    this.others?.dispose();
    this.wardrobe.dispose();
    this.bodies?.dispose();
    this.rows.bones.value.dispose();
    this.rows.dress.value.dispose();
  }
}

/** How much larger than the average figure someone is. */
function sizeOf({ tall, build }: Visitor): number {
  return tall > 0 ? tall / HEAD_METRES : (build?.scale ?? 1);
}
