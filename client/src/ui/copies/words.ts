/** What is said about the copies of a world. */
export const words = {
  title: 'Copies of this place',
  about: 'What happens and what is said is the same in all; people see those beside them.',
  copy: (number: number) => `Copy ${number}`,
  held: (people: number, places: number) =>
    people === 0 ? 'nobody yet' : `${people} of ${places}`,
  here: 'you are here',
  cross: 'Go across',
  full: 'full',
};
