import { finish, lightPars, noise } from './glsl.ts';
import type { LightUniforms } from './light.ts';
import * as THREE from './three.ts';

/** A plain that reaches the horizon, for worlds without land of their own and until land has loaded. */
export function makeGround(light: LightUniforms): THREE.Mesh {
  const material = new THREE.ShaderMaterial({
    uniforms: { ...light },
    vertexShader: `varying vec3 vWorld;void main(){vec4 w=modelMatrix*vec4(position,1.);vWorld=w.xyz;
      gl_Position=projectionMatrix*viewMatrix*w;}`,
    fragmentShader: `varying vec3 vWorld;${lightPars}${noise}
      void main(){float r=length(vWorld.xz);float d=length(vWorld-cameraPosition);
        float near=1.-smoothstep(10.,60.,d);
        vec3 sand=vec3(.56,.50,.40);vec3 green=vec3(.24,.33,.15);
        vec3 c=mix(sand,green,smoothstep(14.,34.,r+(wlNoise(vWorld.xz*.12)-.5)*14.));
        c*=1.+(wlNoise(vWorld.xz*.9)-.5)*.10+(wlNoise(vWorld.xz*7.)-.5)*.10*near;
        vec3 l=uSkyFill*.95+uSunColor*max(uSun.y,0.);
        vec3 lit=c*(l+wlLampAt(vWorld)*uLamp+wlPoints(vWorld,vec3(0.,1.,0.)));
        gl_FragColor=vec4(wlFog(lit,vWorld),1.);
        ${finish}}`,
  });
  const mesh = new THREE.Mesh(new THREE.CircleGeometry(600, 64).rotateX(-Math.PI / 2), material);
  mesh.position.y = -0.01;
  mesh.name = 'ground';
  return mesh;
}
