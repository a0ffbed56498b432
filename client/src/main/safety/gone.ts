import { fetchRecords } from '../../net/past.ts';
import type { Session } from '../../world/session.ts';
import type { LogRecord } from '../../world/moment.ts';
import type { Parted } from '../../ui/safety/overview.ts';

const MINUTES = 10;
const RECORDS = 500; // so far back the log is looked through
const LISTED_MAX = 12;
const MS = 60_000;

interface Came {
  readonly account: string;
  readonly name: string;
}

/**
 * Who left in the last minutes and is not here again, by the id that they had, and who spoke
 * without being here, by their account; the last first. Those whom one blocked or muted are not
 * among them: the server keeps what is told of them back.
 */
export async function whoLeft(session: Session, now = Date.now()): Promise<Parted[]> {
  const { world, me } = session;
  const from = Math.max(0, session.state.seq - RECORDS);
  const records = await fetchRecords(world, from, RECORDS);
  const came = new Map<string, Came | null>();
  for (const record of records)
    if (record.kind === 'Entered') came.set(`v${record.seq}`, told(record));
  const known = async (id: string): Promise<Came | null> => {
    const seq = Number(id.slice(1)); // an id is the seq of the record that let them in
    if (!came.has(id)) came.set(id, told((await fetchRecords(world, seq - 1, 1))[0]));
    return came.get(id) ?? null;
  };
  const here = [...session.presence.visitors.keys()].map((id) => came.get(id)?.account);
  const seen = new Set([me?.account, ...here]);
  const found: Parted[] = [];
  for (const record of records.toReversed()) {
    const left = (record.time ?? 0) / 1000;
    const speaks = record.kind === 'Said' && !record.data?.['visitor'];
    if (!(speaks || record.kind === 'Left') || now - left > MINUTES * MS) continue;
    const id = String(record.data?.['visitor']);
    const one = speaks ? spoke(record) : await known(id);
    if (!one || seen.has(one.account)) continue; // forgotten, here again, or listed already
    seen.add(one.account);
    const listed = { id: speaks ? one.account : id, name: one.name, left, speaks };
    if (found.push(listed) === LISTED_MAX) break;
  }
  return found;
}

/** Who said something from elsewhere; the world itself speaks without a name. */
function spoke({ actor, data }: LogRecord): Came | null {
  const name = data?.['name'];
  return actor && typeof name === 'string' && name ? { account: personOf(actor), name } : null;
}

/** The account that a deed was done by, whichever of its agents did it. */
function personOf(actor: string): string {
  return actor.split('/agent:')[0]!;
}

function told(record: LogRecord | undefined): Came | null {
  const { account, name } = record?.data ?? {};
  return typeof account === 'string' && typeof name === 'string' ? { account, name } : null;
}
