import { placeListener } from './audio.ts';
import { Avatars } from './avatars/avatars.ts';
import type { Reached } from './avatars/wearing.ts';
import { carry, letBe } from './carried.ts';
import type { Change, Pick, StageStats, Tier, VisitorLook, VisitorPose } from './change.ts';
import { Colliders } from './colliders.ts';
import type { PointSource, SkyWish, ViewContext, WorldClock } from './context.ts';
import { Entities } from './entities.ts';
import { deviceName, recallTier, rememberTier } from './device.ts';
import { Environment } from './environment.ts';
import { dressGround, makeGround } from './ground.ts';
import { LampMap } from './lampmap.ts';
import { lightUniforms } from './light.ts';
import { Materials } from './materials.ts';
import type { Loss } from './media/loss.ts';
import type { Showing } from './media/showing.ts';
import { Models } from './models.ts';
import { Highlight, pickEntity } from './picking.ts';
import { placeLights } from './points.ts';
import { FLAT, Governor, guessTier, isSoftware, type Pace } from './quality.ts';
import * as THREE from './three.ts';

export interface StageOptions {
  quality: 'auto' | Tier;
}

/** What draws a frame in place of the plain picture is given the stage's inside. */
export interface Insides {
  readonly renderer: THREE.WebGLRenderer;
  readonly scene: THREE.Scene;
  readonly camera: THREE.PerspectiveCamera;
  readonly entities: Entities;
  readonly view: ViewContext;
  readonly lightsMax: number;
}

const PIXEL_RATIO_MAX: Record<Tier, number> = { low: 1, medium: 1.5, high: 2 };
const FOV = 50;
const NEAR_M = 0.1;
const NEAR_WORN_M = 0.03; // hands come close to the eyes
const STRAINED = [1, 0.86, 0.75];
const LIGHTS_MAX: Record<Tier, number> = { low: 4, medium: 6, high: 8 };
const DEFAULT_SKY: SkyWish = { hour: 12, hdri: '', clouds: 0.5, day_minutes: 0 };

/**
 * The drawn world: input drives `camera`, the world feeds `apply`, main calls `render` once a
 * frame.
 */
export class Stage {
  readonly camera = new THREE.PerspectiveCamera(FOV, 1, NEAR_M, 900);
  /** Whether one asked their system for less motion: then only people and things move. */
  readonly still = matchMedia('(prefers-reduced-motion: reduce)');
  /** Draws every frame in place of the plain picture: two moments side by side, say. */
  painter: ((insides: Insides) => void) | null = null;
  /** Tells the time of what is shown; our own clock's until somebody knows the server's. */
  clock: () => WorldClock = () => ({ ms: Date.now(), rate: 1 });
  readonly films = new Set<Showing>();
  readonly lost = new Set<Loss>();
  private readonly renderer: THREE.WebGLRenderer;
  private readonly view: ViewContext;
  private readonly scene = new THREE.Scene();
  private readonly light = lightUniforms();
  private readonly materials = new Materials(this.light);
  private readonly models: Models;
  private readonly environment: Environment;
  private readonly entities: Entities;
  private readonly avatars: Avatars;
  private readonly solids: Colliders;
  private readonly lamps = new LampMap(this.light);
  private readonly outline = new Highlight();
  readonly ground: THREE.Mesh;
  private readonly governor: Governor;
  private readonly lights = new Set<PointSource>();
  private readonly raycaster = new THREE.Raycaster();
  private tier: Tier;
  private automatic: boolean;
  private worn = false;
  private roomSeen = false;
  private sky: SkyWish | null = null;
  private hdri = '';
  private fixedHour: number | null = null;
  private lampsStale = false;
  private awaited = 0;
  private lightsPlacedAt = -1;
  private frameTimes: number[] = [];
  private size = { width: 1, height: 1, dpr: 1 };

  constructor(canvas: HTMLCanvasElement, options: StageOptions) {
    const device = deviceName();
    const guess = recallTier() ?? guessTier(device, matchMedia('(pointer: coarse)').matches);
    this.automatic = options.quality === 'auto';
    this.tier = options.quality === 'auto' ? guess : options.quality;
    this.governor = new Governor(this.tier, isSoftware(device) ? 'low' : 'high');
    this.renderer = new THREE.WebGLRenderer({
      canvas,
      antialias: this.tier !== 'low',
      powerPreference: 'high-performance',
    });
    this.renderer.toneMapping = THREE.NeutralToneMapping;
    this.renderer.shadowMap.type = THREE.PCFShadowMap;
    this.models = new Models(this.renderer);
    this.environment = new Environment(this.scene, this.renderer, this.light);
    this.view = this.context();
    this.entities = new Entities(this.view);
    this.avatars = new Avatars(this.view);
    this.ground = makeGround();
    this.scene.add(this.entities.root, this.ground);
    this.solids = new Colliders(this.entities.root);
    this.camera.position.set(-3.4, 2.7, 20.5);
    this.camera.lookAt(1, 3.9, -14);
    this.useTier(this.tier);
  }

  private context(): ViewContext {
    return {
      renderer: this.renderer,
      scene: this.scene,
      camera: this.camera,
      light: this.light,
      materials: this.materials,
      models: this.models,
      environment: this.environment,
      lights: this.lights,
      films: this.films,
      lost: this.lost,
      clock: () => this.clock(),
      tier: () => this.tier,
      inhabited: () => this.avatars.count > 0,
      awaiting: (fetching) => {
        this.awaited += 1;
        const over = () => (this.awaited -= 1);
        fetching.then(over, over);
        return fetching;
      },
      touchColliders: () => this.solids?.touch(),
      touchLamps: () => {
        this.lampsStale = true;
      },
      setSky: (sky) => {
        this.sky = sky;
      },
    };
  }

  /** Takes one step of the world's state; a spawn comes before its components' changes. */
  apply(change: Change): void {
    this.entities.apply(change);
  }
  /** Forgets every entity and visitor (a new snapshot follows). */
  reset(): void {
    this.outline.show(null, null);
    this.entities.reset();
    this.avatars.reset();
  }

  setVisitor(id: string, visitor: VisitorLook): void {
    this.avatars.set(id, visitor);
  }
  moveVisitor(id: string, pose: VisitorPose): void {
    this.avatars.move(id, pose);
  }
  /** Shows where the head and hands of someone with a headset are; null: as everyone's again. */
  reach(id: string, reached: Reached | null): void {
    this.avatars.reach(id, reached);
  }
  /** How someone is shown: what a headset does to it, and the face. */
  seen(id: string) {
    return this.avatars.seen(id);
  }
  removeVisitor(id: string): void {
    this.avatars.remove(id);
  }
  /** Shows a speech bubble over a visitor for a few seconds. */
  say(id: string, text: string): void {
    this.avatars.say(id, text);
  }

  /** Meshes in world coordinates with `geometry.boundsTree` set; grows as models arrive. */
  colliders(): THREE.Mesh[] {
    return this.solids.current();
  }
  /** Whether all that has loaded and is solid is in `colliders()` by now. */
  settled(): boolean {
    return this.models.loading().total === 0 && this.solids.settled();
  }

  /**
   * What is under a point of the picture (−1..1, y up): entity, visitor, or null for sky and
   * ground.
   */
  pick(ndcX: number, ndcY: number): Pick | null {
    this.camera.updateMatrixWorld();
    this.raycaster.setFromCamera(new THREE.Vector2(ndcX, ndcY), this.camera);
    return this.pickNow();
  }

  /** The same along a ray of the world, as a hand points. */
  pickAlong(ray: THREE.Ray): Pick | null {
    this.raycaster.ray.copy(ray);
    this.raycaster.near = 0;
    this.raycaster.far = Number.POSITIVE_INFINITY;
    return this.pickNow();
  }

  private pickNow(): Pick | null {
    const entity = pickEntity(this.raycaster, this.entities.root, this.solids);
    const visitor = this.avatars.pick(this.raycaster.ray);
    if (visitor && (!entity || visitor.distance < entity.distance)) return visitor;
    return entity ?? this.pickGround();
  }

  private pickGround(): Pick | null {
    const { origin, direction } = this.raycaster.ray;
    if (!this.ground.visible || direction.y >= -1e-3 || origin.y <= 0) return null;
    const distance = origin.y / -direction.y;
    const point = this.raycaster.ray.at(distance, new THREE.Vector3()).toArray();
    return distance < 200 ? { entity: null, point, distance } : null;
  }

  highlight(entity: number | null): void {
    this.outline.show(entity, entity === null ? null : (this.entities.node(entity)?.root ?? null));
  }
  worldPosition(entity: number): [number, number, number] | null {
    const node = this.entities.node(entity);
    if (!node) return null;
    return node.root.getWorldPosition(new THREE.Vector3()).toArray();
  }
  worldRotation(entity: number): THREE.Quaternion {
    const turn = new THREE.Quaternion();
    return this.entities.node(entity)?.root.getWorldQuaternion(turn) ?? turn;
  }
  /** Shows an entity somewhere in the world, whatever its Transform says, until `letBe`. */
  carry(entity: number, position: readonly number[], rotation: readonly number[]): void {
    const node = this.entities.node(entity);
    if (node && carry(node, position, rotation)) this.solids.touch();
  }
  letBe(entity: number): void {
    const node = this.entities.node(entity);
    if (node) letBe(node);
    this.solids.touch();
  }
  /** Where an entity is in the picture (−1..1, y up); null behind the eye. */
  onScreen(entity: number): [number, number] | null {
    const where = this.worldPosition(entity);
    if (!where) return null;
    this.camera.updateMatrixWorld();
    const { x, y, z } = new THREE.Vector3(...where).project(this.camera);
    return z < 1 ? [x, y] : null;
  }
  /** Where an entity's Transform has it in the world. */
  loggedPosition(entity: number): [number, number, number] | null {
    const node = this.entities.node(entity);
    const value = node?.values.get('Transform') as { position: readonly number[] } | undefined;
    if (!node || !value) return null;
    const place = new THREE.Vector3().fromArray([...value.position]);
    return (node.root.parent?.localToWorld(place) ?? place).toArray();
  }
  /** What stands for a model that is not there: `waiting` or `failed`; else null. */
  standIn(entity: number): string | null {
    return (this.entities.node(entity)?.root.userData['shows'] as string | undefined) ?? null;
  }
  boundsOf(entity: number): THREE.Box3 | null {
    const node = this.entities.node(entity);
    if (!node) return null;
    const box = new THREE.Box3().setFromObject(node.root);
    return box.isEmpty() ? null : box;
  }

  /** Bytes of models that have come and that are awaited; both 0 when nothing loads. */
  loading(): { done: number; total: number } {
    return this.models.loading();
  }
  quality(): Tier {
    return this.tier;
  }
  setQuality(quality: StageOptions['quality']): void {
    this.automatic = quality === 'auto';
    if (quality !== 'auto') this.useTier(quality);
  }
  /** Sets the hour of day 0..24; null gives it back to the world's Sky component. */
  setHour(hour: number | null): void {
    this.fixedHour = hour;
  }

  private useTier(tier: Tier): void {
    this.tier = tier;
    this.governor.tier = tier;
    this.renderer.shadowMap.enabled = tier !== 'low';
    this.environment.setTier(tier);
    this.entities.setTier(tier);
    dressGround(this.ground, this.materials, tier);
    this.avatars.setTier(tier);
    this.applySize();
  }

  /** Draws one frame; dt and now are seconds. */
  render(dt: number, now: number): void {
    this.measure(dt, now);
    if (!this.still.matches) this.light.uTime.value = now % 3600; // clouds, water, leaves
    this.setSkyNow();
    this.environment.update(this.camera, now);
    this.entities.frame(dt, now);
    this.avatars.frame(dt, now);
    if (now - this.lightsPlacedAt > 0.2) {
      this.lightsPlacedAt = now;
      placeLights(this.lights, this.camera, this.light, LIGHTS_MAX[this.tier]);
      this.ground.visible = !this.roomSeen && !this.hasLand();
      const { elements: e } = this.camera.matrixWorld;
      placeListener(this.camera.position, { x: -e[8]!, y: -e[9]!, z: -e[10]! });
    }
    if (this.painter && !this.worn) this.painter(this.insides());
    else this.renderer.render(this.scene, this.camera);
    this.solids.step();
    if (this.lampsStale) {
      this.lampsStale = false;
      this.lamps.rebuild(this.entities.root);
    }
  }

  /** Draws for a headset's eyes, or for the page again; `room`: with the room around one seen. */
  wear(on: boolean, room = false): void {
    this.worn = on;
    this.renderer.xr.enabled = on;
    this.avatars.selfHidden = on;
    this.roomSeen = on && room;
    this.environment.dome.mesh.visible = !this.roomSeen;
    this.camera.near = on ? NEAR_WORN_M : NEAR_M;
    this.governor.follow(FLAT, performance.now() / 1000);
    if (on) return;
    this.camera.fov = FOV;
    this.applySize();
  }

  /** How far pixels are saved as well; null for who chose a tier and gets all its pixels. */
  get strain(): number | null {
    return this.automatic ? this.governor.strain : null;
  }

  /** Frames are judged by a headset's own pace from now on. */
  keepPace(pace: Pace, now: number): void {
    this.governor.follow(pace, now);
  }

  /** What others draw with: panels in the world, two moments side by side. */
  insides(): Insides {
    const { renderer, scene, camera, entities, view, tier } = this;
    return { renderer, scene, camera, entities, view, lightsMax: LIGHTS_MAX[tier] };
  }

  private hasLand(): boolean {
    let found = false;
    this.entities.root.traverseVisible((child) => {
      found ||= child.userData['surface'] === 'land';
    });
    return found;
  }

  private setSkyNow(): void {
    const sky = this.sky ?? DEFAULT_SKY;
    const turned = sky.day_minutes > 0 ? (this.clock().ms / 60_000 / sky.day_minutes) * 24 : 0;
    this.environment.setHour(this.fixedHour ?? (sky.hour + turned) % 24, sky.clouds);
    if (sky.hdri === this.hdri) return;
    this.hdri = sky.hdri;
    this.loadHdri(sky.hdri).catch((error: unknown) => console.warn('sky:', error));
  }

  private async loadHdri(name: string): Promise<void> {
    const { loadHdri } = await import('./hdri.ts');
    const picture = name ? await loadHdri(name, this.renderer) : null;
    if (this.hdri === name) this.environment.setHdri(picture);
    else picture?.dispose();
  }

  private measure(dt: number, now: number): void {
    this.frameTimes.push(dt * 1000);
    if (this.frameTimes.length > 60) this.frameTimes.shift();
    if (!this.automatic) return;
    const next = this.governor.frame(dt * 1000, now, !this.settled());
    if (!next) return;
    rememberTier(next);
    this.useTier(next);
  }

  resize(width: number, height: number, dpr: number): void {
    this.size = { width, height, dpr };
    this.applySize();
  }
  private applySize(): void {
    const { width, height, dpr } = this.size;
    if (this.worn) return; // a headset has a size of its own
    const save = this.tier === 'low' ? STRAINED[this.strain ?? 0]! : 1;
    this.renderer.setPixelRatio(Math.min(dpr, PIXEL_RATIO_MAX[this.tier]) * save);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / Math.max(1, height);
    this.camera.updateProjectionMatrix();
  }

  stats(): StageStats {
    const { render, memory, programs } = this.renderer.info;
    const mean = this.frameTimes.reduce((a, b) => a + b, 0) / Math.max(1, this.frameTimes.length);
    return {
      fps: mean > 0 ? 1000 / mean : 0,
      frameMs: mean,
      drawCalls: render.calls,
      triangles: render.triangles,
      geometries: memory.geometries,
      textures: memory.textures,
      programs: programs?.length ?? 0,
      visitors: this.avatars.count,
      bodies: this.avatars.own,
      awaited: this.awaited,
      quality: this.tier,
    };
  }

  dispose(): void {
    this.reset();
    this.outline.dispose();
    this.avatars.dispose();
    this.solids.dispose();
    this.lamps.dispose();
    this.models.dispose();
    this.materials.dispose();
    this.environment.dispose();
    this.renderer.dispose();
  }
}
