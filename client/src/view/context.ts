import type { Tier } from './change.ts';
import type { Environment } from './environment.ts';
import type { LightUniforms } from './light.ts';
import type { Materials } from './materials.ts';
import type { Loss } from './media/loss.ts';
import type { Showing } from './media/showing.ts';
import type { Models } from './models.ts';
import type * as THREE from './three.ts';

/** One entity as the view holds it. Components hang their objects under `root`. */
export interface Node {
  readonly id: number;
  readonly root: THREE.Group;
  name: string;
  parent: number | null;
  /** Values of the components that are set, by name. */
  readonly values: Map<string, unknown>;
  /** What each component's view made. */
  readonly parts: Map<string, Part>;
  /** It moves by itself: its Transform waits until it rests. */
  carried?: boolean;
}

/** What a component's view keeps for one entity. */
export interface Part {
  /** Takes a new value; without it the part is remade. */
  update?(value: never): void;
  /** Called once a frame. */
  frame?(dt: number, now: number): void;
  /** Called when the drawing tier changes. */
  tier?(tier: Tier): void;
  /** Called when another component of the same entity changed (Color and Shape, say). */
  sibling?(component: string): void;
  dispose(): void;
}

/** A component's view: makes the part of an entity that has the component. */
export type ComponentView = (node: Node, value: never, view: ViewContext) => Part;

/** A point light in the order of the nearest; intensities as in the Light component. */
export interface PointSource {
  readonly object: THREE.Object3D;
  color: THREE.Color;
  intensity: number;
  reach: number;
  /** Half angle of a spot in radians; null shines all round. */
  angle: number | null;
}

/** A time of the world in UTC milliseconds, and how fast it goes: 0 where a past moment stands. */
export interface WorldClock {
  readonly ms: number;
  readonly rate: number;
}

/** What component views may use of the stage. */
export interface ViewContext {
  readonly renderer: THREE.WebGLRenderer;
  readonly scene: THREE.Scene;
  readonly camera: THREE.PerspectiveCamera;
  readonly light: LightUniforms;
  readonly materials: Materials;
  readonly models: Models;
  readonly environment: Environment;
  readonly lights: Set<PointSource>;
  /** The films that are shown, each on its card. */
  readonly films: Set<Showing>;
  /** What could not be loaded. */
  readonly lost: Set<Loss>;
  /** The time of what is shown, by the server's clock. */
  clock(): WorldClock;
  tier(): Tier;
  /** Whether anyone is inside: marks that guide visitors are not for the picture from outside. */
  inhabited(): boolean;
  /** Counts something that is being fetched until it is there; answers the same promise. */
  awaiting<T>(fetching: Promise<T>): Promise<T>;
  /** Something solid came, went or moved. */
  touchColliders(): void;
  /** Baked lamp light came or went. */
  touchLamps(): void;
  /** The hour, clouds and picture that the Sky component asks for. */
  setSky(sky: SkyWish | null): void;
}

export interface SkyWish {
  hour: number;
  hdri: string;
  clouds: number;
  day_minutes: number;
}
