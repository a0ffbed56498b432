import type { Image } from '../../../world/components.generated.ts';
import type { Tier } from '../../change.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import { Card } from '../../media/card.ts';
import { type Picture, releasePicture, takePicture } from '../../media/pictures.ts';
import { Lacking } from '../../media/loss.ts';
import * as THREE from '../../three.ts';

/** A picture asset on a card; a blank card stands in its place until it has come. */
export function make(node: Node, first: Image, view: ViewContext): Part {
  const card = new Card(node, view);
  const lacking = new Lacking(node, 'picture', view);
  let value = first;
  let taken = '';
  let picture: Picture | null = null;
  let source: THREE.MeshStandardMaterial | null = null;
  let plain: THREE.MeshBasicMaterial | null = null;

  const drop = () => {
    if (source) view.materials.forget(source);
    source?.dispose();
    plain?.dispose();
    source = plain = null;
  };
  const paint = (tier: Tier) => {
    card.show(null);
    drop();
    if (!picture) return;
    const common = {
      map: picture.texture,
      transparent: picture.clear,
      alphaTest: picture.clear ? 0.02 : 0,
    };
    if (value.lit) {
      source = new THREE.MeshStandardMaterial({ ...common, roughness: 0.8 });
      card.show(view.materials.foreign(source, tier));
    } else {
      plain = new THREE.MeshBasicMaterial({ ...common, toneMapped: false });
      card.show(plain);
    }
  };
  const draw = () => {
    const aspect = picture ? picture.width / picture.height : 4 / 3;
    if (!card.around(value.around)) card.size(value.width, value.height, aspect, value.frame);
    paint(view.tier());
  };
  const load = async () => {
    const wanted = value.asset;
    if (taken) releasePicture(taken);
    taken = wanted;
    picture = null;
    lacking.over();
    draw();
    if (!wanted) return;
    try {
      const come = await takePicture(wanted, view);
      if (taken !== wanted) return;
      picture = come;
      draw();
    } catch (error) {
      if (taken === wanted) lacking.tell(error);
      console.warn(`picture of ${node.name || node.id}:`, error);
    }
  };
  const start = () => void load();
  start();
  return {
    update(next: Image) {
      const same = next.asset === value.asset;
      value = next;
      if (same) draw();
      else start();
    },
    tier(tier) {
      card.tier(tier);
      paint(tier);
    },
    sibling: (component) => {
      if (component === 'Color' && !value.around) card.frame(value.frame);
    },
    dispose() {
      if (taken) releasePicture(taken);
      taken = '';
      lacking.over();
      card.dispose();
      drop();
    },
  };
}
