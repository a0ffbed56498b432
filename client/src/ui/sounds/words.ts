// What is said about the sounds of steps, touches and doors.

export const say = {
  on: 'Steps and touches are heard',
  off: 'Steps and touches are silent',
} as const;
