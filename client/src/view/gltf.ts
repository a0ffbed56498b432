// What reading and drawing a model takes, in a chunk of its own: the first picture does not wait
// for it.
export { GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';
export { modelled } from './modelled.ts';
export { AnimationMixer } from './three.ts';
