import * as THREE from '../three.ts';
import { type Moved, STATE_TEXEL } from './crowd.ts';

/** A simple figure swings its limbs: `aLimb` is (pivot height, −1..1 direction). */
export const limbs: Moved = {
  name: 'limbs',
  pars: 'attribute vec2 aLimb;',
  normal: /* glsl */ `
  vec4 wlState=wlDress(${STATE_TEXEL});
  float wlSwing=aLimb.y*sin(wlState.x*6.2831853)*wlState.y;
  float wlS=sin(wlSwing),wlK=cos(wlSwing);
  objectNormal.yz=mat2(wlK,wlS,-wlS,wlK)*objectNormal.yz;`,
  place:
    'transformed.y-=aLimb.x;' +
    'transformed.yz=mat2(wlK,wlS,-wlS,wlK)*transformed.yz;transformed.y+=aLimb.x;',
};

/** A simple figure of some 1,200 triangles, for many who are near, and until the real one came. */
export function farFigure(): THREE.BufferGeometry {
  const parts: {
    geometry: THREE.BufferGeometry;
    slot: number;
    limb: [number, number];
    at: number[];
  }[] = [
    {
      geometry: new THREE.SphereGeometry(0.135, 10, 8),
      slot: 0,
      limb: [0, 0],
      at: [0, 1.5, 0],
    },
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
        slot: 4,
        limb: [0.8, side],
        at: [side * 0.09, 0.42, 0],
      },
      {
        geometry: new THREE.SphereGeometry(0.08, 8, 5).scale(0.85, 0.7, 1.5),
        slot: 5,
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
    new THREE.Float32BufferAttribute(new Array(slots.length * 4).fill(0.25), 4),
  );
  made.setIndex(index);
  return made;
}
