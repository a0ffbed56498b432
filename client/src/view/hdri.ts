import * as THREE from './three.ts';

/**
 * Pictures of skies that are packed with the client (CC0, @pmndrs/assets); each is a chunk of its
 * own.
 */
const packed: Readonly<Record<string, () => Promise<{ default: string }>>> = {
  city: () => import('@pmndrs/assets/hdri/city.exr.js'),
  dawn: () => import('@pmndrs/assets/hdri/dawn.exr.js'),
  forest: () => import('@pmndrs/assets/hdri/forest.exr.js'),
  night: () => import('@pmndrs/assets/hdri/night.exr.js'),
  park: () => import('@pmndrs/assets/hdri/park.exr.js'),
  studio: () => import('@pmndrs/assets/hdri/studio.exr.js'),
  sunset: () => import('@pmndrs/assets/hdri/sunset.exr.js'),
};

/** Loads a packed picture for image-based light; null for a name that is not packed. */
export async function loadHdri(
  name: string,
  renderer: THREE.WebGLRenderer,
): Promise<THREE.Texture | null> {
  const find = packed[name];
  if (!find) return null;
  const [{ default: url }, { EXRLoader }] = await Promise.all([
    find(),
    import('three/examples/jsm/loaders/EXRLoader.js'),
  ]);
  const picture = await new EXRLoader().loadAsync(url);
  picture.mapping = THREE.EquirectangularReflectionMapping;
  const pmrem = new THREE.PMREMGenerator(renderer);
  const { texture } = pmrem.fromEquirectangular(picture);
  picture.dispose();
  pmrem.dispose();
  return texture;
}
