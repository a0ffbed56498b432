import { finish, noise } from './glsl.ts';
import type { LightUniforms } from './light.ts';
import * as THREE from './three.ts';

const CLOUD_MAP_PIXELS = 384;

const clouds = /* glsl */ `
${noise}
/* x: how much cloud, y: how lit it is, seen along d (y up) */
vec2 wlClouds(vec3 d,vec3 sun,float cover,float time){
  if(d.y<.012)return vec2(0.);
  vec2 p=d.xz/(d.y+.16)*1.05+time*.004;
  float warp=wlNoise(p*2.1+7.)*.35;
  float n=wlFbm(p*1.15+2.3+warp)+.26*(wlFbm3(p*4.1)-.5);
  float m=smoothstep(cover,cover+.24,n)*smoothstep(.012,.15,d.y);
  float lit=clamp((n-wlFbm3((p+sun.xz*.22)*1.15+2.3+warp)*1.06)*2.6+.55,0.,1.);
  return vec2(m,lit);}
`;

const skyFragment = /* glsl */ `
uniform vec3 uSun,uZenith,uMiddle,uHorizon,uGround,uGlow,uCloud,uCloudShade;
uniform float uCover,uGlowPower,uStars,uTime,uDisc;
uniform sampler2D uCloudMap;
varying vec3 vDirection;
${clouds}
void main(){
  vec3 d=normalize(vDirection);float y=d.y;
  vec3 c=mix(uHorizon,uMiddle,smoothstep(-.02,.22,y));c=mix(c,uZenith,smoothstep(.12,.75,y));
  float s=max(dot(d,uSun),0.);
  c+=uGlow*(pow(s,6.)*.16+pow(s,48.)*.32)*uGlowPower*mix(.35,1.,uDisc);
  #ifdef BAKED_CLOUDS
    vec2 cl=y>.0?texture2D(uCloudMap,d.xz/(1.+y)*.5+.5).xy:vec2(0.);
  #else
    vec2 cl=wlClouds(d,uSun,uCover,uTime);
  #endif
  #ifndef NO_DISC
    float disc=smoothstep(.99962,.99978,s)*step(0.,y)*uDisc;
    c+=uGlow*disc*5.*(1.-cl.x*.8);
    c+=uGlow*pow(s,900.)*.6*uDisc;
  #endif
  vec3 lit=mix(uCloudShade,uCloud,cl.y);lit+=uGlow*(pow(s,8.)*.3+pow(s,40.)*.5*(1.-cl.x))*uGlowPower;
  c=mix(c,lit,cl.x*.92);
  if(uStars>.02&&y>.02){vec2 q=d.xz/(y+.5)*150.;vec2 g=floor(q);float r=wlHash(g);
    vec2 o=fract(q)-.5-(vec2(wlHash(g+3.),wlHash(g+5.))-.5)*.6;float b=wlHash(g+7.);
    float twinkle=.8+.2*sin(uTime*(1.+3.*b)+r*90.);
    c+=step(.968,r)*uStars*(1.-cl.x)*smoothstep(.03,.3,y)*mix(vec3(1.,.86,.7),vec3(.72,.83,1.),b)*smoothstep(.17,.02,length(o))*(.15+.95*b*b*b)*twinkle;}
  c=mix(c,uGround,smoothstep(.0,-.14,y));
  gl_FragColor=vec4(c,1.);
  ${finish}
}`;

const bakeFragment = /* glsl */ `
uniform vec3 uSun;uniform float uCover,uTime;varying vec2 vPlane;
${clouds}
void main(){float r=dot(vPlane,vPlane);vec3 d=vec3(2.*vPlane.x,1.-r,2.*vPlane.y)/(1.+r);
  gl_FragColor=vec4(wlClouds(d,uSun,uCover,uTime),0.,1.);}`;

/** The sky as a dome around the camera: three-stop gradient, sun or moon, clouds, stars. */
export class Dome {
  readonly mesh: THREE.Mesh<THREE.SphereGeometry, THREE.ShaderMaterial>;
  private readonly reflection: THREE.Scene;
  private cloudMap: THREE.WebGLRenderTarget | null = null;
  private pmrem: THREE.PMREMGenerator | null = null;
  private environment: THREE.WebGLRenderTarget | null = null;
  private readonly uniforms: Record<string, THREE.IUniform>;

  constructor(private readonly light: LightUniforms) {
    this.uniforms = { ...light, uCloudMap: { value: null } };
    const material = new THREE.ShaderMaterial({
      side: THREE.BackSide,
      depthWrite: false,
      uniforms: this.uniforms,
      vertexShader: `varying vec3 vDirection;void main(){vDirection=position;
        vec4 p=projectionMatrix*mat4(mat3(modelViewMatrix))*vec4(position,1.);gl_Position=p.xyww;}`,
      fragmentShader: skyFragment,
    });
    this.mesh = new THREE.Mesh(new THREE.SphereGeometry(1, 32, 20), material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 900; // after everything opaque, so that hidden sky costs nothing
    this.reflection = this.makeReflection();
  }

  /** Chooses between clouds in every pixel and clouds looked up in a small map. */
  setBaked(baked: boolean): void {
    const { material } = this.mesh;
    if (baked === 'BAKED_CLOUDS' in material.defines) return;
    if (baked) material.defines['BAKED_CLOUDS'] = '';
    else delete material.defines['BAKED_CLOUDS'];
    material.needsUpdate = true;
  }

  bakeClouds(renderer: THREE.WebGLRenderer): void {
    this.cloudMap ??= new THREE.WebGLRenderTarget(CLOUD_MAP_PIXELS, CLOUD_MAP_PIXELS, {
      format: THREE.RGBAFormat,
      depthBuffer: false,
    });
    const material = new THREE.ShaderMaterial({
      uniforms: this.uniforms,
      vertexShader:
        'varying vec2 vPlane;void main(){vPlane=position.xy;gl_Position=vec4(position.xy,0.,1.);}',
      fragmentShader: bakeFragment,
      depthTest: false,
    });
    const quad = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), material);
    quad.frustumCulled = false;
    const scene = new THREE.Scene();
    scene.add(quad);
    const { xr } = renderer;
    const [before, worn] = [renderer.getRenderTarget(), xr.enabled]; // a headset has its own target
    xr.enabled = false;
    renderer.setRenderTarget(this.cloudMap);
    renderer.render(scene, new THREE.Camera());
    renderer.setRenderTarget(before);
    xr.enabled = worn;
    quad.geometry.dispose();
    material.dispose();
    this.uniforms['uCloudMap']!.value = this.cloudMap.texture;
  }

  /** Image-based light from this very sky, so that the two always agree. */
  makeEnvironment(renderer: THREE.WebGLRenderer): THREE.Texture {
    this.pmrem ??= new THREE.PMREMGenerator(renderer);
    const made = this.pmrem.fromScene(this.reflection, 0.02, 0.1, 900);
    this.environment?.dispose();
    this.environment = made;
    return made.texture;
  }

  private makeReflection(): THREE.Scene {
    const material = this.mesh.material.clone();
    Object.assign(material.uniforms, this.light);
    // The glow round the sun is already in the sun's own light; half of it is left for the fill.
    const glow = this.light.uGlowPower;
    material.uniforms['uGlowPower'] = {
      get value() {
        return glow.value * 0.5;
      },
    } as THREE.IUniform;
    material.defines['NO_DISC'] = '';
    material.toneMapped = false;
    material.vertexShader = `varying vec3 vDirection;void main(){vDirection=position;
      gl_Position=projectionMatrix*modelViewMatrix*vec4(position,1.);}`;
    const scene = new THREE.Scene();
    const mesh = new THREE.Mesh(this.mesh.geometry, material);
    mesh.scale.setScalar(400);
    scene.add(mesh);
    return scene;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
    this.cloudMap?.dispose();
    this.environment?.dispose();
    this.pmrem?.dispose();
  }
}
