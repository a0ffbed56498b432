import type { Tier } from '../change.ts';
import type { ViewContext } from '../context.ts';
import * as THREE from '../three.ts';
import { Crowd, type Rows } from './crowd.ts';
import { farFigure, limbs } from './far-figure.ts';
import type { Gait } from './gait.ts';
import { Impostors } from './impostors.ts';
import { Pictures } from './pictures.ts';
import { bob, poseOf } from './poses.ts';
import { seenFromAfar } from './shelf.ts';
import type { Wardrobe } from './wardrobe.ts';

const FAR_ROWS = 256;
const FIRST = 64;
/** How dark it is under the feet; beside a shadow map it only grounds those in the shade. */
const CONTACT: Record<Tier, number> = { low: 0.42, medium: 0.26, high: 0.26 };

/** Who is shown by a card. */
interface Flat {
  readonly row: number;
  readonly gait: Gait;
  /** What they wear; null until the wardrobe's list is here. */
  readonly parts: readonly string[] | null;
}

/** What is seen of someone's clothes from afar. */
interface Clothes {
  readonly key: string;
  readonly parts: readonly string[];
}

/** All who are drawn without joints, and what is under everybody's feet. */
export class Others {
  private readonly far: Crowd;
  private pictures: Pictures | null = null;
  private cards: Impostors | null = null;
  private shadows: THREE.InstancedMesh;
  private readonly dark = { value: CONTACT.low };
  private readonly sets = new WeakMap<readonly string[], Clothes>();
  private tier: Tier = 'low';

  constructor(
    private readonly view: ViewContext,
    private readonly rows: Rows,
    private readonly wardrobe: Wardrobe,
  ) {
    this.far = new Crowd(view, rows, farFigure(), FAR_ROWS, limbs);
    this.shadows = blobShadows(this.dark, FIRST);
    view.scene.add(this.far.mesh, this.shadows);
  }

  setTier(tier: Tier): void {
    this.tier = tier;
    this.far.setTier(tier);
    this.cards?.setTier(tier);
    this.dark.value = CONTACT[tier];
  }

  begin(now: number): void {
    this.far.begin();
    this.cards?.begin();
    this.pictures?.shelf.begin(now);
    this.shadows.count = 0;
  }

  /** Adds a simple figure; `within`: only mirrors show it. */
  addFar(row: number, matrix: THREE.Matrix4, within: boolean): void {
    this.far.add(row, 0, matrix, within);
  }

  /** Adds a card; size 1: of average height. */
  addFlat({ row, gait, parts }: Flat, size: number): void {
    this.cards ??= this.makeCards();
    const { x, y, z, yaw } = gait.pose;
    const { motion } = gait;
    const set = parts && this.setOf(parts);
    const shown = set ? this.pictures!.shelf.rowOf(set.key, set.parts) : 0;
    const feet = [x, y + bob(motion) * size, z] as const;
    this.cards.add(feet, [yaw + Math.PI, size], row, [poseOf(motion), shown]);
  }

  private makeCards(): Impostors {
    this.pictures = new Pictures(this.wardrobe, farFigure());
    const cards = new Impostors(this.view, this.rows, this.pictures);
    cards.setTier(this.tier);
    this.view.scene.add(cards.mesh);
    return cards;
  }

  private setOf(worn: readonly string[]): Clothes {
    let set = this.sets.get(worn);
    if (!set) {
      const parts = seenFromAfar(worn);
      set = { key: parts.join(), parts };
      this.sets.set(worn, set);
    }
    return set;
  }

  /** A soft dark round under somebody's feet. */
  addShadow(matrix: THREE.Matrix4): void {
    const { shadows } = this;
    if (shadows.count >= shadows.instanceMatrix.count) this.growShadows();
    this.shadows.setMatrixAt(this.shadows.count++, matrix);
  }

  private growShadows(): void {
    const old = this.shadows;
    const more = blobShadows(this.dark, old.count * 2);
    more.instanceMatrix.array.set(old.instanceMatrix.array);
    more.count = old.count;
    this.free();
    this.shadows = more;
    this.view.scene.add(more);
  }

  end(): void {
    this.far.end();
    this.cards?.end();
    this.pictures?.draw(this.view.renderer);
    this.shadows.visible = this.shadows.count > 0;
    this.shadows.instanceMatrix.needsUpdate = true;
  }

  private free(): void {
    const { shadows } = this;
    shadows.removeFromParent();
    shadows.geometry.dispose();
    (shadows.material as THREE.Material).dispose();
    shadows.dispose();
  }

  dispose(): void {
    this.far.dispose();
    this.cards?.dispose();
    this.pictures?.dispose();
    this.free();
  }
}

/** Soft discs under the feet. */
function blobShadows(uDark: { value: number }, most: number): THREE.InstancedMesh {
  const material = new THREE.ShaderMaterial({
    transparent: true,
    depthWrite: false,
    uniforms: { uDark },
    vertexShader: `varying vec2 vP;void main(){vP=position.xz;
      gl_Position=projectionMatrix*viewMatrix*instanceMatrix*vec4(position,1.);}`,
    fragmentShader:
      'varying vec2 vP;uniform float uDark;void main(){gl_FragColor=vec4(.05,.05,.09,uDark*smoothstep(.36,.05,length(vP)));}',
  });
  const geometry = new THREE.PlaneGeometry(0.72, 0.72).rotateX(-Math.PI / 2);
  const mesh = new THREE.InstancedMesh(geometry, material, most);
  mesh.frustumCulled = false;
  mesh.raycast = () => undefined;
  mesh.count = 0;
  mesh.renderOrder = 1;
  return mesh;
}
