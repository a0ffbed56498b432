// What the dialogs say in which people let others in: guests of a world, programs, machines.

const LADDER = {
  visitor: 'Visitor: look and talk',
  member: 'Member: join in',
  builder: 'Builder: change things',
  owner: 'Owner: all of it',
  records: 'Learning records only',
} as const;

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** Seconds by what they are called; null: without an end. */
export type Spans = readonly (readonly [string, number | null])[];

export const words = {
  close: 'Close',
  role: 'Role',
  roles: LADDER,
  copy: 'Copy',
  copied: 'Copied',
  once: 'It is shown this once: copy it now.',
  none: 'None yet.',

  invite: 'Come in together',
  which: 'World',
  inviteText: 'Whoever opens this link stands beside you.',
  inviteClosed: 'Only who has a role comes in here: make a link below that gives one.',
  copyLink: 'Copy link',
  qrAlt: 'The link as a QR code',

  entry: 'Who may come',
  visibility: 'This world is open to',
  visibilities: [
    ['public', 'Everyone, and it is listed'],
    ['unlisted', 'Whoever has the link'],
    ['private', 'Only those with a role'],
  ] as const,
  capacity: 'How many at once',
  unlimited: 'No limit',
  save: 'Save',
  saved: 'Saved',

  links: 'Links that give a role',
  uses: 'It can be used',
  usesOf: [
    ['many times', 0],
    ['once', 1],
    ['10 times', 10],
    ['100 times', 100],
  ] as const,
  lasts: 'It is good for',
  linkSpans: [
    ['1 hour', 3600],
    ['1 day', 86_400],
    ['1 week', 604_800],
    ['ever, until you take it back', null],
  ] as Spans,
  makeLink: 'Make a link',
  linkMade: 'The new link',
  takeBack: 'Take back',
  takeBackLink: (role: string) => `Take back the link for ${role}`,
  takenBack: 'The link is good for nothing any more',
  used: (used: number, uses: number) =>
    `${used === 0 ? 'not used yet' : `used ${times(used)}`}, at most ${times(uses)}`,
  until: (when: string) => `until ${when}`,
  forEver: 'no end',

  programs: 'Programs and machines',
  programsText:
    'A token lets a program or an AI agent in, as you or as another account, and never further than you say here.',
  whose: 'Whose',
  whoseHint: 'Empty: yours',
  show: 'Show',
  agents: 'Agents that act for you',
  agentsText:
    'What one does stands in the history as its own. Stopped, it is out within a second, with all that it came in by.',
  stop: 'Stop',
  stopOne: (label: string) => `Stop ${label}`,
  stopped: 'The agent is stopped',
  actsFor: (person: string) => `for ${person}`,
  more: (count: number) => `and ${count} more, which loom agents lists`,
  everyAgent: 'Every agent here',
  everyAgentText: 'All agents and machines of the realm, whoever they act for',
  stopAll: 'Stop all',
  stopAllOfRealm: 'Stop all agents and machines of the realm',
  allStopped: 'All agents are stopped',
  tokens: 'Tokens',
  makeToken: 'Make a token',
  tokenMade: 'The new token',
  label: 'What it is for',
  unnamed: 'Token',
  atMost: 'It acts at most as',
  may: 'It may',
  scopes: [
    ['look', 'look around'],
    ['act', 'act'],
    ['build', 'build'],
    ['pay', 'spend'],
    ['admin', 'manage'],
  ] as const,
  noScope: 'Choose what it may do',
  where: 'Where',
  everywhere: 'In all worlds',
  here: (world: string) => `Only in ${world}`,
  spans: [
    ['1 hour', 3600],
    ['1 day', 86_400],
    ['30 days', 2_592_000],
    ['1 year', 31_536_000],
    ['ever, until you revoke it', null],
  ] as Spans,
  budget: 'It may spend at most',
  budgetHint: 'In the smallest unit; empty: no bound',
  agent: 'An AI agent uses it: others see a badge',
  badge: 'Agent',
  device: 'from a machine',
  spent: (spent: number, budget: number | null) =>
    budget === null ? `spent ${spent}` : `spent ${spent} of ${budget}`,
  revoke: 'Revoke',
  revokeOne: (label: string) => `Revoke ${label}`,
  revoked: 'The token is revoked',

  machines: 'Machines',
  machinesText:
    'A machine signs with a key of its own and asks for a token of an hour. Paste its public key: the private one never leaves it.',
  key: 'Public key (Ed25519, 64 hex digits)',
  machineBudgetHint: 'All of its tokens together; empty: it can pay nothing',
  changeBudget: 'Change the budget',
  budgetOf: (label: string) => `Change the budget of ${label}`,
  budgetSet: 'The budget is changed',
  addMachine: 'Add the machine',
  machineAdded: 'The machine may come',
  unnamedMachine: 'Machine',
  remove: 'Remove',
  removeOne: (label: string) => `Remove ${label}`,
  removed: 'The machine is let in no more',
} as const;
