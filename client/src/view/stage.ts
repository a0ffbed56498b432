import type { Change, Pick, StageStats, VisitorLook, VisitorPose } from './change';
import * as THREE from './three';

export interface StageOptions {
  quality: 'auto' | 'low' | 'medium' | 'high';
}

/** The drawn world: input drives `camera`, the world feeds `apply`, main calls `render` once a frame. */
export class Stage {
  readonly camera = new THREE.PerspectiveCamera(58, 1, 0.1, 900);
  private readonly renderer: THREE.WebGLRenderer;
  private readonly scene = new THREE.Scene();

  constructor(canvas: HTMLCanvasElement, _options: StageOptions) {
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: false });
    this.scene.background = new THREE.Color('#bcd9ea');
    this.camera.position.set(-3.4, 2.7, 20.5);
    this.camera.lookAt(1, 3.9, -14);
  }

  /** Takes one step of the world's state; a spawn comes before its components' changes. */
  apply(_change: Change): void {}
  /** Forgets every entity and visitor (a new snapshot follows). */
  reset(): void {}

  setVisitor(_id: string, _visitor: VisitorLook): void {}
  moveVisitor(_id: string, _pose: VisitorPose): void {}
  removeVisitor(_id: string): void {}
  /** Shows a speech bubble over a visitor for a few seconds. */
  say(_id: string, _text: string): void {}

  /** Meshes in world coordinates with `geometry.boundsTree` set; grows as models arrive. */
  colliders(): THREE.Mesh[] {
    return [];
  }
  pick(_ndcX: number, _ndcY: number): Pick | null {
    return null;
  }
  highlight(_entity: number | null): void {}
  worldPosition(_entity: number): [number, number, number] | null {
    return null;
  }
  boundsOf(_entity: number): THREE.Box3 | null {
    return null;
  }

  loading(): { done: number; total: number } {
    return { done: 0, total: 0 };
  }
  quality(): string {
    return 'low';
  }
  setQuality(_quality: StageOptions['quality']): void {}
  /** Sets the hour of day 0..24; null gives it back to the world's Sky component. */
  setHour(_hour: number | null): void {}

  /** Draws one frame; dt and now are seconds. */
  render(_dt: number, _now: number): void {
    this.renderer.render(this.scene, this.camera);
  }
  resize(width: number, height: number, dpr: number): void {
    this.renderer.setPixelRatio(dpr);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / Math.max(1, height);
    this.camera.updateProjectionMatrix();
  }
  stats(): StageStats {
    const { render, memory, programs } = this.renderer.info;
    return {
      fps: 0,
      frameMs: 0,
      drawCalls: render.calls,
      triangles: render.triangles,
      geometries: memory.geometries,
      textures: memory.textures,
      programs: programs?.length ?? 0,
      visitors: 0,
      quality: 'low',
    };
  }
  dispose(): void {
    this.renderer.dispose();
  }
}
