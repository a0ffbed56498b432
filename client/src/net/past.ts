import type { LogRecord } from '../world/moment.ts';
import { api, readAnswer } from './api.ts';
import { Problem } from './problem.ts';
import { decodeMessage } from './wire.ts';
import type { Snapshot } from './wire.generated.ts';

const MSGPACK = 'application/vnd.msgpack';

/** One stretch of recorded motion, as the list of recordings names it; times in UTC µs. */
export interface RecordingRow {
  readonly id: string;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly start_us: number;
  readonly end_us: number;
}

/** One person's recorded way: columns of equal length; metres, radians, ms since the start. */
export interface TrackRow {
  readonly visitor: string;
  readonly name: string;
  /** From when on they looked how; what was recorded long ago does not tell. */
  readonly looks: readonly { t_ms: number; avatar: string; vrm: string }[];
  readonly t_ms: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly z: readonly number[];
  readonly heading: readonly number[];
  /** What they were seen to do; what was recorded long ago does not tell. */
  readonly animation?: readonly (number | null)[];
  /** Head and hands of who wore a headset; null while none was worn. */
  readonly limbs?: readonly (readonly [Part, Part, Part] | null)[];
}

/** A head or a hand: a place, a turn (xyzw) and how its fingers are held; null: none. */
export type Part = readonly number[] | null;

/** A recording with everyone's motion. */
export interface RecordingData {
  readonly id: string;
  readonly start_us: number;
  readonly tracks: readonly TrackRow[];
}

/** What a fork's maker is told. */
export interface ForkAnswer {
  readonly world: string;
  readonly seq: number;
  readonly url: string;
}

const place = (world: string) => `/api/worlds/${encodeURIComponent(world)}`;

/** The state at a seq as it stands in the log, byte by byte; throws a Problem. */
export async function fetchState(world: string, seq: number): Promise<Snapshot> {
  const headers = { Accept: MSGPACK };
  const init: RequestInit = { credentials: 'same-origin', headers };
  const answer = await fetch(`${place(world)}/state?seq=${seq}`, init).catch(() => {
    throw new Problem({
      code: 'not_connected',
      message: 'The server does not answer',
      fix: 'Check your connection and try again.',
    });
  });
  if (!answer.ok) readAnswer(answer.status, await answer.text());
  return decodeMessage(new Uint8Array(await answer.arrayBuffer())) as Snapshot;
}

/** At most `limit` records after a seq. */
export async function fetchRecords(
  world: string,
  after: number,
  limit: number,
): Promise<LogRecord[]> {
  const path = `${place(world)}/events?after=${after}&limit=${limit}`;
  return (await api<{ records: LogRecord[] }>('GET', path)).records;
}

/** The recordings of a world; none from a server that keeps none. */
export async function fetchRecordings(world: string): Promise<RecordingRow[]> {
  try {
    const path = `${place(world)}/recordings`;
    return (await api<{ recordings?: RecordingRow[] }>('GET', path)).recordings ?? [];
  } catch (error) {
    if (error instanceof Problem && [403, 404].includes(error.status)) return [];
    throw error;
  }
}

/** One recording's motion. */
export function fetchRecording(world: string, id: string): Promise<RecordingData> {
  return api('GET', `${place(world)}/recordings/${encodeURIComponent(id)}`);
}

/** Makes a world of its own from a moment of this one. */
export function forkWorld(
  world: string,
  name: string,
  seq: number,
  title: string,
): Promise<ForkAnswer> {
  return api('POST', `${place(world)}/fork`, { name, seq, title });
}
