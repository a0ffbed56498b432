// What the shelf of worlds says.

export const words = {
  worlds: 'Worlds',
  which: 'Which worlds',
  search: 'Search worlds',
  all: 'All',
  mine: 'Mine',
  none: 'No world is called like that',
  noneOwn: 'You have no world yet: make one by New world',
  empty: 'nobody here now',
  here: (people: number) => `${people} here`,
  fork: (of: string, seq: number) => `fork of ${of} at moment ${seq}`,
  seen: { unlisted: 'by link', private: 'private' },
} as const;
