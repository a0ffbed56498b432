import type { Zone } from '../../../world/components.generated.ts';
import { hearer, whenAudible } from '../../audio.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import { Lacking } from '../../media/loss.ts';
import * as THREE from '../../three.ts';

interface SoundValue {
  asset: string;
  volume: number;
  loop: boolean;
  playing: boolean;
  reach: number;
}

const ZONE_FADE_S = 0.25;

/** Whether a point of a zone's own frame is in it. */
export function isIn({ kind, size }: Zone, { x, y, z }: THREE.Vector3): boolean {
  const [a, b, c] = size.map((side) => side / 2) as [number, number, number];
  if (kind === 'box') return Math.abs(x) <= a && Math.abs(y) <= b && Math.abs(z) <= c;
  if (kind === 'sphere') return Math.hypot(x, y, z) <= Math.max(a, b, c);
  return Math.hypot(x, z) <= Math.max(a, c) && Math.abs(y) <= b;
}

/**
 * A sound at the entity's place; it fades to nothing at `reach` metres and waits for the first
 * gesture. On a Zone it is heard by who is inside, and only there.
 */
export function make(node: Node, first: SoundValue, view: ViewContext): Part {
  const lacking = new Lacking(node, 'sound', view);
  let value = first;
  let gone = false;
  let source: AudioBufferSourceNode | null = null;
  let panner: PannerNode | null = null;
  let gain: GainNode | null = null;
  const place = new THREE.Vector3();

  const stop = () => {
    source?.stop();
    source?.disconnect();
    source = null;
  };
  const start = async (context: AudioContext) => {
    stop();
    lacking.over();
    if (gone || !value.playing || !value.asset) return;
    const wanted = value.asset;
    const answer = await fetch(`/assets/${wanted}`);
    if (!answer.ok) throw new Error(`sound ${wanted}`, { cause: answer.status });
    const buffer = await context.decodeAudioData(await answer.arrayBuffer());
    if (gone || value.asset !== wanted || !value.playing) return;
    panner ??= new PannerNode(context, { panningModel: 'equalpower', distanceModel: 'linear' });
    gain ??= new GainNode(context);
    panner.connect(gain).connect(context.destination);
    panner.refDistance = 1;
    panner.maxDistance = value.reach;
    gain.gain.value = node.values.has('Zone') ? 0 : value.volume;
    source = new AudioBufferSourceNode(context, { buffer, loop: value.loop });
    source.connect(panner);
    source.start();
  };
  const run = () => {
    whenAudible((context) => {
      start(context).catch((error: unknown) => {
        if (!gone) lacking.tell(error);
        console.warn(`sound of ${node.name || node.id}:`, error);
      });
    });
  };
  run();
  return {
    update(next: SoundValue) {
      const same =
        next.asset === value.asset && next.playing === value.playing && next.loop === value.loop;
      value = next;
      if (!same) run();
      if (gain && !node.values.has('Zone')) gain.gain.value = next.volume;
      if (panner) panner.maxDistance = next.reach;
    },
    frame() {
      if (!panner) return;
      node.root.getWorldPosition(place);
      panner.positionX.value = place.x;
      panner.positionY.value = place.y;
      panner.positionZ.value = place.z;
      const zone = node.values.get('Zone') as Zone | undefined;
      if (zone && gain) {
        const heard = isIn(zone, node.root.worldToLocal(place.copy(hearer))) ? value.volume : 0;
        gain.gain.setTargetAtTime(heard, gain.context.currentTime, ZONE_FADE_S);
      }
    },
    dispose() {
      gone = true;
      lacking.over();
      stop();
      panner?.disconnect();
      gain?.disconnect();
    },
  };
}
