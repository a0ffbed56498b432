import { isScenery, within } from '../../input/reach.ts';
import * as THREE from '../../view/three.ts';
import { Landing } from '../../view/xr/marks.ts';
import { say } from '../../ui/xr/strings.ts';
import type { Hand } from '../../input/xr/hand.ts';
import type { Here } from '../here.ts';
import type { Worn } from './worn.ts';

const LARGE_M = 4; // what is larger is a place, and is not shown in a room
const LOOK_S = 0.5;
const DRIFT_M = 0.001;
const TRUST_M = 0.5; // a room that goes farther at once was not a tracker's correction

/**
 * The world in one's own room: a thing is put where the floor or a table is met, at its true size,
 * and an anchor keeps it there. The log is not touched: it is we who stand elsewhere.
 */
export class Rooming {
  readonly ring = new Landing();
  /** What is to be placed next, or null once it stands. */
  placing = true;
  private readonly here: Here;
  private readonly worn: Worn;
  private readonly session: XRSession;
  private source: XRHitTestSource | null = null;
  private sourceOf: XRSpace | null = null;
  private hit: XRHitTestResult | null = null;
  private readonly spot = new THREE.Vector3();
  private anchor: XRAnchor | null = null;
  /** Where the anchor is in the world; null: to be learnt. */
  private pinned: THREE.Vector3 | null = null;
  private going = false;
  private readonly hidden = new Set<THREE.Object3D>();
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(here: Here, worn: Worn, session: XRSession) {
    this.here = here;
    this.worn = worn;
    this.session = session;
    here.stage.insides().scene.add(this.ring.root);
  }

  /** Lets one place anew. */
  again(): void {
    this.placing = true;
    this.pinned = null;
    this.anchor?.delete();
    this.anchor = null;
  }

  /** The room moved by something else than the tracker: the anchor is elsewhere in the world. */
  moved(): void {
    this.pinned = null;
  }

  /** One frame: true while a press would place something. */
  frame(frame: XRFrame, hands: readonly Hand[], main: Hand, now: number): boolean {
    if (now - this.lookedAt > LOOK_S) {
      this.lookedAt = now;
      this.clear();
    }
    this.aim(main);
    if (!this.placing) {
      this.ring.hide();
      this.follow(frame);
      return false;
    }
    this.hit = this.source && hitOf(frame, this.source);
    const pose = this.hit?.getPose(this.worn.room.space)?.transform.position;
    if (pose) this.ring.show([], this.spot.set(pose.x, pose.y, pose.z));
    else this.ring.hide();
    if (this.hit && !this.going && hands.some(({ select }) => select.began))
      void this.put(this.hit, this.spot.clone());
    return true;
  }

  /** Looks for surfaces along the hand that points, or straight ahead where there is none. */
  private aim(main: Hand): void {
    const space = main.seen && main.solid ? main.source!.targetRaySpace : null;
    if (this.sourceOf === space && this.source) return;
    if (this.going) return;
    this.going = true;
    this.source?.cancel();
    this.source = null;
    this.sourceOf = space;
    const viewer = space ?? this.session.requestReferenceSpace('viewer');
    Promise.resolve(viewer)
      .then((found) => this.session.requestHitTestSource?.({ space: found }))
      .then((source) => (this.source = source ?? null))
      .catch(() => this.here.hud.flash(say.noSurfaces))
      .finally(() => (this.going = false));
  }

  /** Puts the thing at a place of the room: asks to stand where it then is before us. */
  private async put(hit: XRHitTestResult, spot: THREE.Vector3): Promise<void> {
    const { session, walker } = this.here;
    if (!session) return;
    this.going = true;
    try {
      const anchor = (await hit.createAnchor?.()) ?? null;
      const base = this.baseOf(this.thing());
      const { x, y, z } = walker.body.position;
      const way = base.clone().sub(spot);
      await session.do('go', { position: [x + way.x, y, z + way.z] });
      this.worn.room.raise(way.y);
      this.anchor = anchor;
      this.pinned = null;
      this.placing = false;
    } catch {
      this.here.hud.flash(say.cannotGo);
    } finally {
      this.going = false;
    }
  }

  /** What is placed: the nearest thing that one can do something with, or nothing. */
  private thing(): number | null {
    const { session, stage, walker } = this.here;
    const { x, y, z } = walker.body.position;
    const near = within(
      session!.state,
      [x, y, z],
      (id) => stage.worldPosition(id),
      () => 0,
    );
    const found = near.find(({ id }) => !this.isLarge(id));
    return found ? this.wholeOf(found.id) : null;
  }

  /** The thing that a part belongs to. */
  private wholeOf(id: number): number {
    const { state } = this.here.session!;
    let at = id;
    for (let depth = 0; depth < 32; depth++) {
      const parent = state.entities.get(at)?.parent ?? null;
      if (parent === null || isScenery(state, parent) || this.isLarge(parent)) break;
      at = parent;
    }
    return at;
  }

  /** The middle of a thing's underside; without one, the ground before us. */
  private baseOf(id: number | null): THREE.Vector3 {
    const box = id === null ? null : this.here.stage.boundsOf(id);
    if (box) return box.getCenter(new THREE.Vector3()).setY(box.min.y);
    const { body, yaw } = this.here.walker;
    return body.position.clone().add(new THREE.Vector3(-Math.sin(yaw), 0, -Math.cos(yaw)));
  }

  private isLarge(id: number): boolean {
    const size = this.here.stage.boundsOf(id)?.getSize(this.spot);
    return size !== undefined && Math.max(size.x, size.z) > LARGE_M;
  }

  /** A tracker learns where things really are: what stands stays where it was put. */
  private follow(frame: XRFrame): void {
    const { room } = this.worn;
    const pose = this.anchor && frame.getPose(this.anchor.anchorSpace, room.space);
    if (!pose) return;
    const { x, y, z } = pose.transform.position;
    const now = new THREE.Vector3(x, y, z);
    if (!this.pinned) {
      this.pinned = now;
      return;
    }
    const drift = this.pinned.clone().sub(now);
    if (drift.length() < DRIFT_M) return;
    if (drift.length() > TRUST_M) this.pinned = now;
    else room.move(drift);
  }

  /** Hides what is no thing: sky, ground and halls have no place in a room. */
  private clear(): void {
    const { stage, session } = this.here;
    if (!session) return;
    const { entities } = stage.insides();
    for (const { id, parent } of session.state.entities.values()) {
      const root = parent === null ? entities.node(id)?.root : undefined;
      if (!root || this.hidden.has(root)) continue;
      if (!isScenery(session.state, id) && !this.isLarge(id)) continue;
      if (stage.boundsOf(id) === null) continue;
      root.visible = false;
      this.hidden.add(root);
    }
  }

  dispose(): void {
    for (const root of this.hidden) root.visible = true;
    this.source?.cancel();
    this.ring.dispose();
  }

  /** Where the anchor is in the world, for scripts and tests. */
  told() {
    return { placing: this.placing, anchor: this.pinned?.toArray() ?? null };
  }
}

/** The nearest surface of this frame; a source that is too new has none. */
function hitOf(frame: XRFrame, source: XRHitTestSource): XRHitTestResult | null {
  try {
    return frame.getHitTestResults(source)[0] ?? null;
  } catch {
    return null;
  }
}
