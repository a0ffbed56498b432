import type { Tier } from './change.ts';
import type { ViewContext } from './context.ts';
import { patchLit, patchVertexLit } from './patch.ts';
import * as THREE from './three.ts';

/**
 * Texels of one visitor's row: 17 joints × 3, then six colours, then (phase, swing, eyes open, 0).
 */
export const ROW_TEXELS = 64;
export const COLOR_TEXEL = 51;
export const STATE_TEXEL = 57;
export const ROWS = 256;

const pars = /* glsl */ `
uniform highp sampler2D uPose;uniform vec3 uEyes;
attribute float aRow;attribute float _slot;
vec4 wlRow(int x){return texelFetch(uPose,ivec2(x,int(aRow)),0);}`;

const paint = /* glsl */ `
  int wlSlot=int(_slot+.5);
  if(wlSlot<6)vColor.rgb*=wlRow(${COLOR_TEXEL}+wlSlot).rgb;`;

const skin = /* glsl */ `
  vec3 wlRaw=position;
  { float open=wlRow(${STATE_TEXEL}).z;wlRaw+=aBlink*(1.-open);
    if(_slot>5.5&&wlRaw.y>uEyes.x)wlRaw.y=mix(uEyes.y,wlRaw.y,max(open,.1)); }
  vec4 wlA=vec4(0.),wlB=vec4(0.),wlC=vec4(0.);
  for(int i=0;i<4;i++){float w=skinWeight[i];if(w<.004)continue;int x=int(skinIndex[i]+.5)*3;
    wlA+=wlRow(x)*w;wlB+=wlRow(x+1)*w;wlC+=wlRow(x+2)*w;}`;

const skinPars = 'attribute vec4 skinIndex;attribute vec4 skinWeight;attribute vec3 aBlink;';
const skinNormal =
  'objectNormal=normalize(vec3(dot(wlA.xyz,objectNormal),dot(wlB.xyz,objectNormal),dot(wlC.xyz,objectNormal)));';
const skinPlace =
  'transformed=vec3(dot(wlA,vec4(wlRaw,1.)),dot(wlB,vec4(wlRaw,1.)),dot(wlC,vec4(wlRaw,1.)));';

/**
 * The far figure swings its limbs in the vertex shader: `aLimb` is (pivot height, −1..1 direction).
 */
const limbPars = 'attribute vec2 aLimb;';
const limbTurn = /* glsl */ `
  vec4 wlState=wlRow(${STATE_TEXEL});
  float wlSwing=aLimb.y*sin(wlState.x*6.2831853)*wlState.y;
  float wlS=sin(wlSwing),wlK=cos(wlSwing);
  objectNormal.yz=mat2(wlK,wlS,-wlS,wlK)*objectNormal.yz;`;
const limbPlace =
  'transformed.y-=aLimb.x;transformed.yz=mat2(wlK,wlS,-wlS,wlK)*transformed.yz;transformed.y+=aLimb.x;';

/** One instanced mesh of many visitors; each instance reads its joints and colours from its row. */
export class Crowd {
  readonly mesh: THREE.InstancedMesh;
  private readonly rows: THREE.InstancedBufferAttribute;
  private readonly eyes: THREE.Vector3;

  constructor(
    private readonly view: ViewContext,
    private readonly pose: { value: THREE.DataTexture },
    geometry: THREE.BufferGeometry,
    capacity: number,
    private readonly skinned: boolean,
  ) {
    this.rows = new THREE.InstancedBufferAttribute(new Float32Array(capacity), 1);
    geometry.setAttribute('aRow', this.rows);
    const lids = geometry.morphAttributes['position']?.[0];
    if (lids) geometry.setAttribute('aBlink', lids);
    geometry.morphAttributes = {};
    this.eyes = skinned && !lids ? eyesOf(geometry) : new THREE.Vector3(1e9, 0, 0);
    this.mesh = new THREE.InstancedMesh(geometry, undefined, capacity);
    this.mesh.frustumCulled = false;
    this.mesh.count = 0;
    this.mesh.raycast = () => undefined;
    this.mesh.receiveShadow = true;
  }

  setTier(tier: Tier): void {
    const old = this.mesh.material as THREE.Material;
    const low = tier === 'low';
    const options = {
      surface: 'avatar' as const,
      lit: false,
      pars: pars + (this.skinned ? skinPars : limbPars),
      normal: paint + (this.skinned ? skin + skinNormal : limbTurn),
      begin: this.skinned ? skinPlace : limbPlace,
      uniforms: { uPose: this.pose, uEyes: { value: this.eyes } },
    };
    if (low) {
      const material = new THREE.MeshBasicMaterial({ vertexColors: true });
      patchVertexLit(material, this.view.light, options);
      this.mesh.material = material;
    } else {
      const material = new THREE.MeshStandardMaterial({ vertexColors: true, roughness: 0.72 });
      patchLit(material, this.view.light, options);
      this.mesh.material = material;
    }
    const key = this.mesh.material.customProgramCacheKey();
    this.mesh.material.customProgramCacheKey = () => `${key}-${this.skinned}`;
    this.mesh.castShadow = !low;
    this.mesh.customDepthMaterial ??= this.depth();
    old?.dispose();
  }

  private depth(): THREE.MeshDepthMaterial {
    const material = new THREE.MeshDepthMaterial();
    material.onBeforeCompile = (shader) => {
      shader.uniforms['uPose'] = this.pose;
      shader.uniforms['uEyes'] = { value: this.eyes };
      const turn = this.skinned ? skin : limbTurn.replaceAll('objectNormal', 'wlNone');
      shader.vertexShader = shader.vertexShader
        .replace(
          '#include <common>',
          `#include <common>\n${pars}${this.skinned ? skinPars : limbPars}`,
        )
        .replace(
          '#include <begin_vertex>',
          `#include <begin_vertex>\nvec3 wlNone=vec3(0.);${turn}${this.skinned ? skinPlace : limbPlace}`,
        );
    };
    material.customProgramCacheKey = () => `wl-crowd-depth-${this.skinned}`;
    return material;
  }

  begin(): void {
    this.mesh.count = 0;
  }
  add(row: number, matrix: THREE.Matrix4): void {
    const at = this.mesh.count;
    if (at >= this.rows.count) return;
    this.rows.array[at] = row;
    this.mesh.setMatrixAt(at, matrix);
    this.mesh.count = at + 1;
  }
  end(): void {
    this.rows.needsUpdate = true;
    this.mesh.instanceMatrix.needsUpdate = true;
    this.mesh.visible = this.mesh.count > 0;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    (this.mesh.material as THREE.Material).dispose();
    this.mesh.customDepthMaterial?.dispose();
    this.mesh.dispose();
  }
}

/**
 * Slot 6 holds eyes and mouth: (height that parts them, middle of the eyes, 0) in raw coordinates.
 */
function eyesOf(geometry: THREE.BufferGeometry): THREE.Vector3 {
  const slots = geometry.getAttribute('_slot');
  const positions = geometry.getAttribute('position');
  const heights: number[] = [];
  for (let i = 0; slots && i < slots.count; i++) {
    if (slots.getX(i) > 5.5) heights.push(positions.getY(i));
  }
  if (heights.length === 0) return new THREE.Vector3(1e9, 0, 0);
  const low = Math.min(...heights);
  const high = Math.max(...heights);
  const split = (low + high) / 2;
  const eyes = heights.filter((y) => y > split);
  return new THREE.Vector3(split, eyes.reduce((a, b) => a + b, 0) / eyes.length, 0);
}

/** A figure of about 500 triangles for visitors far away, and until the real one has loaded. */
export function farFigure(): THREE.BufferGeometry {
  const parts: {
    geometry: THREE.BufferGeometry;
    slot: number;
    limb: [number, number];
    at: number[];
  }[] = [
    { geometry: new THREE.SphereGeometry(0.135, 10, 8), slot: 0, limb: [0, 0], at: [0, 1.5, 0] },
    {
      geometry: new THREE.SphereGeometry(0.15, 10, 6, 0, 6.3, 0, 1.7).rotateX(-0.35),
      slot: 1,
      limb: [0, 0],
      at: [0, 1.525, -0.01],
    },
    {
      geometry: new THREE.CapsuleGeometry(0.15, 0.36, 4, 10).scale(1.1, 1, 0.8),
      slot: 2,
      limb: [0, 0],
      at: [0, 1.05, 0],
    },
    {
      geometry: new THREE.CylinderGeometry(0.15, 0.215, 0.2, 12).scale(1, 1, 0.8),
      slot: 2,
      limb: [0, 0],
      at: [0, 0.76, 0],
    },
  ];
  for (const side of [-1, 1]) {
    parts.push(
      {
        geometry: new THREE.CapsuleGeometry(0.075, 0.6, 3, 8),
        slot: 3,
        limb: [0.8, side],
        at: [side * 0.09, 0.42, 0],
      },
      {
        geometry: new THREE.SphereGeometry(0.08, 8, 5).scale(0.85, 0.7, 1.5),
        slot: 4,
        limb: [0.8, side],
        at: [side * 0.1, 0.055, 0.04],
      },
      {
        geometry: new THREE.CapsuleGeometry(0.055, 0.38, 3, 8),
        slot: 2,
        limb: [1.26, -side * 0.8],
        at: [side * 0.225, 1.04, 0],
      },
      {
        geometry: new THREE.SphereGeometry(0.055, 7, 5),
        slot: 0,
        limb: [1.26, -side * 0.8],
        at: [side * 0.235, 0.77, 0],
      },
    );
  }
  const positions: number[] = [];
  const normals: number[] = [];
  const slots: number[] = [];
  const limbs: number[] = [];
  const index: number[] = [];
  for (const { geometry, slot, limb, at } of parts) {
    geometry.translate(at[0]!, at[1]!, at[2]!);
    const base = positions.length / 3;
    positions.push(...geometry.getAttribute('position').array);
    normals.push(...geometry.getAttribute('normal').array);
    for (const i of geometry.getIndex()!.array) index.push(base + i);
    for (let i = base; i < positions.length / 3; i++) {
      slots.push(slot);
      limbs.push(...limb);
    }
    geometry.dispose();
  }
  const made = new THREE.BufferGeometry();
  made.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  made.setAttribute('normal', new THREE.Float32BufferAttribute(normals, 3));
  made.setAttribute('_slot', new THREE.Float32BufferAttribute(slots, 1));
  made.setAttribute('aLimb', new THREE.Float32BufferAttribute(limbs, 2));
  made.setAttribute(
    'color',
    new THREE.Float32BufferAttribute(new Array(slots.length * 4).fill(1), 4),
  );
  made.setIndex(index);
  return made;
}
