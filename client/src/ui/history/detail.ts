import type { LogRecord } from '../../world/moment.ts';
import { button, el } from '../dom.ts';
import { allow, isAllowed } from '../tools.ts';
import { thingOf, type Group } from './groups.ts';
import type { Names } from './names.ts';
import { tool } from './icons.ts';
import { sentence, type BeforeOf } from './sentences.ts';
import { say } from './strings.ts';
import { ago, exactly } from './times.ts';
import { arrow, fieldChanges, valueOf, type FieldChange } from './values.ts';

const CHANGES_MAX = 24;
type Deed = 'restore' | 'undo';
const AUTHOR = 'author'; // what a file declares is changed in the file

export interface DetailEvents {
  goTo(seq: number): void;
  /** Shows entities in the world. */
  show(ids: readonly number[]): void;
  restore(seq: number, thing: number): void;
  /** Takes back what this one group did. */
  undo(group: number): void;
  close(): void;
}

/** One group in full: when exactly, every change before and after, and what can be done with it. */
export class Detail {
  readonly root = el('section', { class: 'detail', hidden: true, ariaLive: 'polite' });
  private readonly names: Names;
  private readonly before: BeforeOf;
  private readonly events: DetailEvents;
  private group: Group | null = null;
  /** Why nothing can be restored or undone; null when it can. */
  private readonly refused: Record<Deed, string | null> = {
    restore: say.unknown,
    undo: say.unknown,
  };

  constructor(names: Names, before: BeforeOf, events: DetailEvents) {
    this.names = names;
    this.before = before;
    this.events = events;
  }

  get shown(): Group | null {
    return this.group;
  }

  show(group: Group | null): void {
    this.group = group;
    this.root.hidden = group === null;
    this.draw();
  }

  /** Tells why a deed is not offered, or null. */
  allow(deed: Deed, reason: string | null): void {
    if (reason === this.refused[deed]) return;
    this.refused[deed] = reason;
    this.draw();
  }

  /** Draws again: a name or an earlier value has come. */
  draw(): void {
    const { group } = this;
    if (!group) return;
    const open = this.root.querySelector('details')?.open ?? false;
    const time = el('time', { class: 'dim', dateTime: new Date(group.ms).toISOString() });
    time.textContent = `${exactly(group.ms)} · ${ago(group.ms)} · ${say.seq(group.last)}`;
    this.root.replaceChildren(
      el(
        'header',
        {},
        el('h3', { dir: 'auto' }, sentence(group, this.names, this.before)),
        tool('close', say.close, this.events.close),
      ),
      time,
      this.changes(group),
      this.tools(group),
      raw(group.records, open),
    );
  }

  private changes({ records, things }: Group): HTMLElement {
    const told = records.flatMap((record) => this.change(record, things.length === 1));
    const list = el('ul', { class: 'changes' }, ...told.slice(0, CHANGES_MAX));
    if (told.length > CHANGES_MAX)
      list.append(el('li', { class: 'dim' }, say.more(told.length - CHANGES_MAX)));
    return list;
  }

  /** One record's changes; the thing goes without saying where there is `only` one. */
  private change(record: LogRecord, only: boolean): HTMLElement[] {
    const id = thingOf(record);
    const { kind, data = {} } = record;
    if (id === null || !['Changed', 'Removed', 'Spawned', 'Despawned'].includes(kind!)) return [];
    const name = this.names.thing(id);
    const line = (what: string, ...rest: (Node | string)[]) =>
      el('li', {}, el('span', { class: 'what' }, what), ...rest);
    if (kind === 'Despawned') return [line(name, el('span', { class: 'gone' }, say.removed))];
    if (kind === 'Spawned') {
      const components = data['components'] as Record<string, unknown>;
      const rows = Object.entries(components).map(([component, value]) =>
        el('li', {}, el('span', { class: 'what dim' }, component), valueOf(value, '', 'is')),
      );
      return [line(name), ...rows];
    }
    const component = String(data['component']);
    const changes = fieldChanges(component, this.before(record), data['data']);
    const whose = only ? '' : `${name} · `;
    return changes.map((one) => line(whose + fieldName(one), arrow(one)));
  }

  private tools({ first, last, things, actor }: Group): HTMLElement {
    const row = el(
      'div',
      { class: 'deeds' },
      button(say.goTo, () => this.events.goTo(last), 'main'),
    );
    if (things.length === 0) return row;
    row.append(button(say.showIt, () => this.events.show(things)));
    if (actor !== AUTHOR)
      row.append(this.deed('undo', say.undoThis, () => this.events.undo(first)));
    const [only] = things;
    if (things.length === 1)
      row.append(this.deed('restore', say.restoreThis, () => this.events.restore(last, only!)));
    return row;
  }

  private deed(name: Deed, label: string, press: () => void): HTMLButtonElement {
    const made = button(label, () => {
      if (isAllowed(made)) press();
    });
    allow(made, label, this.refused[name]);
    return made;
  }
}

/** What a field is called: a component's one value has no name of its own. */
function fieldName({ component, field }: FieldChange): string {
  return field === '' || field === 'value' ? component : `${component} ${field}`;
}

function raw(records: readonly LogRecord[], open: boolean): HTMLElement {
  const text = records.map((record) => JSON.stringify(record, null, 2)).join('\n');
  return el(
    'details',
    { open },
    el('summary', {}, records.length === 1 ? say.raw : say.rawMany),
    el('pre', { tabIndex: 0 }, text),
  );
}
