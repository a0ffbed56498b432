import type { Tier } from '../change.ts';
import type { Node, ViewContext } from '../context.ts';
import * as THREE from '../three.ts';

const DEPTH_METRES = 0.03;
const WOOD = '#6b4a2f';
/** A moulding's profile: the way from the picture outwards, and how far it stands out. */
const PROFILE = [
  [0, -0.2],
  [0, 0.12],
  [0.14, 0.34],
  [0.3, 0.4],
  [0.62, 0.86],
  [0.86, 1],
  [1, 0.8],
  [1, -0.6],
] as const;

/** A card that faces +Z: what it shows, a back, and a frame round it where one is wanted. */
export class Card {
  readonly face = new THREE.Mesh<THREE.BufferGeometry, THREE.Material>(sheet(1, 1, 0), blank());
  width = 1;
  height = 1;
  private readonly node: Node;
  private readonly view: ViewContext;
  readonly group = new THREE.Group();
  private readonly back: THREE.Mesh<THREE.BufferGeometry, THREE.Material>;
  private curve = 0;
  private rim: THREE.Mesh<THREE.BufferGeometry, THREE.Material> | null = null;
  private rail = 0;
  /** Radius of the ball on whose inside it hangs, metres; 0: it is a card. */
  private radius = 0;

  constructor(node: Node, view: ViewContext) {
    this.node = node;
    this.view = view;
    this.back = new THREE.Mesh(this.face.geometry, this.paintBack(view.tier()));
    this.back.position.z = -0.002;
    this.back.castShadow = true;
    for (const mesh of [this.face, this.back]) mesh.userData['entity'] = node.id;
    this.group.add(this.face, this.back);
    node.root.add(this.group);
  }

  /**
   * Sets the size in metres. `aspect` is what is shown: what does not fit is cut off evenly.
   * `curve` bends the card round who looks, in radians; a bent card has no frame.
   */
  size(width: number, height: number, aspect: number, rail: number, curve = 0): void {
    const wide = width || (height || 1) * aspect;
    const high = height || wide / aspect;
    if (wide !== this.width || high !== this.height || curve !== this.curve) {
      this.face.geometry.dispose();
      this.face.geometry = this.back.geometry = sheet(wide, high, curve);
    }
    [this.width, this.height, this.curve] = [wide, high, curve];
    const own = wide / Math.max(1e-6, high);
    const u = own > aspect ? 1 : own / aspect;
    const v = own > aspect ? aspect / own : 1;
    const uv = this.face.geometry.getAttribute('uv');
    const flat = this.face.geometry.getAttribute('flat');
    for (let i = 0; i < uv.count; i++)
      uv.setXY(i, 0.5 + (flat.getX(i) - 0.5) * u, 0.5 + (flat.getY(i) - 0.5) * v);
    uv.needsUpdate = true;
    this.frame(curve > 0 ? 0 : rail);
  }

  /**
   * Hangs the picture on the inside of a ball, its middle to −Z, in place of the card; false and
   * nothing where the radius is 0.
   */
  around(radius: number): boolean {
    if (radius <= 0) {
      if (this.radius > 0) this.width = this.height = 0; // `size` makes the card anew
      this.radius = 0;
      this.back.castShadow = true;
      return false;
    }
    if (radius !== this.radius) {
      this.face.geometry.dispose();
      const ball = new THREE.SphereGeometry(radius, 64, 40).scale(-1, 1, 1).rotateY(-Math.PI / 2);
      this.face.geometry = this.back.geometry = ball;
    }
    this.radius = radius;
    this.back.castShadow = false; // who stands within is not in the dark
    this.frame(0);
    return true;
  }

  /** Shows a material, or the blank card while there is nothing to show yet. */
  show(material: THREE.Material | null): void {
    this.face.material = material ?? blank();
  }

  frame(rail: number): void {
    this.rail = rail;
    this.dropFrame();
    if (rail <= 0) return;
    const color = this.node.values.get('Color') as { value: string } | undefined;
    this.rim = new THREE.Mesh(
      moulding(this.width, this.height, rail),
      this.paint(color?.value ?? WOOD, this.view.tier()),
    );
    this.rim.userData['entity'] = this.node.id;
    this.rim.castShadow = this.rim.receiveShadow = true;
    this.group.add(this.rim);
  }

  tier(tier: Tier): void {
    this.back.material.dispose();
    this.back.material = this.paintBack(tier);
    this.frame(this.rail);
  }

  private paint(color: string, tier: Tier): THREE.Material {
    const options = { surface: 'shape' as const, lit: false };
    return this.view.materials.opaque(options, tier === 'low', new THREE.Color(color), 0);
  }

  private paintBack(tier: Tier): THREE.Material {
    const material = this.paint('#8d8576', tier);
    material.side = THREE.BackSide;
    return material;
  }

  private dropFrame(): void {
    this.rim?.removeFromParent();
    this.rim?.geometry.dispose();
    this.rim?.material.dispose();
    this.rim = null;
  }

  dispose(): void {
    this.dropFrame();
    this.group.removeFromParent();
    this.face.geometry.dispose();
    this.back.material.dispose();
  }
}

/** An upright sheet that faces +Z; `flat` keeps where each point lies on it, 0 to 1. */
function sheet(width: number, height: number, curve: number): THREE.BufferGeometry {
  const columns = curve > 0 ? Math.max(8, Math.ceil(curve * 24)) : 1;
  const geometry = new THREE.PlaneGeometry(width, height, columns, 1);
  geometry.setAttribute('flat', geometry.getAttribute('uv').clone());
  if (curve <= 0) return geometry;
  const places = geometry.getAttribute('position');
  const normals = geometry.getAttribute('normal');
  const radius = width / curve;
  for (let i = 0; i < places.count; i++) {
    const turn = places.getX(i) / radius;
    places.setX(i, radius * Math.sin(turn));
    places.setZ(i, radius * (1 - Math.cos(turn)));
    normals.setXYZ(i, -Math.sin(turn), 0, Math.cos(turn));
  }
  return geometry;
}

let waiting: THREE.MeshBasicMaterial | null = null;

/** What a card shows before its picture is there: soft paper with a drawn landscape. */
function blank(): THREE.MeshBasicMaterial {
  if (waiting) return waiting;
  const canvas = document.createElement('canvas');
  canvas.width = 96;
  canvas.height = 96;
  const context = canvas.getContext('2d')!;
  const fade = context.createLinearGradient(0, 0, 0, 96);
  fade.addColorStop(0, '#dcd7cc');
  fade.addColorStop(1, '#c4bdb0');
  context.fillStyle = fade;
  context.fillRect(0, 0, 96, 96);
  context.fillStyle = 'rgba(255,255,255,.55)';
  context.beginPath();
  context.arc(62, 38, 6, 0, 7);
  context.moveTo(26, 64);
  context.lineTo(42, 42);
  context.lineTo(52, 55);
  context.lineTo(58, 49);
  context.lineTo(70, 64);
  context.fill();
  const map = new THREE.CanvasTexture(canvas);
  map.colorSpace = THREE.SRGBColorSpace;
  waiting = new THREE.MeshBasicMaterial({ map, toneMapped: false });
  return waiting;
}

/** A mitred frame round a card: its profile drawn along four rails, every facet shaded flat. */
export function moulding(width: number, height: number, rail: number): THREE.BufferGeometry {
  const positions: number[] = [];
  const normals: number[] = [];
  const point = ([out, up]: readonly [number, number], corner: number) => {
    const sx = corner === 0 || corner === 3 ? -1 : 1;
    const sy = corner < 2 ? -1 : 1;
    const away = out * rail;
    const z = up * Math.min(rail * 0.5, DEPTH_METRES * 1.6);
    return new THREE.Vector3(sx * (width / 2 + away), sy * (height / 2 + away), z);
  };
  for (let i = 0; i + 1 < PROFILE.length; i++) {
    for (let side = 0; side < 4; side++) {
      const next = (side + 1) % 4;
      const a = point(PROFILE[i]!, side);
      const b = point(PROFILE[i + 1]!, side);
      const c = point(PROFILE[i + 1]!, next);
      const d = point(PROFILE[i]!, next);
      const normal = b.clone().sub(a).cross(d.clone().sub(a)).normalize();
      for (const corner of [a, b, c, a, c, d]) {
        positions.push(...corner.toArray());
        normals.push(...normal.toArray());
      }
    }
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('normal', new THREE.Float32BufferAttribute(normals, 3));
  return geometry;
}
