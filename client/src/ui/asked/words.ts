// What the page says while something waits for a person's word.

export const words = {
  see: 'See it',
  later: 'Later',
  asks: (who: string, verb: string) => `${who} asks to ${verb}`,
  where: (world: string, cost: number) => ` in ${world}${cost ? `, which costs ${cost}` : ''}`,
  verbs: { despawn: 'remove', spawn: 'make', update: 'change', grant: 'give a role' },
  waiting: (many: number) =>
    many === 1 ? 'One thing waits for your word' : `${many} things wait for your word`,
} as const;
