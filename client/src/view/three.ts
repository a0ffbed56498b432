// The only door to three.js: everything else in the client imports its 3D types and classes from
// here.
export * from 'three';
