import type { Tier } from '../change.ts';
import type { ViewContext } from '../context.ts';
import { patchLit, patchVertexLit } from '../patch.ts';
import * as THREE from '../three.ts';

/** How many visitors are drawn with joints. */
export const NEAR_ROWS = 48;
/** Texels of a near visitor's row of joints: three for each of up to 32. */
export const BONE_TEXELS = 96;
/** Texels of a visitor's row of dress: a colour for each slot, then the state. */
export const DRESS_TEXELS = 16;
/** (phase, swing, hair lies flat under a hat, 0). */
export const STATE_TEXEL = 10;

/** The layer of those whom only mirrors show: who looks, where that is from within. */
export const MIRRORED = 3;

const OWN = 9; // the slot whose colour is its own
const HAIR = 1;

/** What every crowd reads: each near visitor's joints, and each visitor's colours. */
export interface Rows {
  bones: { value: THREE.DataTexture };
  dress: { value: THREE.DataTexture };
}

const pars = /* glsl */ `
uniform highp sampler2D uBones,uDress;
attribute vec2 aRow;attribute float _slot;
vec4 wlDress(int x){return texelFetch(uDress,ivec2(x,int(aRow.x)),0);}
vec4 wlBone(int x){return texelFetch(uBones,ivec2(x,int(aRow.y)),0);}`;

// COLOR_0 of a quarter is the slot's colour, so that it may be brighter, too.
const paint = /* glsl */ `
  int wlSlot=int(_slot+.5);
  vColor*=4.;
  if(wlSlot<${OWN})vColor.rgb*=wlDress(wlSlot).rgb;`;

// Hair that stands out further than a skull does would come through a hat.
const skin = /* glsl */ `
  vec3 wlRaw=position;
  if(int(_slot+.5)==${HAIR}&&wlRaw.y>1.555&&wlDress(${STATE_TEXEL}).z>.5){
    vec3 wlOut=(wlRaw-vec3(0.,1.52,.006))/vec3(.094,.139,.1085);float wlFar=length(wlOut);
    if(wlFar>1.)wlRaw=mix(wlRaw,vec3(0.,1.52,.006)+wlOut/wlFar*vec3(.094,.139,.1085),smoothstep(1.555,1.585,wlRaw.y)); }
  vec4 wlA=vec4(0.),wlB=vec4(0.),wlC=vec4(0.);
  for(int i=0;i<4;i++){float w=skinWeight[i];if(w<.004)continue;int x=int(skinIndex[i]+.5)*3;
    wlA+=wlBone(x)*w;wlB+=wlBone(x+1)*w;wlC+=wlBone(x+2)*w;}`;

/** How a vertex is moved: reads `wlBone` and `wlDress`. */
export interface Moved {
  readonly name: string;
  readonly pars: string;
  readonly normal: string;
  readonly place: string;
}

/** By joints. */
export const skinned: Moved = {
  name: 'skin',
  pars: 'attribute vec4 skinIndex;attribute vec4 skinWeight;',
  normal: `${skin}objectNormal=normalize(vec3(dot(wlA.xyz,objectNormal),dot(wlB.xyz,objectNormal),dot(wlC.xyz,objectNormal)));`,
  place:
    'transformed=vec3(dot(wlA,vec4(wlRaw,1.)),dot(wlB,vec4(wlRaw,1.)),dot(wlC,vec4(wlRaw,1.)));',
};

/** One instanced mesh of many visitors; each instance reads its joints and colours from its row. */
export class Crowd {
  readonly mesh: THREE.InstancedMesh;
  private readonly view: ViewContext;
  private readonly from: Rows;
  private readonly moved: Moved;
  private readonly thin: boolean;
  private readonly rows: THREE.InstancedBufferAttribute;
  /** How many of those that were added, the last ones, only mirrors show. */
  private within = 0;

  constructor(
    view: ViewContext,
    from: Rows,
    geometry: THREE.BufferGeometry,
    capacity: number,
    moved: Moved,
    thin = false,
  ) {
    this.view = view;
    this.from = from;
    this.moved = moved;
    this.thin = thin;
    this.rows = new THREE.InstancedBufferAttribute(new Float32Array(capacity * 2), 2);
    geometry.setAttribute('aRow', this.rows);
    this.mesh = new THREE.InstancedMesh(geometry, undefined, capacity);
    this.mesh.frustumCulled = false;
    this.mesh.count = 0;
    this.mesh.raycast = () => undefined;
    this.mesh.receiveShadow = true;
    let shown = 0;
    this.mesh.onBeforeRender = (_, __, { layers }) => {
      shown = this.mesh.count;
      if (layers.isEnabled(MIRRORED)) this.mesh.count += this.within;
    };
    this.mesh.onAfterRender = () => (this.mesh.count = shown);
  }

  setTier(tier: Tier): void {
    const old = this.mesh.material as THREE.Material;
    const low = tier === 'low';
    const side = this.thin ? THREE.DoubleSide : THREE.FrontSide;
    const options = {
      surface: 'avatar' as const,
      lit: false,
      pars: pars + this.moved.pars,
      normal: paint + this.moved.normal,
      begin: this.moved.place,
      uniforms: { uBones: this.from.bones, uDress: this.from.dress },
    };
    if (low) {
      const material = new THREE.MeshBasicMaterial({ vertexColors: true, side });
      patchVertexLit(material, this.view.light, options);
      this.mesh.material = material;
    } else {
      const plain = { vertexColors: true, roughness: 0.72, side };
      const material = new THREE.MeshStandardMaterial(plain);
      patchLit(material, this.view.light, options);
      this.mesh.material = material;
    }
    const key = this.mesh.material.customProgramCacheKey();
    this.mesh.material.customProgramCacheKey = () => `${key}-${this.moved.name}`;
    this.mesh.castShadow = !low;
    this.mesh.customDepthMaterial ??= this.depth();
    old?.dispose();
  }

  private depth(): THREE.MeshDepthMaterial {
    const material = new THREE.MeshDepthMaterial();
    material.onBeforeCompile = (shader) => {
      shader.uniforms['uBones'] = this.from.bones;
      shader.uniforms['uDress'] = this.from.dress;
      const { pars: more, normal, place } = this.moved;
      shader.vertexShader = shader.vertexShader
        .replace('#include <common>', `#include <common>\n${pars}${more}`)
        .replace(
          '#include <begin_vertex>',
          `#include <begin_vertex>\nvec3 objectNormal=vec3(0.);${normal}${place}`,
        );
    };
    material.customProgramCacheKey = () => `wl-crowd-depth-${this.moved.name}`;
    return material;
  }

  begin(): void {
    this.mesh.count = this.within = 0;
  }
  /** `within`: only mirrors show this one; such are added last. */
  add(row: number, near: number, matrix: THREE.Matrix4, within: boolean): void {
    const at = this.mesh.count + this.within;
    if (at >= this.rows.count) return;
    this.rows.setXY(at, row, near);
    this.mesh.setMatrixAt(at, matrix);
    if (within) this.within += 1;
    else this.mesh.count += 1;
  }
  end(): void {
    this.rows.needsUpdate = true;
    this.mesh.instanceMatrix.needsUpdate = true;
    this.mesh.visible = this.mesh.count + this.within > 0;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    (this.mesh.material as THREE.Material).dispose();
    this.mesh.customDepthMaterial?.dispose();
    this.mesh.dispose();
  }
}

/** Numbers for shaders, four a texel. */
export function texture(data: Float32Array<ArrayBuffer>, width: number, height: number) {
  return new THREE.DataTexture(data, width, height, THREE.RGBAFormat, THREE.FloatType);
}

/** A part's geometry as its file has it, with positions in metres. */
export function inMetres(root: THREE.Object3D): THREE.BufferGeometry {
  let found: THREE.Mesh | null = null;
  root.updateWorldMatrix(true, true);
  root.traverse((object) => {
    if (object instanceof THREE.Mesh) found ??= object;
  });
  if (!found) throw new Error('the part has no mesh');
  const { geometry, matrixWorld } = found as THREE.Mesh;
  const stored = geometry.getAttribute('position');
  const place = new THREE.Vector3();
  const metres = new THREE.Float32BufferAttribute(stored.count * 3, 3);
  for (let i = 0; i < stored.count; i++) {
    place.fromBufferAttribute(stored, i).applyMatrix4(matrixWorld);
    metres.setXYZ(i, place.x, place.y, place.z);
  }
  const made = geometry.clone();
  made.setAttribute('position', metres);
  return made;
}
