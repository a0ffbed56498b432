import { spokenName } from '../../world/naming.ts';
import type { LogRecord } from '../../world/moment.ts';

const GUEST_LETTERS = 4;
/** Stands between a person's account and the name of an agent that acts for them. */
const AGENT = '/agent:';

/** Reads single records; a missing one is fetched, and whoever asked is told when it is there. */
export interface Reader {
  /** The record when it is at hand; else it is fetched, `changed` is called later. */
  look(seq: number): LogRecord | undefined;
}

/**
 * What entities and people are called, now and then: an entity's id is the seq of the record that
 * made it, and a visitor's id that of its coming in, so the log itself tells every name.
 */
export class Names {
  private readonly reader: Reader;
  private readonly accounts = new Map<string, string>();

  constructor(reader: Reader) {
    this.reader = reader;
  }

  /** An entity's own name, or null while it is fetched. */
  nameOf(id: number): string | null {
    const record = this.reader.look(id);
    return record?.kind === 'Spawned' ? (record.data?.['name'] as string) : null;
  }

  /** An entity as a sentence names it: "the lantern". */
  thing(id: number): string {
    const name = this.nameOf(id);
    return name === null ? `e${id}` : withArticle(spokenName(name));
  }

  /** Keeps whatever a record tells of people. */
  learn({ kind, data, actor = '' }: LogRecord): void {
    const { account, name } = (data ?? {}) as Record<string, unknown>;
    if (kind !== 'Entered' || typeof name !== 'string' || !name) return;
    this.accounts.set(actor.includes(AGENT) ? actor : String(account), name);
  }

  /** Who did a group, in words. */
  person({ actor = '', cause = '' }: LogRecord): string {
    const visitor = /^(?:do|leave):v(\d+)/.exec(cause)?.[1];
    const entered = visitor ? this.reader.look(Number(visitor)) : undefined;
    if (entered?.kind === 'Entered') this.learn(entered);
    const named = entered?.data?.['name'];
    return typeof named === 'string' && named ? named : this.account(actor);
  }

  /** What an account is called: the name it last came in with, as far as we have read. */
  account(account: string): string {
    if (account === 'author') return 'The author’s file';
    if (account === '' || account === 'system' || account === 'world') return 'The world';
    const visitor = /^v(\d+)$/.exec(account)?.[1];
    if (visitor) return String(this.reader.look(Number(visitor))?.data?.['name'] ?? 'Someone');
    const known = this.accounts.get(account);
    if (known) return known;
    const [person = '', agent] = account.split(AGENT);
    if (agent) return `${agent} for ${this.account(person)}`;
    const guest = /^guest:(.+)$/.exec(account)?.[1];
    return guest ? `Guest ${guest.slice(0, GUEST_LETTERS)}` : account;
  }
}

/** "the lantern"; a name that begins with a capital needs no article. */
export function withArticle(name: string): string {
  return /^(?:the|an?|our|my)\s|^[\p{Lu}\d]/u.test(name) ? name : `the ${name}`;
}
