import { finish, lightPars, noise } from './glsl.ts';
import type { LightUniforms } from './light.ts';
import * as THREE from './three.ts';

const worldVertex = /* glsl */ `
varying vec3 vWorld,vColored;
void main(){
  #ifdef USE_COLOR_ALPHA
    vColored=color.rgb;
  #elif defined(USE_COLOR)
    vColored=color;
  #else
    vColored=vec3(1.);
  #endif
  vec4 w=modelMatrix*vec4(position,1.);vWorld=w.xyz;gl_Position=projectionMatrix*viewMatrix*w;}`;

const skyAbove = /* glsl */ `
vec3 wlSky(vec3 d){float y=max(d.y,0.);vec3 c=mix(uHorizon,uMiddle,smoothstep(-.02,.22,y));
  c=mix(c,uZenith,smoothstep(.12,.75,y));float s=max(dot(d,uSun),0.);
  return c+uGlow*(pow(s,6.)*.16+pow(s,48.)*.5)*uGlowPower;}`;

const waterFragment = /* glsl */ `
varying vec3 vWorld,vColored;
${lightPars}${noise}${skyAbove}
float height(vec2 q,float t){return wlNoise(q+vec2(t,t*.6))+.5*wlNoise(q*2.3-vec2(t*.8,-t));}
void main(){
  vec3 eye=cameraPosition-vWorld;float dist=length(eye);eye/=dist;
  /* small basins ripple finely, open water rolls: the height above ground tells them apart */
  float open=step(vWorld.y,-.2);
  float scale=mix(1.7,.42,open);float slope=mix(.055,.045,open)/(1.+dist*mix(.02,.006,open));
  vec2 p=vWorld.xz*scale;float t=uTime*.5;vec2 e=vec2(.06,0.);
  #ifdef CHEAP
    float h=wlNoise(p+vec2(t,t*.6));vec2 g=vec2(wlNoise(p+e.xy+vec2(t,t*.6))-h,wlNoise(p+e.yx+vec2(t,t*.6))-h)/e.x*slope;
  #else
    float h=height(p,t);vec2 g=vec2(height(p+e.xy,t)-h,height(p+e.yx,t)-h)/e.x*slope;
  #endif
  vec3 n=normalize(vec3(-g.x,1.,-g.y));
  float fresnel=.03+.97*pow(1.-max(dot(n,eye),0.),5.);
  vec3 r=reflect(-eye,n);r.y=abs(r.y);
  vec3 deep=mix(vec3(.010,.085,.105),vec3(.018,.135,.15),wlFbm3(vWorld.xz*.13));
  float day=dot(uSkyFill,vec3(.33));
  vec3 body=mix(deep,vec3(.07,.30,.30),mix(.75,.12,open))*(day*1.5+dot(uSunColor,vec3(.33))*.35*max(uSun.y,0.));
  body+=vec3(.9,.75,.45)*wlLampAt(vec3(vWorld.x,.5,vWorld.z))*uLamp*.10;
  vec3 mirror=wlSky(r);
  /* hills and trees stand round the water: the lowest reflections are darker than the sky */
  mirror*=mix(.62,1.,smoothstep(.02,.22,r.y));
  vec3 c=mix(body,mirror,fresnel);
  vec3 half_=normalize(eye+uSun);
  float spark=pow(max(dot(n,half_),0.),mix(420.,260.,open));
  c+=uSunColor*spark*mix(2.2,3.4,open);
  float alpha=mix(mix(.74,.97,fresnel),1.,open);
  gl_FragColor=vec4(wlFog(c,vWorld),alpha);
  ${finish}
}`;

const fallFragment = /* glsl */ `
varying vec3 vWorld,vColored;
${lightPars}${noise}
void main(){
  float y=1.-vColored.x;
  vec2 p=vec2(vColored.y*90.*max(vColored.z,.6),y*2.2-uTime*1.6);
  float n=wlNoise(p)*.6+wlNoise(p*vec2(2.7,1.6)+9.)*.4;
  float a=smoothstep(.38+.15*y,.85,n)*.85+.10;
  vec3 c=mix(uHorizon,vec3(1.),.45)*(.35+dot(uSkyFill,vec3(.33)));
  c+=uGlow*pow(max(dot(normalize(vWorld-cameraPosition),uSun),0.),4.)*.8*uGlowPower;
  c+=wlLampAt(vWorld)*uLamp*.35;
  gl_FragColor=vec4(wlFog(c,vWorld),a*smoothstep(1.02,.86,y));
  ${finish}
}`;

/**
 * A veil with depth: behind the surface lies a land in the portal's hue, far sky and three ridges,
 * each at its own distance, so that they slide over each other as the visitor moves; mist drifts
 * between them. `p` is the place on the veil, `d` the view ray, `hue` the colour.
 */
export const veilColor = /* glsl */ `
vec4 wlVeil(vec2 p,vec3 d,vec3 hue,float rim){
  vec2 slope=d.xy/max(abs(d.z),.3);
  vec3 pale=mix(hue,vec3(1.,.97,.90),.60),deep=hue*(.10+.55*hue);
  vec2 far=p+slope*5.;
  float up=far.y*.42;
  vec3 c=mix(pale,mix(hue,pale,.18),smoothstep(-.05,.45,up));c=mix(c,deep*1.4,smoothstep(.35,1.25,up));
  vec2 sun=far-vec2(.55,.62);float s=dot(sun,sun);
  c+=mix(pale,vec3(1.),.5)*(.75*smoothstep(.075,.055,s)+.42*exp(-s*2.2));
  float cloud=smoothstep(.46,.86,wlFbm3(far*vec2(.55,1.5)+vec2(uTime*.015,3.)));
  c=mix(c,mix(pale,vec3(1.),.35),cloud*.5);
  for(int i=0;i<3;i++){float k=float(i);vec2 q=p+slope*(3.2-1.15*k);
    float crest=.04-.30*k+(wlFbm3(vec2(q.x*(.62+.3*k)+k*9.7,k))-.45)*(.95-.22*k);
    float inside=smoothstep(0.,.025+.02*k,crest-q.y);
    vec3 land=mix(mix(pale,hue,.35+.2*k),deep,.22+.33*k);
    land=mix(land,pale,exp(-(crest-q.y)*(5.-k))*.12);
    float mist=smoothstep(.1,.75,crest-q.y)*(.55+.45*wlNoise(q*vec2(1.3,2.6)+vec2(uTime*(.05+.02*k),k*5.)));
    c=mix(c,mix(land,pale,mist*(.75-.18*k)),inside);}
  vec2 m=(p+slope*.5)*5.;vec2 cell=floor(m);float r=wlHash(cell);
  vec2 o=fract(m)-.5-(vec2(wlHash(cell+3.),wlHash(cell+5.))-.5)*.7;
  o.y+=sin(uTime*(.3+r)+r*40.)*.12;
  c+=mix(hue,vec3(1.),.8)*step(.82,r)*smoothstep(.09,.0,length(o))*(.5+.5*sin(uTime*(.8+r)+r*60.));
  float edge=smoothstep(.55,1.,rim+.35*wlFbm3(p*2.2+vec2(0.,-uTime*.12))*rim);
  c=mix(c,hue*.85+pale*.35,edge*.85);
  return vec4(c*.92,1.);}
`;

const veilFragment = /* glsl */ `
varying vec3 vWorld,vColored;
${lightPars}${noise}${veilColor}
void main(){
  float angle=atan(vWorld.x,vWorld.z);float radius=length(vWorld.xz);
  vec3 out_=vec3(sin(angle),0.,cos(angle));vec3 side=vec3(out_.z,0.,-out_.x);
  vec3 d=normalize(vWorld-cameraPosition);
  vec2 p=vec2(angle*radius,vWorld.y);
  vec4 v=wlVeil(p,vec3(dot(d,side),d.y,dot(d,out_)),vColored,0.);
  gl_FragColor=vec4(v.rgb*uVeil,v.a);
  ${finish}
}`;

function shader(
  light: LightUniforms,
  fragmentShader: string,
  options: THREE.ShaderMaterialParameters,
): THREE.ShaderMaterial {
  return new THREE.ShaderMaterial({
    uniforms: { ...light },
    vertexShader: worldVertex,
    fragmentShader,
    vertexColors: true,
    ...options,
  });
}

/**
 * Basin and lake: Fresnel between a lit body and the hour's own sky, sun glitter, two noises of
 * waves.
 */
export function waterMaterial(light: LightUniforms, cheap: boolean): THREE.ShaderMaterial {
  const defines: Record<string, string> = cheap ? { CHEAP: '' } : {};
  return shader(light, waterFragment, { transparent: true, defines, vertexColors: false });
}

/** Falling water; COLOR_0 = (1 − way down, angle 0..1, number of parts). */
export function fallMaterial(light: LightUniforms): THREE.ShaderMaterial {
  return shader(light, fallFragment, {
    transparent: true,
    side: THREE.DoubleSide,
    depthWrite: false,
  });
}

/** A portal's veil that came with a model; COLOR_0 is its hue. */
export function veilMaterial(light: LightUniforms): THREE.ShaderMaterial {
  return shader(light, veilFragment, {
    transparent: true,
    side: THREE.DoubleSide,
    depthWrite: false,
  });
}
