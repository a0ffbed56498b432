import type { Screen } from '../../../world/components.generated.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import { drawLabel, labelMaterial } from '../../labels.ts';
import { listening } from '../../media/listening.ts';
import { Showing, type Stand } from '../../media/showing.ts';
import * as THREE from '../../three.ts';

const RAIL_METRES = 0.05;
const BEFORE_METRES = 0.03; // how far words and signs stand before the picture

const stand = (value: Screen): Stand => ({ ...value, rail: RAIL_METRES, around: 0 });

/** Where the film stands at a time of the server, in seconds. */
function secondsAt({ playing, position, since }: Screen, ms: number): number {
  return position + (playing ? Math.max(0, ms / 1000 - since / 1e6) : 0);
}

/** A film that visitors play together: the log and the server's clock say where it stands. */
export function make(node: Node, first: Screen, view: ViewContext): Part {
  const showing = new Showing(node, view, stand(first));
  const captions = new Captions(showing);
  const sign = playSign(node.id);
  showing.card.group.add(sign);
  let value = first;
  let begun = true;
  return {
    update(next: Screen) {
      begun = next.playing !== value.playing || next.since !== value.since;
      value = next;
      showing.set(stand(next));
    },
    tier: (tier) => showing.tier(tier),
    sibling: (component) => {
      if (component === 'Color') showing.set(stand(value));
    },
    frame() {
      const { ms, rate } = view.clock();
      showing.frame({ seconds: secondsAt(value, ms), rate: value.playing ? rate : 0 }, begun);
      begun = false;
      captions.show(value.captions);
      sign.visible = !value.playing;
      const high = showing.card.height;
      sign.scale.setScalar(high * 0.24);
      sign.position.z = BEFORE_METRES;
    },
    dispose() {
      captions.dispose();
      sign.removeFromParent();
      sign.geometry.dispose();
      sign.material.map?.dispose();
      sign.material.dispose();
      showing.dispose();
    },
  };
}

/** The round sign over a film that stands. */
function playSign(entity: number): THREE.Mesh<THREE.PlaneGeometry, THREE.MeshBasicMaterial> {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 128;
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'rgba(12,16,26,.62)';
  context.beginPath();
  context.arc(64, 64, 60, 0, 7);
  context.fill();
  context.fillStyle = '#fff';
  context.beginPath();
  context.moveTo(50, 38);
  context.lineTo(50, 90);
  context.lineTo(94, 64);
  context.fill();
  const map = new THREE.CanvasTexture(canvas);
  map.colorSpace = THREE.SRGBColorSpace;
  map.premultiplyAlpha = true;
  const material = labelMaterial(map, false);
  const sign = new THREE.Mesh(new THREE.PlaneGeometry(1, 1), material);
  sign.userData['entity'] = entity;
  sign.renderOrder = 3;
  return sign;
}

/** The film's captions (WebVTT), written over its lower edge. */
class Captions {
  private readonly showing: Showing;
  private readonly plate: THREE.Mesh<THREE.PlaneGeometry, THREE.Material>;
  private asset = '';
  private track: HTMLTrackElement | null = null;
  private words = '';

  constructor(showing: Showing) {
    this.showing = showing;
    this.plate = new THREE.Mesh(new THREE.PlaneGeometry(1, 1));
    this.plate.visible = false;
    this.plate.renderOrder = 4;
    showing.card.group.add(this.plate);
  }

  /** Shows what is said now, of the captions of this asset. */
  show(asset: string): void {
    const { film } = this.showing;
    if (film && (asset !== this.asset || (asset && this.track?.parentElement !== film.video)))
      this.load(asset);
    const cues = listening.captions ? this.track?.track.activeCues : null;
    const words = [...(cues ?? [])].map((cue) => (cue as VTTCue).getCueAsHTML().textContent);
    const text = words.join('\n').trim();
    if (text !== this.words) this.write(text);
  }

  private load(asset: string): void {
    this.track?.remove();
    this.track = null;
    this.asset = asset;
    const { film } = this.showing;
    if (!asset || !film) return;
    this.track = document.createElement('track');
    this.track.kind = 'subtitles';
    this.track.src = `/assets/${asset}`;
    film.video.append(this.track);
    this.track.track.mode = 'hidden'; // read by us: a texture has no captions of its own
  }

  private write(text: string): void {
    this.words = text;
    this.clear();
    if (!text) return;
    const { width, height } = this.showing.card;
    const em = Math.min(0.3, height * 0.075);
    const label = drawLabel(text, {
      em: 72,
      color: '#ffffff',
      weight: 560,
      width: (width * 0.86) / em,
      plate: { color: 'rgba(8,10,18,0.78)', radius: 0.25, padX: 0.5, padY: 0.16 },
    });
    this.plate.material = labelMaterial(label.texture, false);
    this.plate.scale.set(label.width * em, label.height * em, 1);
    const low = -height / 2 + (label.height * em) / 2 + height * 0.04;
    this.plate.position.set(0, low, BEFORE_METRES * 1.4);
    this.plate.visible = true;
  }

  private clear(): void {
    this.plate.visible = false;
    const material = this.plate.material as THREE.MeshBasicMaterial;
    material.map?.dispose();
    material.dispose();
  }

  dispose(): void {
    this.clear();
    this.track?.remove();
    this.plate.removeFromParent();
    this.plate.geometry.dispose();
  }
}
