import { castRay } from '../input/body.ts';
import { isPlacedName } from '../world/naming.ts';
import type { Ndc } from '../input/pointer.ts';
import { answering } from '../input/reach.ts';
import { titleOf } from '../world/naming.ts';
import * as THREE from '../view/three.ts';
import type { Transform } from '../world/components.generated.ts';
import { DEFAULTS } from '../world/components.generated.ts';
import type { StateChange } from '../world/state.ts';
import { ask, type Here } from './here.ts';

/** A point of the picture, or the ray of a hand. */
export type Aim = Ndc | THREE.Ray;

const BUILDERS = ['owner', 'builder'];
const KEEP_MS = 250; // changes by keys and buttons are gathered for so long

const ray = new THREE.Raycaster();
const DOWN = new THREE.Vector3(0, -1, 0);

/** Changing a thing that stands in the world: shown at once, kept when the hand lets go. */
export class Placing {
  private readonly here: Here;
  private selected: number | null = null;
  /** Where our hand has put it, until the world agrees. */
  private moved: Transform | null = null;
  private unsent = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(here: Here) {
    this.here = here;
  }

  /** Whether we may build here. */
  get allowed(): boolean {
    return !this.here.time.past && BUILDERS.includes(this.here.session?.me?.role ?? '');
  }

  /** Takes a thing in hand, or lets go of it. */
  select(id: number | null): void {
    if (id === this.selected) return;
    void this.keep();
    this.moved = null;
    this.selected = id;
    const { hud, session, stage } = this.here;
    hud.placeBar.show(id === null || !session ? null : titleOf(session.state, id));
    stage.highlight(id);
    if (id === null) document.getElementById('stage')?.focus();
  }

  /** Called when an entity is gone, by whomever. */
  gone(id: number): void {
    if (id !== this.selected) return;
    this.moved = null;
    this.select(null);
  }

  private transform(): Transform {
    const now =
      this.selected === null
        ? undefined
        : this.here.session?.state.value(this.selected, 'Transform');
    return this.moved ?? now ?? DEFAULTS.Transform;
  }

  private show(transform: Transform): void {
    if (this.selected === null) return;
    this.moved = transform;
    this.unsent = true;
    this.here.mirror.change({
      kind: 'change',
      id: this.selected,
      component: 'Transform',
      value: transform,
    });
    clearTimeout(this.timer);
  }

  private keepSoon(): void {
    this.timer = setTimeout(() => void this.keep(), KEEP_MS);
  }

  private async keep(): Promise<void> {
    clearTimeout(this.timer);
    const id = this.selected;
    const sent = this.moved;
    if (id === null || !sent || !this.unsent) return;
    this.unsent = false;
    const { position, rotation, scale } = sent;
    const fields = { position, rotation, scale };
    await ask(this.here, 'set', { entity: `e${id}`, component: 'Transform', fields });
    if (this.moved === sent) this.moved = null;
    if (this.selected === id && this.moved) return; // it went on under our hand meanwhile
    const value = this.here.session?.state.value(id, 'Transform');
    if (value) this.here.mirror.change({ kind: 'change', id, component: 'Transform', value });
  }

  /** Whether an echo must not move what the hand still holds elsewhere. */
  guards({ id, component }: StateChange): boolean {
    return this.moved !== null && id === this.selected && component === 'Transform';
  }

  /** True when the point is on the thing in hand: a drag then moves it. */
  grab(at: Aim): boolean {
    const { session, stage } = this.here;
    if (this.selected === null || !session) return false;
    const hit = 'origin' in at ? stage.pickAlong(at) : stage.pick(at.x, at.y);
    return hit?.entity != null && answering(session.state, hit.entity) === this.selected;
  }

  /** Moves the thing in hand over the ground under the pointer. */
  drag(at: Aim): void {
    const transform = this.transform();
    const height = transform.position[1];
    if ('origin' in at) ray.ray.copy(at);
    else ray.setFromCamera(new THREE.Vector2(at.x, at.y), this.here.stage.camera);
    const { origin, direction } = ray.ray;
    const way = (height - origin.y) / direction.y;
    if (!(way > 0) || way > 60) return;
    const { x, z } = ray.ray.at(way, new THREE.Vector3());
    this.show({ ...transform, position: [x, this.groundAt(x, height, z), z] });
  }

  release(): void {
    void this.keep();
  }

  /** The ground's height near a height, not counting the thing itself. */
  private groundAt(x: number, near: number, z: number): number {
    const others = this.here.stage
      .colliders()
      .filter((mesh) => mesh.userData['entity'] !== this.selected);
    return castRay(others, new THREE.Vector3(x, near + 2.5, z), DOWN, 20)?.point.y ?? near;
  }

  turn(radians: number): void {
    const transform = this.transform();
    const turned = new THREE.Quaternion()
      .setFromAxisAngle(new THREE.Vector3(0, 1, 0), radians)
      .multiply(new THREE.Quaternion(...transform.rotation));
    this.show({ ...transform, rotation: turned.toArray() as Transform['rotation'] });
    this.keepSoon();
  }

  grow(factor: number): void {
    const transform = this.transform();
    const scale = transform.scale.map((side) => Math.min(100, Math.max(0.01, side * factor)));
    this.show({ ...transform, scale: scale as Transform['scale'] });
    this.keepSoon();
  }

  /** Moves by metres to the picture's right and toward us. */
  nudge(right: number, back: number): void {
    const { yaw } = this.here.walker.rig;
    const transform = this.transform();
    const [x, y, z] = transform.position;
    const east = x + right * Math.cos(yaw) + back * Math.sin(yaw);
    const south = z - right * Math.sin(yaw) + back * Math.cos(yaw);
    this.show({ ...transform, position: [east, this.groundAt(east, y, south), south] });
    this.keepSoon();
  }

  async remove(): Promise<void> {
    const id = this.selected;
    if (id === null) return;
    this.moved = null;
    await ask(this.here, 'despawn', { entity: `e${id}` });
  }

  /** The keys of the thing in hand; true when the key was one of them. */
  get holding(): number | null {
    return this.selected;
  }

  /** Selects a thing that we placed a moment ago. */
  placed(name: string): void {
    const id = this.here.session?.state.find(name)?.id;
    if (id !== undefined && isPlacedName(this.here.session!.state.entities.get(id)!.name))
      this.select(id);
  }
}
