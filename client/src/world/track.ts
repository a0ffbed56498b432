import type { Limb, Limbs } from '../net/limbs.ts';
import type { Part, RecordingData, TrackRow } from '../net/past.ts';
import type { Pose } from '../net/wire.ts';
import { turn } from './presence.ts';

const STOOD_MS = 600; // who sent nothing for so long stood still, and then went on
const STEP_MS = 200;
const WALKING_M_PER_S = 0.3;
const RUNNING_M_PER_S = 3.2;
const JUMP_M = 8;

type Numbers = [number, number, number, number, number, number, number, number];

/** Someone on a track, as an avatar needs it. */
export interface Recorded {
  readonly name: string;
  readonly avatar: string;
  readonly vrm: string;
  readonly pose: Pose;
  /** Head and hands where a headset was worn. */
  readonly limbs: Limbs | null;
}

/** A recording of people's motion: where everyone who was recorded stood at a time. */
export class Track {
  /** From when to when it reaches, in UTC milliseconds. */
  readonly from_ms: number;
  readonly until_ms: number;
  private readonly rows: readonly TrackRow[];

  constructor({ start_us, tracks }: RecordingData) {
    this.rows = tracks.filter(({ t_ms }) => t_ms.length > 0);
    this.from_ms = start_us / 1000;
    this.until_ms = this.from_ms + Math.max(0, ...this.rows.map(({ t_ms }) => t_ms.at(-1)!));
  }

  /** Everyone at a time, by visitor's id. */
  at(time_ms: number): Map<string, Recorded> {
    const found = new Map<string, Recorded>();
    for (const row of this.rows) {
      const at = time_ms - this.from_ms;
      const pose = poseAt(row, at);
      const { avatar = '', vrm = '' } = row.looks.findLast(({ t_ms }) => t_ms <= at) ?? {};
      if (pose) {
        const limbs = limbsAt(row, at);
        found.set(row.visitor, { name: row.name, avatar, vrm, pose, limbs });
      }
    }
    return found;
  }
}

/** Where one person was so many milliseconds into the recording; null when they were not there. */
export function poseAt({ t_ms, x, y, z, heading, animation }: TrackRow, at: number): Pose | null {
  const last = t_ms.length - 1;
  if (at < t_ms[0]! || at > t_ms[last]!) return null;
  const b = Math.min(last, Math.max(1, after(t_ms, at)));
  const a = Math.max(0, b - 1);
  const stood = t_ms[b]! - t_ms[a]! > STOOD_MS;
  const since = stood ? t_ms[b]! - STEP_MS : t_ms[a]!;
  const span = t_ms[b]! - since;
  const way = Math.hypot(x[b]! - x[a]!, z[b]! - z[a]!);
  const raw = span > 0 ? Math.max(0, (at - since) / span) : 1;
  const share = way > JUMP_M ? Math.round(raw) : raw; // a jump is not a run
  const speed = raw > 0 && span > 0 && way <= JUMP_M ? way / (span / 1000) : 0;
  const between = (values: readonly number[]) =>
    values[a]! + (values[b]! - values[a]!) * share;
  return {
    x: between(x),
    y: between(y),
    z: between(z),
    yaw: heading[a]! + turn(heading[b]! - heading[a]!) * share,
    anim: animation?.[share < 0.5 ? a : b] ?? gaitOf(speed),
  };
}

const gaitOf = (m_per_s: number): number =>
  m_per_s > RUNNING_M_PER_S ? 2 : m_per_s > WALKING_M_PER_S ? 1 : 0;

/** Where their head and hands were by the newest sample; what draws them smooths the steps. */
function limbsAt({ t_ms, limbs }: TrackRow, at: number): Limbs | null {
  const told = limbs?.[after(t_ms, at) - 1];
  if (!told) return null;
  const [head, left, right] = told.map(limbOf);
  return { head: head!, left: left!, right: right! };
}

function limbOf(part: Part): Limb | null {
  if (!part) return null;
  const [x, y, z, qx, qy, qz, qw, grip] = part as Numbers;
  return { place: [x, y, z], turn: [qx, qy, qz, qw], grip };
}

/** The first index whose time is later. */
function after(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
