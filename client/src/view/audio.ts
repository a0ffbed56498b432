import * as THREE from './three.ts';

/** One AudioContext for the page; browsers let it start only after a first gesture. */
let context: AudioContext | null = null;
const waiting: (() => void)[] = [];
/** Where our own head is: what a zone asks who sounds for those inside. */
export const hearer = new THREE.Vector3();

function wake(): void {
  window.removeEventListener('pointerdown', wake);
  window.removeEventListener('keydown', wake);
  context = new AudioContext();
  for (const start of waiting.splice(0)) start();
}

window.addEventListener('pointerdown', wake);
window.addEventListener('keydown', wake);

/** Runs now when sound is allowed, else after the visitor's first gesture. */
export function whenAudible(start: (context: AudioContext) => void): void {
  if (context) start(context);
  else waiting.push(() => start(context!));
}

/** Moves the ears; does nothing before the first gesture. */
export function placeListener(
  position: { x: number; y: number; z: number },
  ahead: { x: number; y: number; z: number },
): void {
  if (!context) return;
  const { listener } = context;
  if (!listener.positionX) return; // Firefox keeps the older calls only; panning then stays centred
  listener.positionX.value = position.x;
  listener.positionY.value = position.y;
  listener.positionZ.value = position.z;
  listener.forwardX.value = ahead.x;
  listener.forwardY.value = ahead.y;
  listener.forwardZ.value = ahead.z;
}
