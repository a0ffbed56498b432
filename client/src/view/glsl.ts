/** Value noise without a texture; `wlFbm` has five octaves, `wlFbm3` three. */
export const noise = /* glsl */ `
float wlHash(vec2 p){p=fract(p*vec2(123.34,456.21));p+=dot(p,p+45.32);return fract(p.x*p.y);}
float wlNoise(vec2 p){vec2 i=floor(p),f=fract(p);f=f*f*(3.-2.*f);
  return mix(mix(wlHash(i),wlHash(i+vec2(1,0)),f.x),mix(wlHash(i+vec2(0,1)),wlHash(i+vec2(1,1)),f.x),f.y);}
float wlFbm(vec2 p){float a=.5,s=0.;for(int i=0;i<5;i++){s+=a*wlNoise(p);p=mat2(1.6,1.2,-1.2,1.6)*p+3.1;a*=.5;}return s;}
float wlFbm3(vec2 p){float a=.5,s=0.;for(int i=0;i<3;i++){s+=a*wlNoise(p);p=mat2(1.6,1.2,-1.2,1.6)*p+3.1;a*=.5;}return s;}
float wlHash3(vec3 p){p=fract(p*vec3(.1031,.1130,.1370));p+=dot(p,p.yzx+33.33);return fract((p.x+p.y)*p.z);}
float wlNoise3(vec3 p){vec3 i=floor(p),f=fract(p);f=f*f*(3.-2.*f);vec2 e=vec2(0,1);
  return mix(mix(mix(wlHash3(i),wlHash3(i+e.yxx),f.x),mix(wlHash3(i+e.xyx),wlHash3(i+e.yyx),f.x),f.y),
    mix(mix(wlHash3(i+e.xxy),wlHash3(i+e.yxy),f.x),mix(wlHash3(i+e.xyy),wlHash3(i+e.yyy),f.x),f.y),f.z);}
`;

/** Light of the hour, the same for every material of a stage (see `light.ts` for the values). */
export const lightPars = /* glsl */ `
uniform vec3 uSun,uSunColor,uGlow,uFog,uZenith,uMiddle,uHorizon,uSkyFill,uGroundFill,uRoom;
uniform float uGlowPower,uLamp,uTime,uFogDensity,uExposure,uVeil,uGlass;
uniform sampler2D uLampMap;
uniform vec4 uLampArea;
uniform vec4 uPoint[8];
uniform vec4 uPointColor[8];
uniform vec4 uPointCone[8];
uniform int uPoints;
vec3 wlFog(vec3 c,vec3 w){vec3 v=w-cameraPosition;float d=length(v);
  float f=1.-exp(-uFogDensity*uFogDensity*d*d-uFogDensity*d*.35);
  float s=max(dot(v,uSun)/max(d,.001),0.);float g=s*s*s*s*s;
  return mix(c,mix(uFog,uGlow,g*.5*min(uGlowPower,1.)),f);}
/* baked lamp light near the ground, spread over things that carry no bake of their own */
vec3 wlLampAt(vec3 w){if(uLamp<.01)return vec3(0.);vec2 u=(w.xz-uLampArea.xy)*uLampArea.zw;
  vec3 l=texture2D(uLampMap,u).rgb;return l*l*exp(-max(w.y-1.6,0.)*.30);}
/* lights that components ask for: soft wrap, finite reach, optional cone */
vec3 wlPoints(vec3 w,vec3 n){vec3 s=vec3(0.);
  for(int i=0;i<8;i++){if(i>=uPoints)break;vec3 d=uPoint[i].xyz-w;float q=length(d);d/=max(q,.01);
    float k=clamp(1.-pow(q/uPoint[i].w,4.),0.,1.);float cone=smoothstep(uPointColor[i].w,mix(uPointColor[i].w,1.,.25),dot(-d,uPointCone[i].xyz));
    s+=uPointColor[i].rgb*(k*k/(q*q+.35))*clamp(dot(n,d)*.8+.2,0.,1.)*mix(1.,cone,uPointCone[i].w);}
  return s;}
`;

/**
 * Khronos PBR Neutral and a fit of the sRGB curve by roots, for tone mapping per vertex in the low
 * tier.
 */
export const toneMap = /* glsl */ `
vec3 wlTone(vec3 c){c*=uExposure;float x=min(c.r,min(c.g,c.b));float o=x<.08?x-6.25*x*x:.04;c-=o;
  float p=max(c.r,max(c.g,c.b));if(p>.76){float n=1.-.0576/(p+.24-.76);c*=n/p;float g=1.-1./(.15*(p-n)+1.);c=mix(c,vec3(n),g);}
  c=clamp(c,0.,1.);vec3 s=sqrt(c),t=sqrt(s);return .585122*s+.783140*t-.368263*sqrt(t);}
`;

/** Colored multi-bounce ambient occlusion (Jimenez et al., 2016). */
export const bounce = /* glsl */ `
vec3 wlBounce(float x,vec3 a){return max(vec3(x),((x*(2.0404*a-.3324)+(-4.7951*a+.6417))*x+(2.7552*a+.6903))*x);}
`;

/** Ends a fragment: fog in linear light first, then tone mapping, then the output curve. */
export const finish = /* glsl */ `
#include <tonemapping_fragment>
#include <colorspace_fragment>
`;
