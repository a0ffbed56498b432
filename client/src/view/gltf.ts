// What reading a model takes, in a chunk of its own: the first picture does not wait for it.
export { GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';
export { AnimationMixer } from './three.ts';
