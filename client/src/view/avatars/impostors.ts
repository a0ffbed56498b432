import type { Tier } from '../change.ts';
import type { ViewContext } from '../context.ts';
import { outOfItsOwnShade, patchLit } from '../patch.ts';
import * as THREE from '../three.ts';
import type { Rows } from './crowd.ts';
import { HIGH_M, type Pictures, ROWS, UNDER_M, VIEWS, WIDE_M } from './pictures.ts';
import { POSES } from './poses.ts';

const FIRST = 256;

/** aPlace: feet and size. aLook: turn, row of dress, pose, row of pictures. */
const pars = /* glsl */ `
attribute vec4 aPlace,aLook;varying vec4 vCard;varying vec3 vSide;`;

/** A card stands upright and turns to the eye, or to the sun whose shadow it throws. */
const turn = /* glsl */ `
  vec3 wlTo=isOrthographic?vec3(viewMatrix[0][2],viewMatrix[1][2],viewMatrix[2][2])
    :-viewMatrix[3].xyz*mat3(viewMatrix)-aPlace.xyz-vec3(0.,1.,0.);
  vec3 wlAhead=normalize(vec3(wlTo.x,0.,wlTo.z+1e-5));
  float wlTurn=atan(wlAhead.x,wlAhead.z)-aLook.x;
  wlTurn-=6.2831853*floor(wlTurn/6.2831853+.5);
  float wlSign=wlTurn<0.?-1.:1.;
  float wlView=min(floor(abs(wlTurn)*${((VIEWS - 1) / Math.PI).toFixed(6)}+.5),${VIEWS - 1}.);`;

/** From high above it leans back, so that it is never seen edge-on. */
const place = /* glsl */ `
  vec3 wlRight=vec3(wlAhead.z,0.,-wlAhead.x);
  float wlLean=isOrthographic?0.:clamp(wlTo.y/length(wlTo)*2.-1.2,0.,1.);
  vec3 wlUp=normalize(vec3(0.,1.,0.)-wlAhead*wlLean);
  transformed=aPlace.xyz+(wlRight*position.x+wlUp*position.y)*aPlace.w;
  vCard=vec4((aLook.z*${VIEWS}.+wlView+.5+wlSign*position.x/${WIDE_M})/${VIEWS * POSES}.,
    (aLook.w+(position.y+${UNDER_M})/${HIGH_M})/${ROWS}.,aLook.y,0.);
  vSide=vec3(wlRight.xz,wlSign);`;

/** Several looks a pixel where edges can be soft; no rim looks so far aside that it glares. */
const look = /* glsl */ `
uniform sampler2D uPictures;uniform highp sampler2D uDress;varying vec4 vCard;varying vec3 vSide;
vec4 wlSeen=vec4(0.);vec3 wlBump=vec3(0.);
void wlLookAt(vec2 u){vec2 t=floor(texture2D(uPictures,u).rg*255.+.5);float s=floor(t.r/16.);
  if(s<.5)return;vec2 n=vec2(floor(t.g/16.),mod(t.g,16.))/7.5-1.;
  vec3 c=s>9.5?vec3(.3):texelFetch(uDress,ivec2(int(s)-1,int(vCard.z+.5)),0).rgb;
  wlSeen+=vec4(c*mod(t.r,16.)*.1,1.);wlBump+=vec3(n,sqrt(max(1.-dot(n,n),.16)));}
void wlLook(){vec2 u=vCard.xy;
#ifdef WL_SOFT
  vec2 x=dFdx(u),y=dFdy(u);
  wlLookAt(u+x*.125+y*.375);wlLookAt(u-x*.125-y*.375);
  wlLookAt(u+x*.375-y*.125);wlLookAt(u-x*.375+y*.125);
  if(wlSeen.a<1.5)discard;wlSeen=vec4(wlSeen.rgb/wlSeen.a,wlSeen.a*.25);
#else
  wlLookAt(u);if(wlSeen.a<.5)discard;
#endif
}`;

const bump = /* glsl */ `
  float faceDirection=1.;wlBump.x*=vSide.z;
  vec3 normal=normalize((viewMatrix*vec4(vSide.x*wlBump.x-vSide.y*wlBump.z,wlBump.y,
    vSide.y*wlBump.x+vSide.x*wlBump.z,0.)).xyz);
  vec3 nonPerturbedNormal=normal;`;

/** People far away: each a picture on a card, and all of them one draw of two triangles each. */
export class Impostors {
  readonly mesh: THREE.Mesh<THREE.InstancedBufferGeometry, THREE.Material>;
  private places!: THREE.InstancedBufferAttribute;
  private looks!: THREE.InstancedBufferAttribute;
  private count = 0;

  constructor(
    private readonly view: ViewContext,
    private readonly from: Rows,
    private readonly pictures: Pictures,
  ) {
    this.mesh = new THREE.Mesh(this.cards(FIRST), new THREE.Material());
    this.mesh.frustumCulled = false;
    this.mesh.receiveShadow = true;
    this.mesh.raycast = () => undefined;
    this.mesh.customDepthMaterial = this.depth();
  }

  /** Room for so many. */
  private cards(most: number): THREE.InstancedBufferGeometry {
    const sheet = new THREE.PlaneGeometry(WIDE_M, HIGH_M).translate(0, HIGH_M / 2 - UNDER_M, 0);
    const made = new THREE.InstancedBufferGeometry();
    made.setIndex(sheet.getIndex());
    for (const name of ['position', 'normal']) made.setAttribute(name, sheet.getAttribute(name));
    this.places = new THREE.InstancedBufferAttribute(new Float32Array(most * 4), 4);
    this.looks = new THREE.InstancedBufferAttribute(new Float32Array(most * 4), 4);
    made.setAttribute('aPlace', this.places.setUsage(THREE.DynamicDrawUsage));
    made.setAttribute('aLook', this.looks.setUsage(THREE.DynamicDrawUsage));
    made.instanceCount = 0;
    return made;
  }

  setTier(tier: Tier): void {
    const low = tier === 'low';
    const plain = { side: THREE.DoubleSide, alphaToCoverage: !low };
    const material = low
      ? new THREE.MeshLambertMaterial(plain)
      : new THREE.MeshStandardMaterial({ ...plain, roughness: 0.72 });
    patchLit(material, this.view.light, {
      surface: 'plain',
      lit: false,
      pars,
      normal: `${turn}objectNormal=uSun;`,
      begin: place,
      uniforms: { uPictures: this.pictures.texture, uDress: this.from.dress },
    });
    const lit = material.onBeforeCompile;
    material.onBeforeCompile = (shader, renderer) => {
      lit(shader, renderer);
      shader.vertexShader = outOfItsOwnShade(shader.vertexShader);
      shader.fragmentShader = `${low ? '' : '#define WL_SOFT\n'}${look}\n${shader.fragmentShader
        .replace('#include <clipping_planes_fragment>', 'wlLook();diffuseColor*=wlSeen;')
        .replace('#include <normal_fragment_begin>', bump)}`;
    };
    material.customProgramCacheKey = () => `wl-impostors-${low}`;
    this.mesh.material.dispose();
    this.mesh.material = material;
    this.mesh.castShadow = !low;
  }

  private depth(): THREE.MeshDepthMaterial {
    const material = new THREE.MeshDepthMaterial({ side: THREE.DoubleSide });
    material.onBeforeCompile = (shader) => {
      shader.uniforms['uPictures'] = this.pictures.texture;
      shader.uniforms['uDress'] = this.from.dress;
      shader.vertexShader = shader.vertexShader
        .replace('#include <common>', `#include <common>\n${pars}`)
        .replace('#include <begin_vertex>', `#include <begin_vertex>\n${turn}${place}`);
      shader.fragmentShader = `${look}\n${shader.fragmentShader.replace(
        '#include <clipping_planes_fragment>',
        'wlLook();',
      )}`;
    };
    material.customProgramCacheKey = () => 'wl-impostors-depth';
    return material;
  }

  begin(): void {
    this.count = 0;
  }

  /** Adds someone: where the feet are, how they are turned and sized, and what shows them. */
  add(
    [x, y, z]: readonly [number, number, number],
    [turned, size]: readonly [number, number],
    dress: number,
    [pose, row]: readonly [number, number],
  ): void {
    if (this.count >= this.places.count) this.grow();
    this.places.setXYZW(this.count, x, y, z, size);
    this.looks.setXYZW(this.count, turned, dress, pose, row);
    this.count += 1;
  }

  private grow(): void {
    const [places, looks] = [this.places.array, this.looks.array];
    this.mesh.geometry.dispose();
    this.mesh.geometry = this.cards(this.places.count * 2);
    this.places.set(places);
    this.looks.set(looks);
  }

  end(): void {
    this.mesh.geometry.instanceCount = this.count;
    this.mesh.visible = this.count > 0;
    this.places.needsUpdate = this.looks.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
    this.mesh.customDepthMaterial?.dispose();
  }
}
