import { whenAudible } from '../audio.ts';
import type { Node, Part } from '../context.ts';
import * as THREE from '../three.ts';

interface SoundValue {
  asset: string;
  volume: number;
  loop: boolean;
  playing: boolean;
  reach: number;
}

/**
 * A sound at the entity's place; it fades to nothing at `reach` metres and waits for the first
 * gesture.
 */
export function sound(node: Node, first: SoundValue): Part {
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
    if (gone || !value.playing || !value.asset) return;
    const wanted = value.asset;
    const answer = await fetch(`/assets/${wanted}`);
    if (!answer.ok) throw new Error(`sound ${wanted}: ${answer.status}`);
    const buffer = await context.decodeAudioData(await answer.arrayBuffer());
    if (gone || value.asset !== wanted || !value.playing) return;
    panner ??= new PannerNode(context, { panningModel: 'equalpower', distanceModel: 'linear' });
    gain ??= new GainNode(context);
    panner.connect(gain).connect(context.destination);
    panner.refDistance = 1;
    panner.maxDistance = value.reach;
    gain.gain.value = value.volume;
    source = new AudioBufferSourceNode(context, { buffer, loop: value.loop });
    source.connect(panner);
    source.start();
  };
  const run = () => {
    whenAudible((context) => {
      start(context).catch((error: unknown) => console.warn('sound:', error));
    });
  };
  run();
  return {
    update(next: SoundValue) {
      const same =
        next.asset === value.asset && next.playing === value.playing && next.loop === value.loop;
      value = next;
      if (!same) run();
      if (gain) gain.gain.value = next.volume;
      if (panner) panner.maxDistance = next.reach;
    },
    frame() {
      if (!panner) return;
      node.root.getWorldPosition(place);
      panner.positionX.value = place.x;
      panner.positionY.value = place.y;
      panner.positionZ.value = place.z;
    },
    dispose() {
      gone = true;
      stop();
      panner?.disconnect();
      gain?.disconnect();
    },
  };
}
