import type { Particles } from '../../../world/components.generated.ts';
import type { Tier } from '../../change.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import * as THREE from '../../three.ts';

const SHARE: Record<Tier, number> = { low: 0.3, medium: 0.7, high: 1 };
const STILL_SHARE = 0.25;
const STILL_PHASE = 0.37;

const vertex = /* glsl */ `
  attribute vec4 aSeed;uniform float uPhase;uniform float uLife;uniform float uSize;
  uniform float uPixels;uniform vec3 uArea;uniform vec3 uVelocity;uniform float uSpread;
  uniform float uGravity;varying float vFade;
  void main(){
    float age=fract(uPhase+aSeed.w);float t=age*uLife;
    vec3 stray=fract(aSeed.yzx*vec3(17.13,29.71,41.37))*2.-1.;
    vec3 at=(aSeed.xyz-.5)*uArea+(uVelocity+stray*uSpread)*t;
    at.y-=.5*uGravity*t*t;
    vFade=smoothstep(0.,.12,age)*(1.-smoothstep(.7,1.,age));
    vec4 eye=modelViewMatrix*vec4(at,1.);
    gl_Position=projectionMatrix*eye;
    gl_PointSize=clamp(uSize*(.6+.8*aSeed.x)*projectionMatrix[1][1]*uPixels/-eye.z,1.,160.);}`;
const fragment = /* glsl */ `
  uniform vec3 uColor;varying float vFade;
  void main(){
    float away=length(gl_PointCoord-.5)*2.;
    float soft=(1.-smoothstep(.1,1.,away))*vFade;
    if(soft<.01)discard;
    gl_FragColor=vec4(uColor,soft);
    #include <colorspace_fragment>
  }`;

/** Numbers between 0 and 1 that a seed decides (mulberry32): the same for everyone. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Drifting lights or flakes: where each is follows from its seed and the time alone. */
export function make(node: Node, first: Particles, view: ViewContext): Part {
  const uniforms = {
    uPhase: { value: STILL_PHASE },
    uLife: { value: 1 },
    uSize: { value: 1 },
    uPixels: { value: 500 },
    uArea: { value: new THREE.Vector3() },
    uVelocity: { value: new THREE.Vector3() },
    uSpread: { value: 0 },
    uGravity: { value: 0 },
    uColor: { value: new THREE.Color() },
  };
  const material = new THREE.ShaderMaterial({
    uniforms,
    vertexShader: vertex,
    fragmentShader: fragment,
    transparent: true,
    depthWrite: false,
  });
  const points = new THREE.Points(new THREE.BufferGeometry(), material);
  points.frustumCulled = false;
  points.raycast = () => undefined;
  node.root.add(points);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let value = first;

  const thin = (tier: Tier) => {
    const share = SHARE[tier] * (still ? STILL_SHARE : 1);
    points.geometry.setDrawRange(0, Math.ceil(value.count * share));
  };
  const set = (next: Particles) => {
    const anew = next.count !== value.count || next.seed !== value.seed;
    value = next;
    if (anew || !points.geometry.hasAttribute('aSeed')) sow();
    uniforms.uLife.value = value.life;
    uniforms.uSize.value = value.size;
    uniforms.uArea.value.fromArray(value.area);
    uniforms.uVelocity.value.fromArray(value.velocity);
    uniforms.uSpread.value = value.spread;
    uniforms.uGravity.value = value.gravity;
    uniforms.uColor.value.set(value.color);
    material.blending = value.glow ? THREE.AdditiveBlending : THREE.NormalBlending;
    thin(view.tier());
  };
  const sow = () => {
    const random = seeded(value.seed);
    const seeds = Float32Array.from({ length: value.count * 4 }, random);
    points.geometry.dispose();
    points.geometry = new THREE.BufferGeometry();
    // Three asks every geometry for places; these are the seeds once more.
    points.geometry.setAttribute('position', new THREE.BufferAttribute(seeds, 4));
    points.geometry.setAttribute('aSeed', points.geometry.getAttribute('position'));
  };
  set(first);
  return {
    update: set,
    tier: thin,
    frame() {
      uniforms.uPixels.value = innerHeight * Math.min(2, devicePixelRatio) * 0.5;
      if (!still) uniforms.uPhase.value = (view.clock().ms / 1000 / value.life) % 1;
    },
    dispose() {
      points.removeFromParent();
      points.geometry.dispose();
      material.dispose();
    },
  };
}
