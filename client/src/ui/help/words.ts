// What the help says: the keys and the ways of fingers.

export const say = {
  keys: [
    ['W A S D', 'Walk'],
    ['Shift', 'Run'],
    ['Space', 'Jump'],
    ['Drag', 'Look around'],
    ['Page up, down', 'Look up and down'],
    ['Wheel · + −', 'Nearer, farther, first person'],
    ['Click', 'Use what you point at'],
    ['Hold and drag', 'Carry a thing, let go to throw it'],
    ['E · F · R', 'Take or put down, throw, turn it'],
    ['Tab ← →', 'Go through what is within reach'],
    ['C', 'Choose a thing to change, as a right press does'],
    ['Enter · T', 'Chat'],
    ['G', 'Gestures'],
    ['1 … 8', 'Wave, point, dance, clap, nod, shake the head, cheer, bow'],
    ['H · M', 'History, sounds'],
    ['X', 'Cancel what takes long'],
    ['Ctrl Z · Ctrl Y', 'Undo, redo'],
    ['?', 'This help'],
  ],
  touchKeys: [
    ['Left thumb', 'Walk'],
    ['Right thumb', 'Look around'],
    ['Two fingers', 'Nearer and farther'],
    ['Jump', 'Jump; Turn it and Throw it where you hold a thing'],
    ['Tap', 'Use what you touch; take a thing, and throw it'],
  ],
  helpDrop: 'Drop a .glb file on the page to place it where you let go.',
} as const;
