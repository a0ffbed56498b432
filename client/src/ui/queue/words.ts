/** What is said to who waits at the door of a world. */
export const words = {
  next: 'You are next',
  place: (place: number) => `You are number ${place} in the queue`,
  full: 'This world is full: you come in by yourself as soon as somebody leaves.',
  busy: (seconds: number) => {
    const wait = seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
    return `Many are coming in just now. It is your turn in about ${wait}, by itself.`;
  },
};
