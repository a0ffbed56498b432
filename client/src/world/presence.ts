import { sampleAt, type MotionFrame } from '../net/motion.ts';
import type { MotionSample, Pose } from '../net/wire.ts';
import { FAR_TICKS, type JoinedRow, type Visitors } from '../net/wire.generated.ts';

const DELAY_MS = 100;
const DELAY_STEPS = 1.5; // of frames: a busy server sends fewer
const DELAY_MS_MAX = 400; // who is drawn later than this is no company
const LATE_MS = 10; // so fast is a jitter learnt; a twentieth of the frames is later than it
const SAMPLES = 8;
const SLEW = 0.25; // by so much faster or slower than they walked is somebody drawn to change tier
const CATCH_UP = 0.05; // the share of a clock error that is mended per frame that came

/** Someone who is here now. */
export interface Visitor {
  readonly id: string;
  readonly slot: number;
  readonly generation: number;
  readonly name: string;
  readonly avatar: string;
  readonly vrm: string;
  readonly agent: boolean;
  /** In which copy of the world they are. */
  readonly copy: number;
}

/** Who came, who went and who looks otherwise. */
export interface Crowd {
  joined: Visitor[];
  left: Visitor[];
  changed: Visitor[];
}

interface Sample extends Pose {
  at: number;
}

/** The way of one visitor; who is far comes rarely, and is drawn so much later than the others. */
interface Way {
  samples: Sample[];
  later_ms: number;
  wanted_ms: number;
  read_ms: number;
}

/** Who is here and where: poses come by tick, and are read a little late and in between. */
export class Presence {
  readonly visitors = new Map<string, Visitor>();
  private readonly slots = new Map<number, Visitor>();
  private readonly tracks = new Map<string, Way>();
  private offset: number | null = null;
  private delay = DELAY_MS;
  private jitter = 0;
  tick_ms = 50;

  /** Starts afresh for a new connection. */
  reset(tick_hz: number): void {
    this.visitors.clear();
    this.slots.clear();
    this.tracks.clear();
    this.offset = null;
    this.delay = DELAY_MS;
    this.jitter = 0;
    this.tick_ms = 1000 / tick_hz;
  }

  /** Takes who came and who went; returns both, those who were known already left out. */
  update({ joined, left, changed }: Visitors): Crowd {
    const gone = left.flatMap(([, , id]) => this.remove(id) ?? []);
    const came = joined.map((row) => this.add(row)).filter((visitor) => visitor !== null);
    for (const row of changed) this.add(row);
    return {
      joined: came,
      left: gone,
      changed: changed.flatMap(([, , id]) => this.visitors.get(id) ?? []),
    };
  }

  private add([slot, generation, id, name, avatar, vrm, agent, copy]: JoinedRow): Visitor | null {
    const visitor = { slot, generation, id, name, avatar, vrm, agent, copy };
    const known = this.visitors.has(id);
    this.visitors.set(id, visitor);
    this.slots.set(slot, visitor);
    return known ? null : visitor;
  }

  private remove(id: string): Visitor | undefined {
    const visitor = this.visitors.get(id);
    if (!visitor) return undefined;
    this.visitors.delete(id);
    this.tracks.delete(id);
    if (this.slots.get(visitor.slot) === visitor) this.slots.delete(visitor.slot);
    return visitor;
  }

  /** Takes one tick's poses; `now_ms` is the steady clock of the page. */
  take(frame: MotionFrame, now_ms: number): void {
    const ticked = frame.tick * this.tick_ms;
    this.learnClock(ticked, now_ms);
    const step = this.tick_ms * frame.divider;
    // A pose is up to a tick old when its frame goes, and the next one comes a step later.
    const late = Math.min(DELAY_MS_MAX, this.jitter + this.tick_ms + step);
    const wanted = Math.max(DELAY_MS, DELAY_STEPS * step, late);
    this.delay += (wanted - this.delay) * CATCH_UP * frame.divider;
    for (let at = 0; at < frame.slots.length; at++)
      this.place(sampleAt(frame, at), ticked, frame.divider);
    if (frame.full) this.loseAllBut(frame.slots);
  }

  /** A full frame names all who are near: who is not in it went out of sight, and has no pose. */
  private loseAllBut(slots: Uint16Array): void {
    const near = new Set(slots);
    for (const { id, slot } of this.visitors.values()) if (!near.has(slot)) this.tracks.delete(id);
  }

  /** A frame can only be late, never early: the offset jumps to earlier and drifts to later. */
  private learnClock(ticked: number, now_ms: number): void {
    const seen = now_ms - ticked;
    if (this.offset === null || seen < this.offset || seen > this.offset + 1000) this.offset = seen;
    else this.offset += (seen - this.offset) * CATCH_UP;
    const later = seen - this.offset > this.jitter;
    this.jitter = Math.max(0, this.jitter + (later ? LATE_MS : -LATE_MS / 19));
  }

  private place(sample: MotionSample, ticked: number, divider: number): void {
    const visitor = this.slots.get(sample.slot);
    // its slot's last owner
    if (!visitor || (visitor.generation & 0xf) !== sample.generation) return;
    const { x, y, z, yaw, anim } = sample;
    const fresh: Way = { samples: [], later_ms: 0, wanted_ms: 0, read_ms: 0 };
    const way = this.tracks.get(visitor.id) ?? fresh;
    this.tracks.set(visitor.id, way);
    const { samples } = way;
    const last = samples.at(-1);
    // A busy server's ticks last longer than their time: a pose late in one would be after the next
    // one's, and where somebody stopped would never be shown.
    const at = Math.max(ticked - this.tick_ms + sample.phase_ms, last ? last.at + 1 : 0);
    const [step, turn_ms] = [this.tick_ms * divider, this.tick_ms * FAR_TICKS];
    const gap = last ? at - last.at : 0;
    const stood = gap > Math.max(2.5 * step, 1.5 * turn_ms);
    const far = gap > Math.max(1.5 * step, 0.75 * turn_ms);
    if (!stood) way.wanted_ms = far ? Math.max(0, DELAY_STEPS * turn_ms - this.delay) : 0;
    // Who stood still sent nothing: without this they would glide from the last place they stood.
    else samples.push({ ...last!, at: at - (way.wanted_ms > 0 ? turn_ms : step) });
    samples.push({ x, y, z, yaw, anim, at });
    if (samples.length > SAMPLES) samples.splice(0, samples.length - SAMPLES);
  }

  /** Whose slot it is now; null when its generation is another's. */
  ownerOf(slot: number, generation: number): string | null {
    const visitor = this.slots.get(slot);
    return visitor && (visitor.generation & 0xf) === generation ? visitor.id : null;
  }

  /** The time of the server's ticks that is drawn now; null before its first frame. */
  timeAt(now_ms: number): number | null {
    return this.offset === null ? null : now_ms - this.offset - this.delay;
  }

  /** Where a visitor is to be drawn now; null before its first pose. */
  poseOf(id: string, now_ms: number): Pose | null {
    const way = this.tracks.get(id);
    if (!way || this.offset === null) return null;
    const most = SLEW * Math.max(0, now_ms - way.read_ms);
    way.later_ms += Math.min(most, Math.max(-most, way.wanted_ms - way.later_ms));
    way.read_ms = now_ms;
    return poseAt(way.samples, now_ms - this.offset - this.delay - way.later_ms);
  }

  /** The newest pose known, without the delay. */
  lastPose(id: string): Pose | null {
    return this.tracks.get(id)?.samples.at(-1) ?? null;
  }
}

function poseAt(track: readonly Sample[], at: number): Pose {
  const after = track.findIndex((sample) => sample.at > at);
  if (after === 0) return track[0]!;
  if (after < 0) return track.at(-1)!;
  const a = track[after - 1]!;
  const b = track[after]!;
  const share = (at - a.at) / (b.at - a.at);
  const jumped = Math.hypot(b.x - a.x, b.z - a.z) > 8;
  if (jumped) return share < 0.5 ? a : b; // a jump is not a run
  return {
    x: a.x + (b.x - a.x) * share,
    y: a.y + (b.y - a.y) * share,
    z: a.z + (b.z - a.z) * share,
    yaw: a.yaw + turn(b.yaw - a.yaw) * share,
    anim: b.anim,
  };
}

/** The same turn by the shorter way, -π to π. */
export function turn(angle: number): number {
  return angle - Math.round(angle / (2 * Math.PI)) * 2 * Math.PI;
}
