import * as THREE from '../three.ts';

const LENGTH_M = 3;
const ARC_POINTS = 64;
const GOOD = '#7fe3c4';
const BAD = '#e07a5f';

/** A hand's ray, and the dot where it meets something. */
export class Beam {
  readonly root = new THREE.Group();
  private readonly line: THREE.Mesh;
  private readonly dot: THREE.Mesh;

  constructor() {
    const paint = { transparent: true, opacity: 0.75, depthWrite: false, toneMapped: false };
    const geometry = new THREE.CylinderGeometry(0.0012, 0.003, 1, 6, 1, true);
    geometry.rotateX(-Math.PI / 2).translate(0, 0, -0.5);
    const white = new THREE.MeshBasicMaterial({ color: '#ffffff', ...paint });
    this.line = new THREE.Mesh(geometry, white);
    const round = new THREE.SphereGeometry(0.009, 12, 10);
    this.dot = new THREE.Mesh(round, new THREE.MeshBasicMaterial({ color: GOOD, ...paint }));
    this.root.add(this.line, this.dot);
    for (const mesh of [this.line, this.dot]) mesh.raycast = () => undefined;
  }

  /** `distance`: to what it meets; null for nothing near. */
  show(ray: THREE.Ray, distance: number | null): void {
    this.line.position.copy(ray.origin);
    this.line.quaternion.setFromUnitVectors(AHEAD, ray.direction);
    this.line.scale.z = Math.min(distance ?? LENGTH_M, LENGTH_M);
    this.dot.visible = distance !== null;
    if (distance !== null) ray.at(distance, this.dot.position);
  }

  dispose(): void {
    this.root.removeFromParent();
    for (const mesh of [this.line, this.dot]) {
      mesh.geometry.dispose();
      (mesh.material as THREE.Material).dispose();
    }
  }
}

const AHEAD = new THREE.Vector3(0, 0, -1);

/** The arc of a teleport and the ring where it ends; a lone ring shows a place of the room. */
export class Landing {
  readonly root = new THREE.Group();
  private readonly arc: THREE.Line;
  private readonly ring: THREE.Mesh;
  private readonly places = new Float32Array(ARC_POINTS * 3);

  constructor() {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute('position', new THREE.BufferAttribute(this.places, 3));
    this.arc = new THREE.Line(geometry, new THREE.LineBasicMaterial({ toneMapped: false }));
    this.arc.frustumCulled = false;
    const round = new THREE.RingGeometry(0.22, 0.3, 40).rotateX(-Math.PI / 2);
    const paint = { transparent: true, opacity: 0.9, depthWrite: false, toneMapped: false };
    this.ring = new THREE.Mesh(round, new THREE.MeshBasicMaterial({ color: GOOD, ...paint }));
    this.ring.renderOrder = 4;
    this.root.add(this.arc, this.ring);
    this.root.visible = false;
  }

  show(points: readonly THREE.Vector3[], landing: THREE.Vector3 | null): void {
    this.root.visible = true;
    this.arc.visible = points.length > 1;
    points.slice(0, ARC_POINTS).forEach((point, i) => point.toArray(this.places, i * 3));
    this.arc.geometry.setDrawRange(0, Math.min(points.length, ARC_POINTS));
    this.arc.geometry.getAttribute('position').needsUpdate = true;
    (this.arc.material as THREE.LineBasicMaterial).color.set(landing ? GOOD : BAD);
    this.ring.visible = landing !== null;
    if (landing) this.ring.position.copy(landing).setY(landing.y + 0.02);
  }

  hide(): void {
    this.root.visible = false;
  }

  dispose(): void {
    this.root.removeFromParent();
    for (const mesh of [this.arc, this.ring]) {
      mesh.geometry.dispose();
      (mesh.material as THREE.Material).dispose();
    }
  }
}

/** Darkens the edges of what one sees while something moves one. */
export class Vignette {
  readonly mesh: THREE.Mesh<THREE.SphereGeometry, THREE.ShaderMaterial>;

  constructor() {
    const material = new THREE.ShaderMaterial({
      side: THREE.BackSide,
      transparent: true,
      depthTest: false,
      depthWrite: false,
      uniforms: { uDark: { value: 0 } },
      vertexShader: `varying vec3 vAt;void main(){vAt=position;
        gl_Position=projectionMatrix*modelViewMatrix*vec4(position,1.);}`,
      fragmentShader: `varying vec3 vAt;uniform float uDark;void main(){
        float away=acos(clamp(-normalize(vAt).z,-1.,1.));
        float edge=mix(1.6,.42,uDark);
        gl_FragColor=vec4(0.,0.,0.,smoothstep(edge-.18,edge+.1,away)*min(1.,uDark*3.));}`,
    });
    this.mesh = new THREE.Mesh(new THREE.SphereGeometry(0.5, 32, 24), material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 999;
    this.mesh.raycast = () => undefined;
  }

  /** How dark it is now, 0 to 1. */
  get dark(): number {
    return this.mesh.material.uniforms['uDark']!.value as number;
  }

  show(head: THREE.Vector3, turn: THREE.Quaternion, wished: number, dt: number): void {
    const dark = this.dark + (wished - this.dark) * (1 - Math.exp(-9 * dt));
    this.mesh.material.uniforms['uDark']!.value = dark < 0.01 ? 0 : dark;
    this.mesh.visible = dark >= 0.01;
    this.mesh.position.copy(head);
    this.mesh.quaternion.copy(turn);
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }
}
