export const words = {
  title: 'New world',
  name: 'A name for your world',
  begin: 'It begins as',
  starters: [
    ['round', 'A round of stone'],
    ['meadow', 'A meadow with trees'],
    ['gallery', 'A gallery with plinths'],
    ['empty', 'A wide, empty ground'],
  ] as const,
  create: 'Create',
  cancel: 'Cancel',
  close: 'Close',
  file: 'From a .loom file',
  fileHint: 'A world that was exported comes with its whole history',
  taking: 'The world is being checked and taken in',
} as const;
