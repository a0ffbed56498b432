import type { MotionSample, Pose } from './wire.ts';

const TICK_MS = 50;
const LEAD_MS = 4; // how early a pose shall come at least: the server drains its sockets every 3 ms
const LEAD_MS_MAX = 20;
const LEAD_PER_JITTER = 2;
const GAIN = 0.2;
const STEP_MS_MAX = 2; // one late pose must not throw the loop
const LOST_MS = 12;
const LOST_TIMES = 3;
const FRAME_SLACK = 1.15; // a frame that comes a little late must not miss the tick
const SENT_MAX = 16;

interface Sent {
  pose: Pose;
  at: number;
}

/**
 * Tells which drawn frame is the last one whose pose comes before the server's next tick, so that
 * poses do not lie there for half a tick. A control loop: the server notes in each record when in
 * its tick the pose came, and we are sent our own. Bounded steps follow drift; after three poses
 * far off (the server stood still, the way is another) it starts anew.
 */
export class PhaseLock {
  /** A moment, by the page's clock, at which a pose has to leave to come just as a tick begins. */
  private edge: number | null = null;
  private jitter_ms = LEAD_MS;
  private astray = 0;
  private frame_ms = 16;
  private frameAt = Number.NaN;
  private sents: Sent[] = [];

  /** Whether the last poses came when they were meant to. */
  get locked(): boolean {
    return this.edge !== null && this.astray === 0;
  }

  /** How long before the tick a pose shall come, in milliseconds. */
  get lead_ms(): number {
    return Math.min(LEAD_MS_MAX, LEAD_MS + LEAD_PER_JITTER * this.jitter_ms);
  }

  /** Forgets everything: a new connection. */
  reset(): void {
    this.edge = null;
    this.astray = 0;
    this.jitter_ms = LEAD_MS;
    this.sents = [];
  }

  /** Whether this frame's pose is to be sent; asked once a frame. `since`: ms since the last. */
  isDue(now_ms: number, since: number): boolean {
    const frame = now_ms - this.frameAt;
    this.frameAt = now_ms;
    if (frame > 0 && frame < 4 * TICK_MS) this.frame_ms += 0.1 * (frame - this.frame_ms);
    if (this.edge === null) return since >= TICK_MS - 2;
    if (since < TICK_MS / 2) return false;
    if (since > 1.5 * TICK_MS) return true;
    return inTick(this.edge - this.lead_ms - now_ms) < this.frame_ms * FRAME_SLACK;
  }

  /** Notes a pose that was sent. */
  sent(pose: Pose, at: number): void {
    this.sents.push({ pose, at });
    if (this.sents.length > SENT_MAX) this.sents.shift();
  }

  /** Learns from our own record when one of our poses came. */
  heard(own: MotionSample): void {
    const found = this.sents.findLastIndex(({ pose }) => same(pose, own));
    if (found < 0) return; // the server has us elsewhere
    const seen = this.sents[found]!.at + TICK_MS - own.phase_ms;
    this.sents.splice(0, found + 1);
    if (this.edge === null) this.edge = seen;
    const error = nearest(seen - this.edge);
    if (Math.abs(error) > LOST_MS) {
      this.astray += 1;
      if (this.astray < LOST_TIMES) return;
      this.edge = seen;
    } else {
      this.jitter_ms += 0.1 * (Math.abs(error) - this.jitter_ms);
      this.edge += Math.max(-STEP_MS_MAX, Math.min(STEP_MS_MAX, GAIN * error));
    }
    this.astray = 0;
  }
}

function same(pose: Pose, { x, z, yaw }: MotionSample): boolean {
  const turn = Math.abs(pose.yaw - yaw) % (2 * Math.PI);
  return (
    Math.abs(pose.x - x) < 0.002 &&
    Math.abs(pose.z - z) < 0.002 &&
    Math.min(turn, 2 * Math.PI - turn) < 0.001
  );
}

/** The rest of a tick: 0 to 50. */
function inTick(ms: number): number {
  return ((ms % TICK_MS) + TICK_MS) % TICK_MS;
}

/** The same moment of a tick by the shorter way: -25 to 25. */
function nearest(ms: number): number {
  return ms - Math.round(ms / TICK_MS) * TICK_MS;
}
