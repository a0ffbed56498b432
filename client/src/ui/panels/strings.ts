// Every text that panels show of themselves, in one place.

export const say = {
  panels: 'Panels',
  open: (title: string) => `Open ${title}`,
  shut: 'Close the panels',
  unsaved: 'Not saved yet',
  asTable: 'Show as table',
  table: 'Table',
  filter: 'Filter',
  rows: (shown: number, all: number) => (shown === all ? `${all} rows` : `${shown} of ${all} rows`),
  noRows: 'No row fits',
  sort: (name: string) => `Sort by ${name}`,
  more: (left: number) => `Show ${Math.min(left, 200)} more`,
  empty: 'Nothing yet',
  less: (label: string) => `${label}: less`,
  moreOf: (label: string) => `${label}: more`,
  choose: 'Choose a file',
  uploading: (share: number) => `Uploading ${Math.round(share * 100)} %`,
  checking: 'Checking',
  uploaded: (name: string, bytes: number) => `${name}, ${size(bytes)}`,
  send: 'Do it',
  done: 'Done',
  missing: 'You may not do this here.',
  play: 'Play',
  pause: 'Pause',
  mute: 'Sound off',
  unmute: 'Sound on',
  position: 'Position',
  moment: 'Moment',
  tones: { good: 'Good', bad: 'Not good' },
  unknown: (kind: string) => `This page does not know the widget “${kind}”. Reload it.`,
  timeline: (count: number) => (count === 1 ? '1 stretch of time' : `${count} stretches of time`),
  chart: {
    now: (name: string, value: string) => `${name} now ${value}`,
    none: 'no data yet',
    count: 'count',
    row: 'row',
    spread: (all: number, span: string) => `${all} values, most of them ${span}`,
    between: (low: string, high: string) => `from ${low} to ${high}`,
  },
  graph: {
    add: 'Add',
    link: 'Connect to…',
    linking: (name: string) => `Choose what ${name} leads to`,
    rename: 'Rename',
    remove: 'Remove',
    cancel: 'Cancel',
    name: 'Name',
    connections: 'Connections',
    edge: (from: string, to: string) => `${from} → ${to}`,
    unlink: (from: string, to: string) => `Remove ${from} → ${to}`,
    node: (name: string, count: number) =>
      `${name}, ${count === 1 ? '1 connection' : `${count} connections`}`,
    fresh: 'new',
  },
} as const;

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
