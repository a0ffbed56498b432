// What a device that many people use says.

export const words = {
  title: 'Is this device shared?',
  about: (minutes: string) =>
    `Then everyone who uses it begins anew: after ${minutes} without a movement, or when someone ` +
    'presses “Next person”, who used it before is signed out here. What they did stays theirs. ' +
    'Open this address with ?kiosk=off to end it.',
  share: 'Yes, it is shared',
  close: 'No',
  next: 'Next person',
  soon: (seconds: number) => `Is anyone here? The next person begins in ${seconds} s.`,
  ended: 'This device is not shared any more',
  minutes: (seconds: number) =>
    seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`,
};
