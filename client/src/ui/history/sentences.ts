import type { LogRecord } from '../../world/moment.ts';
import { thingOf, type Group } from './groups.ts';
import type { Names } from './names.ts';
import { same } from '../../world/moment.ts';

const TEXT_MAX = 140;
const TENTHS = { maximumFractionDigits: 1 };

/** The value that a change took away; undefined while it is fetched or when there was none. */
export type BeforeOf = (record: LogRecord) => unknown;

const DONE_TO: Record<string, (thing: string) => string> = {
  Color: (thing) => `painted ${thing}`,
  Text: (thing) => `wrote on ${thing}`,
  Light: (thing) => `changed the light of ${thing}`,
  Sky: () => 'changed the sky',
  Shape: (thing) => `reshaped ${thing}`,
  Model: (thing) => `gave ${thing} another model`,
  Annotation: (thing) => `rewrote the note at ${thing}`,
  Sound: (thing) => `changed the sound of ${thing}`,
  Portal: (thing) => `redirected ${thing}`,
  Use: (thing) => `changed what ${thing} offers`,
};

/** What a group did, as a person would tell it: "Ada painted the lantern". */
export function sentence(group: Group, names: Names, before: BeforeOf): string {
  const first = group.records[0]!;
  const who = names.person(first);
  const of = (kind: string) => group.records.filter((record) => record.kind === kind);
  if (first.cause === 'declare') return declared(group, of);
  const [spawned, despawned] = [of('Spawned'), of('Despawned')];
  const changed = [...of('Changed'), ...of('Removed')];
  const undone = of('Undone')[0];
  if (undone) return turned(group, undone, who, names);
  const told: string[] = [];
  const made = wholes(spawned.filter((record) => !isSign(record)));
  if (made.length > 0) told.push(`made ${things(made, names)}`);
  if (despawned.length > 0) told.push(`removed ${things(despawned, names)}`);
  if (changed.length > 0) told.push(changes(changed, names, before));
  const clicked = of('Click')[0];
  if (clicked && told.length === 0) told.push(`clicked ${things([clicked], names)}`);
  if (told.length > 0) return `${who} ${told.join(' and ')}`;
  // A mark that the group reached beyond the world tells nothing of what it did.
  return fact(group.records.find(({ kind }) => kind !== 'Bound') ?? first, who, names);
}

/** "Bob undid Ada's change to the lantern". */
function turned(group: Group, { data }: LogRecord, who: string, names: Names): string {
  const verb = data?.['undone'] === false ? 'redid' : 'undid';
  const by = String(data?.['by'] ?? '');
  const whose = by && by !== group.actor ? `${names.account(by)}’s change` : 'a change';
  const what = group.things.length > 0 ? ` to ${things(group.records, names)}` : '';
  return `${who} ${verb} ${whose}${what}`;
}

function declared(group: Group, of: (kind: string) => LogRecord[]): string {
  const made = of('Spawned').length;
  if (made === group.records.length - of('Declared').length && made > 0)
    return `The author’s file set up ${count(made, 'thing')}`;
  const changed = new Set(group.records.map(thingOf).filter((id) => id !== null)).size;
  return changed > 0
    ? `The author’s file changed ${count(changed, 'thing')}`
    : 'The author’s file was read again';
}

/** What says that motion is recorded: it is told by what it says, and not as a thing. */
const isSign = ({ data }: LogRecord): boolean => data?.['name'] === 'recording';

/** Without the parts of what was made along with them. */
function wholes(spawned: readonly LogRecord[]): LogRecord[] {
  const made = new Set(spawned.map(thingOf));
  return spawned.filter(({ data }) => !made.has((data?.['parent'] as number | null) ?? null));
}

function things(records: readonly LogRecord[], names: Names): string {
  const ids = [...new Set(records.map(thingOf).filter((id) => id !== null))];
  if (ids.length > 2) return count(ids.length, 'thing');
  return ids.map((id) => names.thing(id)).join(' and ');
}

function changes(records: readonly LogRecord[], names: Names, before: BeforeOf): string {
  const ids = new Set(records.map(thingOf));
  const thing = things(records, names);
  if (ids.size > 1) return `changed ${thing}`;
  const deeds = [...new Set(records.map((record) => change(record, thing, before)))];
  if (deeds.length > 2) return `changed ${thing}`;
  return deeds.join(' and ');
}

function change(record: LogRecord, thing: string, before: BeforeOf): string {
  const component = String(record.data?.['component'] ?? '');
  if (record.kind === 'Removed') return `took ${component} off ${thing}`;
  if (component === 'Transform') return placed(record, thing, before);
  if (component === 'Recording') return recorded(record);
  return DONE_TO[component]?.(thing) ?? changed(component, thing);
}

/** "changed the lamp"; the kit's own word is told where the thing's name does not say it. */
function changed(component: string, thing: string): string {
  const word = component.includes('.') ? spaced(component.split('.').pop()!) : component;
  const named = thing.toLowerCase().includes(word.toLowerCase());
  return named ? `changed ${thing}` : `changed the ${word} of ${thing}`;
}

function recorded({ data }: LogRecord): string {
  const { on } = (data?.['data'] ?? {}) as { on?: boolean };
  return on ? 'began a recording of motion' : 'ended the recording of motion';
}

function placed(record: LogRecord, thing: string, before: BeforeOf): string {
  const was = before(record) as Record<string, unknown> | undefined;
  const is = record.data?.['data'] as Record<string, unknown>;
  if (!was) return `moved ${thing}`;
  const differs = (field: string) => !same(was[field], is[field]);
  if (differs('position')) return `moved ${thing}`;
  if (differs('scale')) return `resized ${thing}`;
  return differs('rotation') ? `turned ${thing}` : `moved ${thing}`;
}

function fact({ kind, data = {} }: LogRecord, who: string, names: Names): string {
  // What a forgotten person wrote can no longer be read by anybody: the field is not text then.
  const text = (field: string) => {
    const value = data[field];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  switch (kind) {
    case 'Entered':
      return `${text('name') || who} came in`;
    case 'Left':
      return `${who} left`;
    case 'Said':
      if (!text('text')) return `${text('name') || who} said something that is forgotten`;
      return `${text('name') || who} said “${short(text('text'))}”`;
    case 'Consented':
      return `${who} ${data['on'] === true ? 'agreed to be recorded' : 'is recorded no longer'}`;
    case 'Went':
      return `${who} went to ${place(data['position'])}`;
    case 'Looked':
      return `${who} read this world: ${ways(data['ways'])}`;
    case 'CallRefused':
      return `${who} was refused ${text('call')}${text('missing') && `: it lacks ${text('missing')}`}`;
    case 'Granted':
      return `${who} made ${names.account(text('account'))} ${aRole(text('role'))}`;
    case 'Banned':
      return `${who} kept ${names.account(text('account'))} out`;
    case 'Forked':
      return `This world went its own way from ${text('parent')} at ${text('seq')}`;
    case 'WentLive':
      return 'This fork went live: what it asks of the outside is done';
    case 'Forgot':
      return 'Someone asked to be forgotten';
    case 'Failed':
      return `Something outside failed: ${short(text('message'))}`;
    default:
      return `${who}: ${spaced(kind ?? '')}`;
  }
}

/** "1, 0, −2": metres, as short as they say where. */
const place = (position: unknown): string =>
  (position as number[]).map((metres) => metres.toLocaleString(undefined, TENTHS)).join(', ');

/** "look 12 times, find once": by what a program read, as often as it did. */
const ways = (counts: unknown): string =>
  (counts as [string, number][])
    .map(([way, times]) => `${way} ${times === 1 ? 'once' : `${times.toLocaleString()} times`}`)
    .join(', ');

const aRole = (role: string): string => `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`;
const short = (text: string): string =>
  text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
const count = (number: number, thing: string): string =>
  number === 1 ? `1 ${thing}` : `${number.toLocaleString()} ${thing}s`;

/** A kit's own event as words: "mall.OrderPaid" becomes "order paid (mall)". */
export function spaced(kind: string): string {
  const [name, kit] = kind.split('.').reverse();
  const words = (name ?? '').replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return kit ? `${words} (${kit})` : words;
}
