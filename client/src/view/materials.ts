import type { Tier } from './change.ts';
import type { LightUniforms } from './light.ts';
import { fallMaterial, veilMaterial, waterMaterial } from './liquid.ts';
import { type PatchOptions, patchLit, patchVertexLit } from './patch.ts';
import { isBaked, type Surface } from './surfaces.ts';
import * as THREE from './three.ts';

const roughness: Partial<Record<Surface, number>> = {
  stone: 0.78,
  leaf: 0.9,
  grass: 1,
  land: 1,
  hill: 1,
  avatar: 0.72,
  shape: 0.55,
};

/** Makes and keeps the materials of a stage: Standard for medium and high, vertex-lit for low. */
export class Materials {
  private readonly kept = new Map<string, THREE.Material>();
  private readonly plain = new Map<THREE.Material, THREE.Material>();

  constructor(private readonly light: LightUniforms) {}

  /** A shared material of a baked surface at a tier. */
  surface(surface: Surface, tier: Tier, lit: boolean, map: THREE.Texture | null): THREE.Material {
    const low = tier === 'low';
    const key = `${surface}|${low}|${lit}|${map?.uuid ?? ''}`;
    let material = this.kept.get(key);
    if (!material) {
      material = this.make({ surface, lit, map }, low);
      this.kept.set(key, material);
    }
    return material;
  }

  private make(options: PatchOptions, low: boolean): THREE.Material {
    switch (options.surface) {
      case 'water':
        return waterMaterial(this.light, low);
      case 'fall':
        return fallMaterial(this.light);
      case 'veil':
        return veilMaterial(this.light);
      case 'glow':
      case 'glass':
        return this.glow();
      default:
        return this.opaque(options, low, new THREE.Color(1, 1, 1), 0);
    }
  }

  /**
   * A lit material in our light; colour and glow are per material (shapes), the rest from the
   * surface.
   */
  opaque(options: PatchOptions, low: boolean, color: THREE.Color, glow: number): THREE.Material {
    const { surface } = options;
    const map = options.map ?? null;
    const common = {
      color,
      map,
      alphaTest: map ? 0.5 : 0,
      vertexColors: isBaked(surface),
      side: surface === 'leaf' || surface === 'grass' ? THREE.DoubleSide : THREE.FrontSide,
    };
    if (low) {
      const material = new THREE.MeshBasicMaterial(common);
      material.userData['glow'] = glow;
      patchVertexLit(material, this.light, options);
      return material;
    }
    const material = new THREE.MeshStandardMaterial({
      ...common,
      roughness: roughness[surface] ?? 0.8,
      metalness: 0,
      emissive: color,
      emissiveIntensity: glow,
    });
    patchLit(material, this.light, options);
    return material;
  }

  private glow(): THREE.Material {
    const material = new THREE.MeshBasicMaterial({ vertexColors: true });
    const { uGlass } = this.light;
    material.onBeforeCompile = (shader) => {
      shader.uniforms['uGlass'] = uGlass;
      shader.fragmentShader = shader.fragmentShader
        .replace('#include <common>', '#include <common>\nuniform float uGlass;')
        .replace(
          '#include <color_fragment>',
          '#include <color_fragment>\ndiffuseColor.rgb*=uGlass;',
        );
    };
    material.customProgramCacheKey = () => 'wl-glow';
    return material;
  }

  /**
   * A visitor's own glTF material in our light; in the low tier a Lambert with the same pictures.
   */
  foreign(source: THREE.Material, tier: Tier): THREE.Material {
    if (!(source instanceof THREE.MeshStandardMaterial)) return source;
    if (tier !== 'low') {
      if (!source.userData['patched']) {
        source.userData['patched'] = true;
        patchLit(source, this.light, { surface: 'plain', lit: false });
        source.needsUpdate = true;
      }
      return source;
    }
    let cheap = this.plain.get(source);
    if (!cheap) {
      cheap = lambertOf(source);
      patchLit(cheap, this.light, { surface: 'plain', lit: false });
      this.plain.set(source, cheap);
    }
    return cheap;
  }

  /** Frees the stand-in of a foreign material that goes away. */
  forget(source: THREE.Material): void {
    this.plain.get(source)?.dispose();
    this.plain.delete(source);
  }

  dispose(): void {
    for (const material of this.kept.values()) material.dispose();
    for (const material of this.plain.values()) material.dispose();
    this.kept.clear();
    this.plain.clear();
  }
}

function lambertOf(source: THREE.MeshStandardMaterial): THREE.MeshLambertMaterial {
  return new THREE.MeshLambertMaterial({
    color: source.color,
    map: source.map,
    emissive: source.emissive,
    emissiveMap: source.emissiveMap,
    emissiveIntensity: source.emissiveIntensity,
    alphaTest: source.alphaTest,
    transparent: source.transparent,
    opacity: source.opacity,
    side: source.side,
    vertexColors: source.vertexColors,
  });
}
