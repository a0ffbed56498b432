import type { BodyFrame, Quat, Vec } from '../net/body-frames.ts';

const SAMPLES = 8;
const QUIET_MS = 400; // nothing new for so long: it rests, or is out of sight
const NEAR_M = 0.012;
const JUMP_M = 6;

/** Where a body is: metres and a unit quaternion. */
export interface BodyPose {
  position: Vec;
  rotation: Quat;
}

interface Sample extends BodyPose {
  at: number;
}

/** Bodies in motion: their poses come by tick, and are read a little late and in between. */
export class BodyTracks {
  private readonly tracks = new Map<number, Sample[]>();

  /** The bodies that are shown by their tracks, not by their Transforms. */
  ids(): IterableIterator<number> {
    return this.tracks.keys();
  }

  has(id: number): boolean {
    return this.tracks.has(id);
  }

  /** Takes one tick's poses. */
  take({ tick, samples }: BodyFrame, tick_ms: number): void {
    const at = tick * tick_ms;
    for (const { entity, position, rotation } of samples) {
      const track = this.tracks.get(entity) ?? [];
      this.tracks.set(entity, track);
      const last = track.at(-1);
      if (last && at <= last.at) continue;
      // What lay still sent nothing: without this it would glide from where it lay.
      if (last && at - last.at > 2.5 * tick_ms) track.push({ ...last, at: at - tick_ms });
      track.push({ at, position, rotation });
      if (track.length > SAMPLES) track.splice(0, track.length - SAMPLES);
    }
  }

  /** Where a body is to be drawn at a time of the server's ticks; null for one without a track. */
  poseAt(id: number, at: number): BodyPose | null {
    const track = this.tracks.get(id);
    if (!track?.length) return null;
    const after = track.findIndex((sample) => sample.at > at);
    if (after === 0) return track[0]!;
    if (after < 0) return track.at(-1)!;
    return between(track[after - 1]!, track[after]!, at);
  }

  /** Whether a track has come to its end, at the place where the log has the body. */
  rests(id: number, at: number, logged: Readonly<Vec>): boolean {
    const last = this.tracks.get(id)?.at(-1);
    if (!last || at - last.at < QUIET_MS) return false;
    return distance(last.position, logged) < NEAR_M;
  }

  drop(id: number): void {
    this.tracks.delete(id);
  }

  clear(): void {
    this.tracks.clear();
  }
}

function between(a: Sample, b: Sample, at: number): BodyPose {
  const share = (at - a.at) / (b.at - a.at);
  if (distance(a.position, b.position) > JUMP_M) return share < 0.5 ? a : b;
  const position = a.position.map((part, i) => part + (b.position[i]! - part) * share) as Vec;
  const sign = a.rotation.reduce((sum, part, i) => sum + part * b.rotation[i]!, 0) < 0 ? -1 : 1;
  // Between two ticks a turn is small: the straight way is the round one.
  const turned = a.rotation.map((part, i) => part + (sign * b.rotation[i]! - part) * share);
  const size = Math.hypot(...turned) || 1;
  return { position, rotation: turned.map((part) => part / size) as Quat };
}

/** The way between two places, in metres. */
export function distance(a: Readonly<Vec>, b: Readonly<Vec>): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
