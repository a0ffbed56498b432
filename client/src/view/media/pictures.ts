import type { Tier } from '../change.ts';
import type { ViewContext } from '../context.ts';
import * as THREE from '../three.ts';

/** A picture ready to draw; `clear`: some of it may be seen through. */
export interface Picture {
  texture: THREE.Texture;
  width: number;
  height: number;
  clear: boolean;
}

interface Kept {
  promise: Promise<Picture>;
  uses: number;
}

const PIXELS_MAX: Record<Tier, number> = { low: 1024, medium: 2048, high: 4096 };
const kept = new Map<string, Kept>();

/** A picture by its asset, loaded once; every `take` needs one `release`. */
export function takePicture(asset: string, view: ViewContext): Promise<Picture> {
  let entry = kept.get(asset);
  if (!entry) {
    entry = { promise: view.awaiting(load(asset, PIXELS_MAX[view.tier()])), uses: 0 };
    kept.set(asset, entry);
    entry.promise.catch(() => kept.delete(asset));
  }
  entry.uses += 1;
  return entry.promise;
}

export function releasePicture(asset: string): void {
  const entry = kept.get(asset);
  if (!entry) return;
  entry.uses -= 1;
  if (entry.uses > 0) return;
  kept.delete(asset);
  entry.promise.then(
    ({ texture }) => {
      texture.dispose();
      (texture.image as ImageBitmap).close();
    },
    () => undefined,
  );
}

async function load(asset: string, pixels: number): Promise<Picture> {
  const answer = await fetch(`/assets/${asset}`);
  if (!answer.ok) throw new Error(`picture ${asset}`, { cause: answer.status });
  const blob = await answer.blob();
  let bitmap = await createImageBitmap(blob, {
    imageOrientation: 'flipY',
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
  const { width, height } = bitmap;
  const share = pixels / Math.max(width, height);
  if (share < 1) {
    const whole = bitmap;
    bitmap = await createImageBitmap(whole, {
      resizeWidth: Math.max(1, Math.round(width * share)),
      resizeHeight: Math.max(1, Math.round(height * share)),
      resizeQuality: 'high',
    });
    whole.close();
  }
  const texture = new THREE.Texture(bitmap);
  texture.colorSpace = THREE.SRGBColorSpace;
  texture.flipY = false; // a bitmap is turned when it is made
  texture.anisotropy = 8;
  texture.needsUpdate = true;
  return { texture, width, height, clear: blob.type !== 'image/jpeg' };
}
