import { tagText } from '../../world/naming.ts';
import { drawLabel, type LabelStyle, labelMaterial } from '../labels.ts';
import * as THREE from '../three.ts';

const TAG_METRES = 30;
const BUBBLE_METRES = 40;
const BUBBLE_SECONDS = 6;
const SECONDS_PER_LETTER = 0.06;
const LEGIBLE_METRES = 16;
const LEGIBLE_PIXELS = 9.5; // of one em, so that names can be read on a small screen, too
const LARGEST_PIXELS = 22; // of one em: who stands beside the eye does not fill the picture
const FACE_METRES = [1.1, 2] as const; // nearer, the name of a body that is hardly seen goes

const tagStyle: LabelStyle = {
  em: 44,
  color: '#ffffff',
  weight: 600,
  width: 18,
  plate: { color: 'rgba(20,26,40,0.62)', radius: 0.55, padX: 0.55, padY: 0.1 },
};
const agentStyle: LabelStyle = {
  ...tagStyle,
  color: '#dff6ff',
  plate: { color: 'rgba(22,74,96,0.74)', radius: 0.55, padX: 0.55, padY: 0.1 },
};
const bubbleStyle: LabelStyle = {
  em: 44,
  color: '#1d2433',
  weight: 500,
  width: 13,
  plate: { color: 'rgba(255,252,244,0.96)', radius: 0.7, padX: 0.7, padY: 0.3 },
};

/** A board that always faces the eye, about as large at ten metres as at three. */
class Board {
  readonly mesh: THREE.Mesh<THREE.PlaneGeometry, THREE.MeshBasicMaterial>;
  private readonly width: number;
  private readonly height: number;

  constructor(text: string, style: LabelStyle, scene: THREE.Scene) {
    const label = drawLabel(text, style);
    this.width = label.width;
    this.height = label.height;
    this.mesh = new THREE.Mesh(new THREE.PlaneGeometry(1, 1), labelMaterial(label.texture, false));
    this.mesh.raycast = () => undefined;
    this.mesh.renderOrder = 10;
    scene.add(this.mesh);
  }

  /** Stands with its lower edge at `place`; answers the height it takes. */
  stand(place: THREE.Vector3, camera: THREE.PerspectiveCamera, em: number): number {
    const far = place.distanceTo(camera.position);
    const pixel = (2 * Math.tan((camera.fov * Math.PI) / 360)) / innerHeight; // at one metre
    const legible = Math.min(far, LEGIBLE_METRES) * pixel * LEGIBLE_PIXELS;
    const wanted = Math.max(em * Math.max(1, far / 3) ** 0.8, legible);
    const size = Math.min(wanted, far * pixel * LARGEST_PIXELS);
    this.mesh.material.opacity = THREE.MathUtils.smoothstep(far, ...FACE_METRES);
    this.mesh.scale.set(this.width * size, this.height * size, 1);
    this.mesh.position.copy(place);
    this.mesh.position.y += (this.height * size) / 2;
    this.mesh.quaternion.copy(camera.quaternion);
    return this.height * size;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    this.mesh.material.map?.dispose();
    this.mesh.material.dispose();
  }
}

/** The name over a visitor and what they say; pictures exist only while they are near. */
export class Tag {
  private name: Board | null = null;
  private bubble: Board | null = null;
  private words = '';
  private until = 0;
  private readonly top = new THREE.Vector3();

  constructor(
    private text: string,
    private readonly agent: boolean,
    private readonly scene: THREE.Scene,
  ) {}

  say(text: string, now: number): void {
    this.words = text.slice(0, 280);
    this.until = now + BUBBLE_SECONDS + this.words.length * SECONDS_PER_LETTER;
    this.bubble?.dispose();
    this.bubble = null;
  }

  place(head: THREE.Vector3, camera: THREE.PerspectiveCamera, now: number, shown: boolean): void {
    const far = head.distanceTo(camera.position);
    this.top.copy(head);
    if (shown && far < TAG_METRES && far > FACE_METRES[0]) {
      this.name ??= new Board(
        tagText(this.text, this.agent),
        this.agent ? agentStyle : tagStyle,
        this.scene,
      );
      this.top.y += this.name.stand(this.top, camera, 0.056) + 0.05;
    } else {
      this.name?.dispose();
      this.name = null;
    }
    if (this.words && now < this.until && far < BUBBLE_METRES && far > FACE_METRES[0]) {
      this.bubble ??= new Board(this.words, bubbleStyle, this.scene);
      this.bubble.stand(this.top, camera, 0.064);
    } else if (this.bubble) {
      this.bubble.dispose();
      this.bubble = null;
    }
  }

  dispose(): void {
    this.name?.dispose();
    this.bubble?.dispose();
  }
}
