import type { Pick, Tier, VisitorLook, VisitorPose } from './change';
import type { ViewContext } from './context';
import type * as THREE from './three';

export class Avatars {
  count = 0;
  constructor(_view: ViewContext) {}
  set(_id: string, _visitor: VisitorLook): void {}
  move(_id: string, _pose: VisitorPose): void {}
  remove(_id: string): void {}
  say(_id: string, _text: string): void {}
  reset(): void {}
  setTier(_tier: Tier): void {}
  frame(_dt: number, _now: number): void {}
  pick(_ray: THREE.Ray): Pick | null {
    return null;
  }
  dispose(): void {}
}
