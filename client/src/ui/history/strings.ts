// Every text of the history, in one place; it comes with the history and not with the page.

const many = (count: number, one: string, more: string) =>
  count === 1 ? `1 ${one}` : `${count.toLocaleString()} ${more}`;

export const say = {
  history: 'History',
  openList: 'What happened',
  close: 'Close',
  closeList: 'Close the list',
  closeHistory: 'Close the history',
  empty: 'Nothing here yet',
  emptyFiltered: 'Nothing like that so far',
  looking: 'Looking further back',
  furtherBack: 'Look further back',

  everyone: 'Everyone',
  everything: 'Everything',
  who: 'Who',
  what: 'What',
  thing: 'Thing',
  anyThing: 'Any thing',
  clear: 'Clear',
  kinds: {
    made: 'Made and removed',
    changed: 'Changed',
    talk: 'Said',
    people: 'Came and went',
    other: 'Other facts',
  },

  before: 'before',
  after: 'after',
  none: 'none',
  yes: 'yes',
  no: 'no',
  raw: 'Raw record',
  rawMany: 'Raw records',
  goTo: 'Go to this moment',
  showIt: 'Show it',
  seq: (seq: number) => `#${seq.toLocaleString()}`,

  slider: 'Moment of this world',
  stepBack: 'One step back',
  stepForth: 'One step forth',
  play: 'Play',
  pause: 'Pause',
  speed: 'Speed',
  times: (rate: number) => `${rate}×`,
  live: 'Live',
  backToLive: 'Back to live',
  now: 'Now',
  /** What a screen reader says of the slider. */
  moment: (when: string, ago: string, seq: number, head: number) =>
    `${when}, ${ago}, record ${seq} of ${head}`,
  place: (seq: number, head: number) => `${seq.toLocaleString()} of ${head.toLocaleString()}`,
  liveNow: (head: number) => `Live, record ${head}`,

  record: 'Record motion, of those who agree',
  recordEnd: 'End the recording of motion',

  undo: 'Undo',
  redo: 'Redo',
  compare: 'Compare with now',
  hold: 'Hold',
  holdWhy: 'Hold the moment on the left here, then go to another one',
  letGo: 'Now',
  letGoWhy: 'Compare with now again',
  divider: 'Divider between then and now',
  differences: (count: number) => many(count, 'difference', 'differences'),
  removed: 'removed',
  pastNow: 'You are looking at the past. Come back to live to do that.',

  restore: 'Restore from then',
  restoreDo: 'Restore',
  cancel: 'Cancel',
  restoreTitle: 'Restore from this moment',
  restoreText: (when: string) =>
    `The world, or one thing, becomes again what it was at this moment (${when}). Nothing is lost: it is written down as a new change that can be undone.`,
  restoreWhat: 'What to restore',
  restoreAll: (count: number) =>
    count === 0 ? 'Everything' : `Everything (${many(count, 'difference', 'differences')})`,
  restoreOne: (name: string) => `Only ${name}`,
  restored: (name: string) =>
    `${name.slice(0, 1).toUpperCase()}${name.slice(1)} is again as it was`,
  restoredAll: 'The world is again as it was',
  restoreThis: 'Restore as it was then',
  undoThis: 'Undo this',
  fork: 'Fork from here',
  forkTitle: 'A world of its own from this moment',
  forkName: 'A name for the fork',
  forked: (title: string, name: string, of: string) =>
    `You are in ${title} (/w/${name}), a fork of ${of}`,
  link: 'Copy link to this moment',
  linkTitle: 'A link to this moment',
  linkCopied: 'The link to this moment is copied',

  unknown: 'not known yet whether you may',
  notAllowed: 'your role here does not allow this',
  onlyPast: 'go to a moment first',
  notInPast: 'only in the present',
  noSuchMoment: (seq: number, head: number) =>
    `This world has no moment ${seq} yet: its newest is ${head}`,
  noSuchMomentFix: 'You see it live. Ask for the link again.',

  undone: (what: string) => (what ? `Undone: ${what}` : 'Undone'),
  redone: (what: string) => (what ? `Redone: ${what}` : 'Redone'),
  things: (names: readonly string[]) =>
    names.length > 3 ? many(names.length, 'thing', 'things') : names.join(', '),
  kept: 'Kept, because others changed it since:',
  keptOne: (what: string, who: string) => (who ? `${what} (${who})` : what),
  more: (count: number) => `and ${count} more`,
} as const;
