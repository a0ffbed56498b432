import { decodeAvatar } from '../../world/avatar.ts';
import * as THREE from '../three.ts';
import { BONE_TEXELS, type Moved, skinned, texture } from './crowd.ts';
import { limbs } from './far-figure.ts';
import { motions, POSES } from './poses.ts';
import { Shelf } from './shelf.ts';
import type { Wardrobe } from './wardrobe.ts';

/** From in front to behind; what is seen from the other side is their mirror image. */
export const VIEWS = 7;
/** What one picture shows, in metres: as wide, as high, from so far under the feet. */
export const WIDE_M = 1.04;
export const HIGH_M = 2.08;
export const UNDER_M = 0.06;
/** How many rows there are. */
export const ROWS = 32;

const CELLS = VIEWS * POSES;
const CELL = [48, 96] as const; // texels: someone is 77 of them high
const WIDTH = CELLS * CELL[0];

const pars = /* glsl */ `
uniform highp sampler2D uBones;uniform float uFlat;
attribute float _slot;varying vec3 vNormal;varying vec2 vAt;flat varying float vSlot;
vec4 wlBone(int x){return texelFetch(uBones,ivec2(x,gl_InstanceID/${VIEWS}),0);}
vec4 wlDress(int x){int p=gl_InstanceID/${VIEWS};
  return vec4(p==2?.75:.25,p==1||p==2?.5:0.,uFlat,0.);}`;

/** Each instance is the figure in one pose from one side, and goes into a cell of its own. */
const draw = (kind: Moved) => /* glsl */ `${pars}${kind.pars}
void main(){vec3 objectNormal=normal,transformed=position;${kind.normal}${kind.place}
  float a=float(gl_InstanceID%${VIEWS})*${(Math.PI / (VIEWS - 1)).toFixed(6)},s=sin(a),c=cos(a);
  mat2 t=mat2(c,s,-s,c);vec3 p=transformed;p.xz=t*p.xz;vNormal=objectNormal;vNormal.xz=t*vNormal.xz;
  vSlot=_slot;
  vAt=vec2(p.x,dot(color.rgb,vec3(1.333))*mix(.5,1.,min(color.a*4.,1.)));
  gl_Position=vec4((float(gl_InstanceID)+.5+p.x/${WIDE_M})/${CELLS}.*2.-1.,
    (p.y+${UNDER_M})/${HIGH_M}*2.-1.,-p.z*.5,1.);}`;

/** Which colour and how bright, four bits each; to the right and up, where it looks, alike. */
const pack = /* glsl */ `
varying vec3 vNormal;varying vec2 vAt;flat varying float vSlot;
void main(){if(abs(vAt.x)>${WIDE_M / 2})discard;
  vec3 n=normalize(vNormal);if(n.z<0.)n=-n;vec2 q=floor(n.xy*7.5+8.);
  gl_FragColor=vec4((floor(vSlot+1.5)*16.+min(floor(vAt.y*10.+.5),15.))/255.,
    (q.x*16.+q.y)/255.,0.,1.);}`;

const copied = 'varying vec2 vUv;void main(){vUv=uv;gl_Position=vec4(position.xy,0.,1.);}';
const copy =
  'uniform sampler2D uFrom;varying vec2 vUv;void main(){gl_FragColor=texture2D(uFrom,vUv);}';

const plainly = {
  format: THREE.RGFormat,
  minFilter: THREE.NearestFilter,
  magFilter: THREE.NearestFilter,
} as const;

/**
 * What people look like from afar: of each set of clothes a row, drawn once from the real figure,
 * with numbers of colours in place of colours, so that all who wear the same share it.
 */
export class Pictures {
  /** 4 bits of slot + 1 and of brightness (10: as it is); 4 bits each of the normal's x and y. */
  readonly texture: { value: THREE.Texture };
  readonly shelf = new Shelf(ROWS);
  private readonly all: THREE.WebGLRenderTarget;
  private readonly one = new THREE.WebGLRenderTarget(WIDTH, CELL[1], plainly);
  private readonly bones = new Float32Array(BONE_TEXELS * 4 * POSES);
  private readonly joints: THREE.DataTexture;
  private readonly flat = { value: 0 };
  private readonly materials: Record<'limbs' | 'skinned', THREE.ShaderMaterial>;
  private readonly sheet: THREE.Mesh<THREE.PlaneGeometry, THREE.ShaderMaterial>;
  private readonly camera = new THREE.Camera();
  private plain: THREE.BufferGeometry | null;
  private posed = false;

  constructor(
    private readonly wardrobe: Wardrobe,
    plain: THREE.BufferGeometry,
  ) {
    this.plain = plain;
    this.all = new THREE.WebGLRenderTarget(WIDTH, CELL[1] * ROWS, {
      ...plainly,
      depthBuffer: false,
    });
    this.texture = { value: this.all.texture };
    this.joints = texture(this.bones, BONE_TEXELS, POSES);
    const shader = (kind: Moved) =>
      new THREE.ShaderMaterial({
        uniforms: { uBones: { value: this.joints }, uFlat: this.flat },
        vertexShader: draw(kind),
        fragmentShader: pack,
        vertexColors: true,
        side: THREE.DoubleSide,
      });
    this.materials = { limbs: shader(limbs), skinned: shader(skinned) };
    const onto = new THREE.ShaderMaterial({
      uniforms: { uFrom: { value: this.one.texture } },
      vertexShader: copied,
      fragmentShader: copy,
      depthTest: false,
    });
    this.sheet = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), onto);
    this.sheet.frustumCulled = false;
  }

  /** Draws a row that is asked for and can be drawn; at most one a frame. */
  draw(renderer: THREE.WebGLRenderer): void {
    if (this.plain) this.row(renderer, [this.plain], 0, 'limbs');
    this.plain = null;
    this.shelf.drawNext((parts, row) => {
      const shapes = this.wardrobe.shapes(parts);
      if (!shapes || !this.pose()) return false;
      this.flat.value = this.wardrobe.skeleton!.liesFlat(parts) ? 1 : 0;
      this.row(renderer, shapes, row, 'skinned');
      return true;
    });
  }

  /** Writes the joints of each pose, of someone of average measures. */
  private pose(): boolean {
    const { skeleton } = this.wardrobe;
    if (!skeleton || this.posed) return this.posed;
    const build = skeleton.build(decodeAvatar(''));
    motions().forEach((motion, at) => {
      this.wardrobe.pose(motion, build, this.bones, at * BONE_TEXELS * 4);
    });
    this.joints.needsUpdate = true;
    return (this.posed = true);
  }

  private row(
    renderer: THREE.WebGLRenderer,
    shapes: readonly THREE.BufferGeometry[],
    row: number,
    by: 'limbs' | 'skinned',
  ): void {
    const scene = new THREE.Scene();
    const figures = shapes.map((shape) => {
      const mesh = new THREE.InstancedMesh(shape, this.materials[by], CELLS);
      mesh.frustumCulled = false;
      return mesh;
    });
    scene.add(...figures);
    const { xr } = renderer;
    const [before, worn] = [renderer.getRenderTarget(), xr.enabled]; // a headset has its own target
    xr.enabled = false;
    renderer.setRenderTarget(this.one);
    renderer.render(scene, this.camera);
    const place = [0, row * CELL[1], WIDTH, CELL[1]] as const;
    this.all.viewport.set(...place);
    this.all.scissor.set(...place);
    this.all.scissorTest = true;
    renderer.setRenderTarget(this.all);
    renderer.render(this.sheet, this.camera);
    renderer.setRenderTarget(before);
    xr.enabled = worn;
    for (const figure of figures) figure.dispose();
  }

  dispose(): void {
    this.all.dispose();
    this.one.dispose();
    this.joints.dispose();
    for (const material of Object.values(this.materials)) material.dispose();
    this.sheet.geometry.dispose();
    this.sheet.material.dispose();
  }
}
