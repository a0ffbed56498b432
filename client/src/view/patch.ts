import { bounce, finish, lightPars, noise, toneMap } from './glsl.ts';
import type { LightUniforms } from './light.ts';
import type { Surface } from './surfaces.ts';
import * as THREE from './three.ts';

type Shader = THREE.WebGLProgramParametersWithUniforms;

export interface PatchOptions {
  surface: Surface;
  /** The mesh carries `_LIGHT`; without it, lamp light comes from the map near the ground. */
  lit: boolean;
  /** A picture that colours and cuts out (leaves). */
  map?: THREE.Texture | null;
  /**
   * Extra vertex code: declarations, code that turns `objectNormal`, code that moves `transformed`.
   */
  pars?: string;
  normal?: string;
  begin?: string;
  uniforms?: Record<string, THREE.IUniform>;
}

const wave = /* glsl */ `
  { vec3 root=vec3(0.);
  #ifdef USE_INSTANCING
    root=instanceMatrix[3].xyz;
  #endif
  float wl=sin(uTime*1.1+root.x*.35+root.z*.27+position.y*.7)+.5*sin(uTime*2.3+position.x*3.+root.x);
  transformed.xz+=vec2(wl,wl*.6)*WL_SWAY; }`;

function begin(options: PatchOptions, low: boolean): string {
  const { surface } = options;
  if (options.begin) return options.begin;
  if (low) return ''; // the low tier stands still
  if (surface === 'leaf') return wave.replace('WL_SWAY', '.009*max(position.y+.2,0.)');
  if (surface === 'grass') return wave.replace('WL_SWAY', '.055*max(position.y+.6,0.)');
  return '';
}

const world = /* glsl */ `
  vec4 wlWorld=vec4(transformed,1.);
  #ifdef USE_INSTANCING
    wlWorld=instanceMatrix*wlWorld;
  #endif
  wlWorld=modelMatrix*wlWorld;`;

/**
 * Occlusion in COLOR_0's alpha: full on fill light, a third on the sun; lamps; leaves let light
 * through.
 */
function shade(surface: Surface, occluded: boolean): string {
  const leaf = surface === 'leaf' || surface === 'grass';
  return /* glsl */ `
  float wlAo=${occluded ? 'vColor.a' : '1.'};vec3 wlAlbedo=diffuseColor.rgb;
  ${
    occluded
      ? `reflectedLight.indirectDiffuse*=wlBounce(wlAo,wlAlbedo);reflectedLight.directDiffuse*=mix(1.,wlAo,.35);
  #ifdef STANDARD
    reflectedLight.indirectSpecular*=wlAo;
  #endif`
      : ''
  }
  ${
    leaf
      ? `#if NUM_DIR_LIGHTS > 0
    float wlThrough=pow(max(dot(-geometryViewDir,uSun),0.),3.)*.6+.16;
    reflectedLight.directDiffuse+=wlAlbedo*vec3(1.,.96,.62)*wlThrough*directLight.color*RECIPROCAL_PI*wlAo;
  #endif`
      : ''
  }
  totalEmissiveRadiance+=wlAlbedo*(vLamp${occluded ? '*mix(.55,1.,wlAo)' : ''}+wlPoints(vWorld,inverseTransformDirection(normal,viewMatrix)));`;
}

/** Detail that a mesh cannot afford: grain and weather on stone, blades on lawn, woods on hills. */
function detail(surface: Surface): string {
  if (surface === 'stone' || surface === 'paving') {
    return /* glsl */ `
    float wlFar=length(vViewPosition);float wlNear=1.-smoothstep(4.,20.,wlFar);
    float wlGrain=.5;
    diffuseColor.rgb*=1.+(wlNoise3(vWorld*1.1)-.5)*.07+(wlNoise3(vWorld*4.3)-.5)*.05;
    if(wlNear>.01){wlGrain=wlNoise3(vWorld*17.)*.6+wlNoise3(vWorld*53.)*.4;
      diffuseColor.rgb*=1.+(wlGrain-.5)*.15*wlNear;}`;
  }
  if (surface === 'land') {
    return /* glsl */ `
    float wlFar=length(vViewPosition);float wlNear=1.-smoothstep(3.,26.,wlFar);
    float wlGreen=smoothstep(.0,.05,diffuseColor.g-diffuseColor.r);
    float wlPatch=wlFbm3(vWorld.xz*.21);
    diffuseColor.rgb*=mix(vec3(1.),mix(vec3(.84,.92,.82),vec3(1.20,1.10,.88),smoothstep(.3,.62,wlPatch)),wlGreen);
    diffuseColor.rgb*=1.+(wlNoise(vWorld.xz*1.9)-.5)*.12;
    if(wlNear>.01){float b=wlNoise(vWorld.xz*vec2(26.,9.)+wlNoise(vWorld.xz*3.)*4.)*.6+wlNoise(vWorld.xz*vec2(11.,37.))*.4;
      diffuseColor.rgb*=1.+(b-.5)*.5*wlNear*wlGreen;}`;
  }
  if (surface === 'leaf') {
    return /* glsl */ `
    diffuseColor.rgb*=1.+(wlNoise3(vWorld*6.5)-.5)*.24+(wlNoise3(vWorld*19.)-.5)*.13;`;
  }
  if (surface === 'shape') {
    return /* glsl */ `
    diffuseColor.rgb*=1.+(wlNoise3(vWorld*.9)-.5)*.045+(wlNoise3(vWorld*5.)-.5)*.03;`;
  }
  if (surface === 'hill') {
    return /* glsl */ `
    float wlWood=wlFbm3(vWorld.xz*.035+vWorld.y*.02);
    diffuseColor.rgb*=mix(vec3(.80,.88,.84),vec3(1.12,1.08,.95),smoothstep(.28,.6,wlWood));
    diffuseColor.rgb*=1.+(wlNoise(vWorld.xz*.31)-.5)*.14;`;
  }
  return '';
}

const stoneBump = /* glsl */ `
  if(wlNear>.01){vec3 sx=dFdx(-vViewPosition),sy=dFdy(-vViewPosition);float h=wlGrain*.0022*wlNear;
    vec3 r1=cross(sy,normal),r2=cross(normal,sx);float det=dot(sx,r1);
    vec3 g=sign(det)*(dFdx(h)*r1+dFdy(h)*r2);normal=normalize(abs(det)*normal-g);}`;

/**
 * Near the eye leaves dissolve in a fine dither instead of filling the screen as flat shards; a
 * card seen edge-on (alpha under .99 marks cards) would be a streak and goes, too.
 */
const dissolve = /* glsl */ `
  { vec3 wlFace=normalize(cross(dFdx(vViewPosition),dFdy(vViewPosition)));
    float wlKeep=smoothstep(.45,2.3,length(vViewPosition));
    if(vColor.a<.99)wlKeep*=smoothstep(.08,.22,abs(dot(wlFace,normalize(vViewPosition))));
    float wlDither=fract(52.9829189*fract(dot(gl_FragCoord.xy,vec2(.06711056,.00583715))));
    if(wlKeep<.999&&wlKeep<wlDither)discard; }`;

const lowPars = `varying vec4 vShade;uniform vec3 diffuse;uniform float wlGlow;${bounce}${toneMap}`;

function insertVertex(shader: Shader, options: PatchOptions, low: boolean): void {
  const normal = options.normal ?? '';
  const lowNormal = low
    ? `vec3 wlNormal=normal;${normal.replaceAll('objectNormal', 'wlNormal')}`
    : '';
  shader.vertexShader = shader.vertexShader
    .replace(
      '#include <common>',
      `#include <common>\nattribute vec4 _light;varying vec3 vLamp;varying vec3 vWorld;${lightPars}${low ? lowPars : ''}${options.pars ?? ''}`,
    )
    .replace('#include <beginnormal_vertex>', `#include <beginnormal_vertex>\n${low ? '' : normal}`)
    .replace(
      '#include <begin_vertex>',
      `#include <begin_vertex>\n${lowNormal}${begin(options, low)}`,
    )
    .replace(
      '#include <fog_vertex>',
      `${world}\nvWorld=wlWorld.xyz;vLamp=${options.lit ? '_light.rgb*_light.rgb*uLamp+_light.a*_light.a*uRoom' : 'wlLampAt(vWorld)*uLamp'};`,
    );
}

/** The sunny side of a crown is lit as one body: its outermost sprigs do not stripe each other. */
export function outOfItsOwnShade(
  vertex: string,
  chunk: string = THREE.ShaderChunk.shadowmap_vertex,
): string {
  const bias = /directionalLightShadows\[\s*i\s*\]\.shadowNormalBias/g;
  return vertex.replace('#include <shadowmap_vertex>', chunk.replace(bias, '($&+.26)'));
}

/**
 * Adds our light, occlusion, detail and fog to one of three's lit materials (Standard or Lambert).
 */
export function patchLit(
  material: THREE.Material,
  light: LightUniforms,
  options: PatchOptions,
): void {
  const { surface } = options;
  const occluded = surface !== 'plain' && surface !== 'shape' && surface !== 'glass';
  const leaf = surface === 'leaf' || surface === 'grass';
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, light, options.uniforms);
    insertVertex(shader, options, false);
    if (surface === 'leaf') shader.vertexShader = outOfItsOwnShade(shader.vertexShader);
    let text = shader.fragmentShader
      .replace(
        '#include <common>',
        `#include <common>\nvarying vec3 vLamp;varying vec3 vWorld;${lightPars}${bounce}${noise}`,
      )
      .replace('#include <color_fragment>', `#include <color_fragment>\n${detail(surface)}`)
      .replace(
        '#include <aomap_fragment>',
        `#include <aomap_fragment>\n${shade(surface, occluded)}`,
      )
      .replace('#include <tonemapping_fragment>', '')
      .replace('#include <colorspace_fragment>', '')
      .replace(
        '#include <fog_fragment>',
        `gl_FragColor.rgb=wlFog(gl_FragColor.rgb,vWorld);${finish}`,
      );
    if (leaf) {
      text = text
        .replace(
          '#include <normal_fragment_begin>',
          'float faceDirection=1.;vec3 normal=normalize(vNormal);vec3 nonPerturbedNormal=normal;',
        )
        .replace('#include <clipping_planes_fragment>', `${surface === 'leaf' ? dissolve : ''}`);
    }
    if (surface === 'stone' || surface === 'paving') {
      text = text.replace(
        '#include <normal_fragment_maps>',
        `#include <normal_fragment_maps>\n${stoneBump}`,
      );
    }
    shader.fragmentShader = text;
  };
  material.customProgramCacheKey = () => `wl-lit-${surface}-${options.lit}`;
}

/**
 * The low tier: light, fog and tone mapping in the vertices; a fragment only passes the colour on.
 */
export function patchVertexLit(
  material: THREE.MeshBasicMaterial,
  light: LightUniforms,
  options: PatchOptions,
): void {
  const { surface } = options;
  const occluded = surface !== 'shape';
  const leaf = surface === 'leaf' || surface === 'grass';
  const paved = surface === 'paving';
  material.toneMapped = false;
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, light, options.uniforms);
    shader.uniforms['diffuse'] ??= { value: material.color };
    insertVertex(shader, paved ? { ...options, pars: 'varying vec2 vSeam;' } : options, true);
    shader.vertexShader = shader.vertexShader
      .replace('#include <worldpos_vertex>', '')
      .replace('vLamp=', `${vertexShade(occluded, leaf)}vLamp=`)
      .replace(
        /}\s*$/,
        `vec3 wlColor=wlAlbedo*(wlLight+vLamp+wlPoints(vWorld,wlN))+wlAlbedo*wlGlow;
         vShade=vec4(wlTone(wlFog(wlColor,vWorld)),${surface === 'leaf' ? 'step(vColor.a,.99)' : '1.'});
         ${paved ? 'vSeam=uv*4.;' : ''}}`,
      );
    shader.uniforms['wlGlow'] = { value: (material.userData['glow'] as number | undefined) ?? 0 };
    shader.fragmentShader = paved ? pavedFragment : lowFragment;
  };
  material.customProgramCacheKey = () => `wl-vertex-${surface}-${options.lit}`;
}

/** Cards (alpha 1) that are seen edge-on would be streaks. */
const lowFragment = /* glsl */ `
  varying vec4 vShade;uniform float opacity;
  #ifdef USE_MAP
    uniform sampler2D map;varying vec2 vMapUv;varying vec3 vWorld;
    void main(){vec4 t=texture2D(map,vMapUv);if(t.a<.42)discard;
      if(vShade.a>.5){vec3 f=cross(dFdx(vWorld),dFdy(vWorld)),v=vWorld-cameraPosition;float e=dot(f,v);
        if(e*e<.08*dot(f,f)*dot(v,v))discard;}
      gl_FragColor=vec4(vShade.rgb*sqrt(t.rgb),1.);}
  #else
    void main(){gl_FragColor=vec4(vShade.rgb,opacity);}
  #endif`;

/**
 * The joints of slabs that lie edge to edge: `vSeam` is metres from a slab's first corner, and a
 * pixel takes as much of a joint as it covers, so that far ones fade instead of breaking up.
 */
const pavedFragment = /* glsl */ `
  varying vec4 vShade;varying vec2 vSeam;
  void main(){vec2 w=max(fwidth(vSeam),.0005),d=vSeam;
    vec2 k=clamp((min(d+w*.5,vec2(.03))-max(d-w*.5,vec2(0.)))/w*clamp(w/.03,1.,2.),0.,1.);
    gl_FragColor=vec4(vShade.rgb*(1.-.34*max(k.x,k.y)),1.);}`;

function vertexShade(occluded: boolean, leaf: boolean): string {
  return /* glsl */ `
  vec3 wlN=wlNormal;
  #ifdef USE_INSTANCING
    wlN=mat3(instanceMatrix)*wlN;
  #endif
  wlN=normalize(mat3(modelMatrix)*wlN);
  vec3 wlAlbedo=diffuse;float wlAo=1.;
  #if defined(USE_COLOR_ALPHA)
    wlAlbedo*=vColor.rgb;${occluded ? 'wlAo=vColor.a;' : ''}
  #elif defined(USE_COLOR)||defined(USE_INSTANCING_COLOR)
    wlAlbedo*=vColor.rgb;
  #endif
  vec3 wlLight=mix(uGroundFill,uSkyFill,wlN.y*.5+.5)*wlBounce(wlAo,wlAlbedo);
  wlLight+=uSunColor*max(dot(wlN,uSun)${leaf ? '*.8+.2' : ''},0.)*mix(1.,wlAo,.6);
  `;
}
