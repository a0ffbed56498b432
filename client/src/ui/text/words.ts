import type { Direction } from '../../world/surroundings.ts';

/** Which way something lies, as one says it. */
export const WAYS: Record<Direction, string> = {
  here: 'right here',
  ahead: 'ahead',
  aheadLeft: 'ahead to the left',
  left: 'to the left',
  behindLeft: 'behind to the left',
  behind: 'behind',
  behindRight: 'behind to the right',
  right: 'to the right',
  aheadRight: 'ahead to the right',
};

/** What the page in words says. */
export const words = {
  toPicture: 'See it in 3D',
  where: 'Where you are',
  things: 'What is here',
  people: 'Who is here',
  panels: 'Panels',
  deeds: 'What can be done',
  talk: 'Talk',
  happened: 'What happens',
  find: 'Find something by name',
  nothing: 'Nothing is here that has a name.',
  nobody: 'Nobody else is here.',
  goThere: 'Go there',
  showAll: 'Show everything',
  forward: 'Step forward',
  back: 'Step back',
  left: 'Turn left',
  right: 'Turn right',
  say: 'Say',
  yourWords: 'What you say',
  agent: 'an agent',
  connecting: 'Connecting …',
  here: 'You are here.',
  lost: 'The connection is lost; trying again.',
  looking: [
    'north',
    'north-west',
    'west',
    'south-west',
    'south',
    'south-east',
    'east',
    'north-east',
  ],

  putDown: 'Put down',
  inHand: 'in your hand',
  self: 'You',
  heldBy: (name: string) => `held by ${name}`,
  about: 'Mute, block, report …',
  safety: 'Safety …',
  news: {
    came: (title: string) => `New here: ${title}.`,
    gone: (title: string) => `Gone: ${title}.`,
    moved: (title: string) => `Moved: ${title}.`,
    changed: (title: string) => `Changed: ${title}.`,
  },
  doings: {
    took: (who: string, title: string) => `${who} took ${title}.`,
    putDown: (who: string, title: string) => `${who} put down ${title}.`,
    sat: (who: string, title: string) => `${who} sat down on ${title}.`,
    stood: (who: string, title: string) => `${who} stood up from ${title}.`,
    entered: (who: string, title: string) => `${who} came into ${title}.`,
    left: (who: string, title: string) => `${who} left ${title}.`,
  },
  moreNews: (count: number) => `${count} more things changed near you.`,

  away: (metres: number, way: Direction) =>
    way === 'here' ? WAYS.here : `${metres.toFixed(0)} m ${WAYS[way]}`,
  place: (east: number, south: number, look: string) =>
    `${Math.abs(east).toFixed(0)} m ${east < 0 ? 'west' : 'east'} and ` +
    `${Math.abs(south).toFixed(0)} m ${south < 0 ? 'north' : 'south'} of the middle, looking ${look}.`,
  waits: 'It waits for your word under Your account, on the page with the picture.',
  went: (title: string) => `You are at ${title}.`,
  did: (verb: string, title: string) => `${verb}: ${title}.`,
  done: (action: string, result: string) => `${action}: done${result}.`,
} as const;
