// The texts of the list of things, which comes when it is asked for.
export const words = {
  chooseThing: 'Change a thing',
  modelAwaited: 'its model is on its way',
  modelFailed: 'its model cannot be shown',
  whichThing: 'Which thing?',
  thingAt: (title: string, metres: number) => `${title} · ${metres.toFixed(0)} m`,
};
