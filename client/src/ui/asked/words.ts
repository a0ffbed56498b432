// What the page says while something waits for a person's word.

export const words = {
  see: 'See it',
  later: 'Later',
  waiting: (many: number) =>
    many === 1 ? 'One thing waits for your word' : `${many} things wait for your word`,
} as const;
