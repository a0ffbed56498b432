import type { Path } from '../../../world/components.generated.ts';
import { fetchArray } from '../../arrays.ts';
import type { Tier } from '../../change.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import * as THREE from '../../three.ts';

const SIDES: Record<Tier, number> = { low: 6, medium: 8, high: 12 };
const STEPS_BETWEEN = 8;
const STEPS_MOST = 6000;
const FLOWING = [0.45, 0.3] as const; // what flows without dashes of its own gets these

/** A tube or a ribbon through points; its dashes run on the graphics card alone. */
export function make(node: Node, first: Path, view: ViewContext): Part {
  const mesh = new THREE.Mesh<THREE.BufferGeometry, THREE.Material>(new THREE.BufferGeometry());
  mesh.userData['entity'] = node.id;
  mesh.visible = false;
  mesh.receiveShadow = true;
  node.root.add(mesh);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const dashes = { value: new THREE.Vector3() };
  let value = first;
  let points: THREE.Vector3[] = [];
  let turn = 0;

  const draw = (tier: Tier) => {
    mesh.geometry.dispose();
    mesh.visible = points.length > 1;
    if (!mesh.visible) return;
    mesh.geometry = geometryOf(value, points, SIDES[tier]);
    mesh.material?.dispose();
    mesh.material = materialOf(value, tier, view, dashes);
    mesh.castShadow = value.glow < 0.5 && value.dash === 0;
  };
  const load = async () => {
    const mine = ++turn;
    const found = await view.awaiting(fetchArray(value.data, value.asset));
    if (mine !== turn) return;
    const flat = found?.values.get('value') ?? value.points.flat();
    points = [];
    for (let i = 0; i + 2 < flat.length; i += 3)
      points.push(new THREE.Vector3(flat[i], flat[i + 1], flat[i + 2]));
    draw(view.tier());
  };
  const start = () => {
    load().catch((error: unknown) => console.warn(`path of ${node.name || node.id}:`, error));
  };
  start();
  return {
    update(next: Path) {
      value = next;
      start();
    },
    tier: draw,
    frame() {
      const [dash, gap] = value.dash > 0 || value.flow === 0 ? [value.dash, value.gap] : FLOWING;
      const run = still ? 0 : ((view.clock().ms / 1000) * value.flow) % Math.max(dash + gap, 1e-3);
      dashes.value.set(dash, gap, run);
    },
    dispose() {
      turn += 1;
      mesh.removeFromParent();
      mesh.geometry.dispose();
      mesh.material?.dispose();
    },
  };
}

/** The line itself, finely: smooth ones as a Catmull-Rom curve that passes every point. */
function finely({ smooth, closed }: Path, points: THREE.Vector3[]): THREE.Vector3[] {
  const count = points.length;
  const spans = closed ? count : count - 1;
  if (!smooth || count < 3) return closed ? [...points, points[0]!.clone()] : points;
  const at = (i: number) =>
    closed ? points[(i + count) % count]! : points[Math.min(count - 1, Math.max(0, i))]!;
  const steps = Math.max(1, Math.min(STEPS_BETWEEN, Math.floor(STEPS_MOST / spans)));
  const line: THREE.Vector3[] = [];
  for (let span = 0; span < spans; span++) {
    const [a, b, c, d] = [at(span - 1), at(span), at(span + 1), at(span + 2)];
    for (let step = 0; step < steps; step++) {
      const t = step / steps;
      const blend = (x: number, y: number, z: number, w: number) => {
        const square = 2 * x - 5 * y + 4 * z - w;
        const cube = 3 * y - x - 3 * z + w;
        return 0.5 * (2 * y + (z - x) * t + square * t * t + cube * t ** 3);
      };
      line.push(
        new THREE.Vector3(
          blend(a.x, b.x, c.x, d.x),
          blend(a.y, b.y, c.y, d.y),
          blend(a.z, b.z, c.z, d.z),
        ),
      );
    }
  }
  line.push(at(closed ? 0 : count - 1).clone());
  return line;
}

/** Sweeps a ring, or the two edges of a ribbon, along the line without twisting it. */
export function geometryOf(
  value: Path,
  points: THREE.Vector3[],
  sides: number,
): THREE.BufferGeometry {
  const line = finely(value, points);
  const ribbon = value.kind === 'ribbon';
  const around = ribbon ? 2 : sides;
  const positions: number[] = [];
  const normals: number[] = [];
  const along: number[] = [];
  const index: number[] = [];
  const ahead = new THREE.Vector3();
  const side = new THREE.Vector3();
  const up = new THREE.Vector3(0, 1, 0);
  const out = new THREE.Vector3();
  let gone = 0;
  line.forEach((point, i) => {
    if (i > 0) gone += point.distanceTo(line[i - 1]!);
    const before = line[Math.max(0, i - 1)]!;
    const after = line[Math.min(line.length - 1, i + 1)]!;
    ahead.subVectors(after, before).normalize();
    if (ribbon) up.set(0, 1, 0);
    side.crossVectors(ahead, up);
    if (side.lengthSq() < 1e-6) side.set(1, 0, 0);
    side.normalize();
    up.crossVectors(side, ahead).normalize();
    for (let k = 0; k < around + (ribbon ? 0 : 1); k++) {
      const angle = ribbon ? 0 : (k / around) * 2 * Math.PI;
      if (ribbon) out.copy(side).multiplyScalar(k === 0 ? -1 : 1);
      else out.copy(side).multiplyScalar(Math.cos(angle)).addScaledVector(up, Math.sin(angle));
      positions.push(...point.clone().addScaledVector(out, value.width / 2).toArray());
      normals.push(...(ribbon ? up : out).toArray());
      along.push(gone);
    }
  });
  const row = ribbon ? 2 : around + 1;
  for (let i = 0; i + 1 < line.length; i++) {
    for (let k = 0; k + 1 < row; k++) {
      const a = i * row + k;
      index.push(a, a + 1, a + row, a + 1, a + row + 1, a + row);
    }
  }
  const made = new THREE.BufferGeometry();
  made.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  made.setAttribute('normal', new THREE.Float32BufferAttribute(normals, 3));
  made.setAttribute('aAlong', new THREE.Float32BufferAttribute(along, 1));
  made.setIndex(index);
  return made;
}

function materialOf(
  value: Path,
  tier: Tier,
  view: ViewContext,
  dashes: { value: THREE.Vector3 },
): THREE.Material {
  const options = { surface: 'shape' as const, lit: false };
  const color = new THREE.Color(value.color);
  const material = view.materials.opaque(options, tier === 'low', color, value.glow * 1.4);
  material.side = THREE.DoubleSide;
  const lit = material.onBeforeCompile.bind(material);
  material.onBeforeCompile = (shader, renderer) => {
    lit(shader, renderer);
    shader.uniforms['uDash'] = dashes;
    const begin = /void main\(\) ?\{/;
    shader.vertexShader = shader.vertexShader.replace(
      begin,
      'attribute float aAlong;varying float vAlong;void main(){vAlong=aAlong;',
    );
    shader.fragmentShader = shader.fragmentShader.replaceAll(
      new RegExp(begin, 'g'),
      'varying float vAlong;uniform vec3 uDash;void main(){' +
        'if(uDash.x>0.&&mod(vAlong-uDash.z,uDash.x+uDash.y)>uDash.x)discard;',
    );
  };
  const key = material.customProgramCacheKey();
  material.customProgramCacheKey = () => `${key}-path`;
  return material;
}
