// What who may not come into a world reads.

export const words = {
  title: 'This world is private',
  who: 'Only people with a role in it come in. Ask one of its owners for a link.',
  elsewhere: 'You have a role, but in another browser? Sign in to that account here.',
  spent: 'The link that you came by has been used up or has ended: ask for a new one.',
} as const;
