import type { Tier } from '../change.ts';
import type { Node, Part, PointSource, ViewContext } from '../context.ts';
import { finish, lightPars, noise } from '../glsl.ts';
import { drawLabel, labelMaterial } from '../labels.ts';
import { veilColor } from '../liquid.ts';
import { chamferedBox, turned } from '../solids.ts';
import * as THREE from '../three.ts';

interface PortalValue {
  world: string;
  title: string;
  color: string;
  radius: number;
}

const vertexShader = /* glsl */ `
varying vec2 vPlane;varying vec3 vRay,vWorld;
void main(){vPlane=position.xy;vec4 w=modelMatrix*vec4(position,1.);vWorld=w.xyz;
  vRay=inverse(mat3(modelMatrix))*(w.xyz-cameraPosition);gl_Position=projectionMatrix*viewMatrix*w;}`;

const fragmentShader = /* glsl */ `
uniform vec3 uHue;uniform float uNear;varying vec2 vPlane;varying vec3 vRay,vWorld;
${lightPars}${noise}${veilColor}
void main(){
  vec3 d=normalize(vRay);float side=d.z<0.?1.:-1.;d.x*=side;
  float r=length(vPlane);
  float ripple=sin(r*17.-uTime*2.6)*exp(-r*1.1)*.030*(1.+uNear*2.);
  vec2 p=vec2(vPlane.x*side,vPlane.y)+normalize(vPlane+1e-4)*ripple;
  vec4 v=wlVeil(p,d,uHue,smoothstep(.62,1.,r));
  gl_FragColor=vec4(wlFog(v.rgb*uVeil*(1.+.15*uNear),vWorld),v.a);
  ${finish}
}`;

/**
 * A round gate: stone ring, glowing inner ring, a veil one can look into, and a sign with the name.
 */
export function portal(node: Node, first: PortalValue, view: ViewContext): Part {
  let value = first;
  let built = build(node, value, view);
  const place = new THREE.Vector3();
  return {
    update(next: PortalValue) {
      value = next;
      built.dispose();
      built = build(node, value, view);
    },
    tier() {
      built.dispose();
      built = build(node, value, view);
    },
    frame() {
      node.root.getWorldPosition(place);
      const near = 1 - (place.distanceTo(view.camera.position) - 2) / 6;
      built.near.value = Math.min(1, Math.max(0, near));
    },
    dispose: () => built.dispose(),
  };
}

const STONES = 20;

interface Built {
  near: { value: number };
  dispose(): void;
}

function build(node: Node, value: PortalValue, view: ViewContext): Built {
  const { radius: r } = value;
  const group = new THREE.Group();
  const height = r * 1.16;
  const hue = new THREE.Color(value.color);
  const tier = view.tier();
  const add = (geometry: THREE.BufferGeometry, material: THREE.Material, y: number, z = 0) => {
    const mesh = new THREE.Mesh(geometry, material);
    mesh.position.set(0, y, z);
    mesh.castShadow = mesh.receiveShadow =
      tier !== 'low' && !(material instanceof THREE.ShaderMaterial);
    mesh.userData['entity'] = node.id;
    group.add(mesh);
    return mesh;
  };
  const stone = paint('#d9cdb8', 0, tier, view);
  const mortar = paint('#8d8272', 0, tier, view);
  const dark = paint('#3b4152', 0, tier, view);
  const glow = paint(value.color, tier === 'low' ? 0.8 : 1.1, tier, view);
  const ring = add(annulus(r * 1.0, r * 1.19, r * 0.15, 0.02), mortar, height);
  const blocks = voussoirs(r, stone);
  blocks.position.y = height;
  blocks.castShadow = blocks.receiveShadow = tier !== 'low';
  blocks.userData['entity'] = node.id;
  group.add(blocks);
  add(annulus(r * 0.955, r * 1.005, r * 0.2, 0.012), glow, height);
  const step = add(chamferedBox(r * 2.1, 0.16, r * 1.1, 0.03), stone, 0.08);
  ring.userData['solid'] = step.userData['solid'] = true;

  const near = { value: 0 };
  const veil = new THREE.ShaderMaterial({
    uniforms: { ...view.light, uHue: { value: hue }, uNear: near },
    vertexShader,
    fragmentShader,
    transparent: true,
    side: THREE.DoubleSide,
    depthWrite: false,
  });
  add(new THREE.CircleGeometry(1, 56), veil, height).scale.setScalar(r * 0.97);

  const sign = addSign(group, value, height + r * 1.2, dark, add);
  const lamp: PointSource = {
    object: group,
    color: hue,
    intensity: 0.35,
    reach: r * 4,
    angle: null,
  };
  view.lights.add(lamp);
  node.root.add(group);
  view.touchColliders();
  return {
    near,
    dispose() {
      group.removeFromParent();
      view.lights.delete(lamp);
      group.traverse((child) => {
        if (child instanceof THREE.Mesh) (child.geometry as THREE.BufferGeometry).dispose();
      });
      blocks.dispose();
      for (const material of [stone, mortar, dark, glow, veil]) material.dispose();
      for (const material of sign) {
        material.map?.dispose();
        material.dispose();
      }
      view.touchColliders();
    },
  };
}

/** The ring's wedge stones, each a little different in tone, with a keystone on top. */
function voussoirs(r: number, stone: THREE.Material): THREE.InstancedMesh {
  const wide = (2 * Math.PI * r * 1.1) / STONES;
  const block = chamferedBox(wide * 0.985, r * 0.21, r * 0.35, 0.018);
  const made = new THREE.InstancedMesh(block, stone, STONES);
  const place = new THREE.Object3D();
  for (let i = 0; i < STONES; i++) {
    const turn = (i / STONES) * 2 * Math.PI;
    const key = i === 0 ? 1.22 : 1;
    place.position.set(Math.sin(turn), Math.cos(turn), 0).multiplyScalar(r * (1.08 + 0.02 * key));
    place.rotation.z = -turn;
    place.scale.set(1, key, key);
    place.updateMatrix();
    made.setMatrixAt(i, place.matrix);
    const shade = 0.93 + 0.12 * Math.abs(Math.sin(i * 12.9898));
    made.setColorAt(i, new THREE.Color(shade, shade * 0.985, shade * 0.96));
  }
  return made;
}

/** A dark board over the ring with the world's name on both sides, readable from twenty metres. */
function addSign(
  group: THREE.Group,
  value: PortalValue,
  top: number,
  board: THREE.Material,
  add: (geometry: THREE.BufferGeometry, material: THREE.Material, y: number) => THREE.Mesh,
): THREE.MeshBasicMaterial[] {
  const words = value.title || value.world;
  if (!words) return [];
  const label = drawLabel(words, {
    em: 96,
    color: '#fff3da',
    weight: 600,
    width: 14,
    spacing: 0.02,
  });
  const em = Math.min(0.26, (value.radius * 2.4) / label.width);
  const width = label.width * em + 0.3;
  const height = label.height * em + 0.12;
  const y = top + height / 2 + 0.16;
  add(chamferedBox(width, height, 0.1, 0.03), board, y);
  for (const side of [-1, 1]) {
    const stay = add(chamferedBox(0.06, 0.5, 0.06, 0.012), board, y - height / 2 - 0.12);
    stay.position.x = side * Math.min(width * 0.36, value.radius * 0.3);
  }
  return [1, -1].map((side) => {
    const material = labelMaterial(label.texture, false);
    const face = new THREE.Mesh(
      new THREE.PlaneGeometry(label.width * em, label.height * em),
      material,
    );
    face.position.set(0, y, side * 0.056);
    if (side < 0) face.rotation.y = Math.PI;
    face.renderOrder = 2;
    group.add(face);
    return material;
  });
}

function annulus(inner: number, outer: number, depth: number, bevel: number): THREE.BufferGeometry {
  const middle = (inner + outer) / 2;
  const t = depth / 2;
  const profile: [number, number][] = [
    [middle, -t],
    [outer, -t],
    [outer, t],
    [inner, t],
    [inner, -t],
    [middle, -t],
  ];
  return turned(profile, bevel, bevel).rotateX(Math.PI / 2);
}

function paint(color: string, glow: number, tier: Tier, view: ViewContext): THREE.Material {
  const options = { surface: 'shape' as const, lit: false };
  return view.materials.opaque(options, tier === 'low', new THREE.Color(color), glow);
}
