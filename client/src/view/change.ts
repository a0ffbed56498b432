/**
 * What the world tells the view: one step of a world's state, with the component's value decoded.
 */
export interface Change {
  kind: 'spawn' | 'change' | 'remove' | 'despawn';
  id: number;
  /** spawn: the name; other kinds leave it out. */
  name?: string;
  /** spawn: the parent's id, or null at the root. */
  parent?: number | null;
  /** change and remove: the component's name. */
  component?: string;
  /** change: the component's fields. */
  value?: unknown;
}

/** A visitor's appearance. */
export interface VisitorLook {
  name: string;
  /** A code of the wardrobe. */
  avatar: string;
  /** The sha256 of a VRM to show in its place, or nothing. */
  vrm: string;
  self: boolean;
  agent: boolean;
}

/** Where a visitor is: y is the height of the feet; `anim` is the low 4 bits of the pose flags. */
export interface VisitorPose {
  x: number;
  y: number;
  z: number;
  yaw: number;
  anim: number;
}

/** What lies under a point of the screen. */
export interface Pick {
  entity: number | null;
  point: [number, number, number];
  distance: number;
  visitor?: string;
}

export type Tier = 'low' | 'medium' | 'high';

/** Figures of the last second of drawing. */
export interface StageStats {
  fps: number;
  frameMs: number;
  drawCalls: number;
  triangles: number;
  geometries: number;
  textures: number;
  programs: number;
  visitors: number;
  /** Visitors that are drawn in a VRM of their own. */
  bodies: number;
  /** What is being fetched to be drawn, beside models. */
  awaited: number;
  quality: Tier;
}
