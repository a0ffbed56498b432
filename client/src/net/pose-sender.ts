import type { PhaseLock } from './phase-lock.ts';
import { FIRST_MARK } from './wire.generated.ts';
import { encodePose, type Pose } from './wire.ts';

const PERIOD_MS = 50; // the server's tick: a faster pose would only replace the one before
const KEEP_ALIVE_MS = 5000;
const MOVED_M = 0.004;
const TURNED_RAD = 0.008;

/** Sends our own pose: at most once a tick, only when it changed, and now and then anyway. */
export class PoseSender {
  /** Chooses the frame that comes just before the server's tick, once it is loaded. */
  lock: PhaseLock | null = null;
  /** What tells our poses from those that were under way when the server set our place. */
  private mark = FIRST_MARK;
  private sent: Pose | null = null;
  private sentAt = Number.NEGATIVE_INFINITY;
  private sequence = 0;
  private readonly send: (bytes: Uint8Array<ArrayBuffer>) => boolean;

  constructor(send: (bytes: Uint8Array<ArrayBuffer>) => boolean) {
    this.send = send;
  }

  /** Offers the present pose; `now_ms` is any steady clock. What must know it comes `next`. */
  offer(pose: Pose, now_ms: number, next = false): void {
    const since = now_ms - this.sentAt;
    // A frame's jitter must not halve the rate.
    const due = this.lock ? this.lock.isDue(now_ms, since) : since >= PERIOD_MS - 2;
    if (!due && !next) return;
    if (since < KEEP_ALIVE_MS && this.sent && !differs(this.sent, pose)) return;
    if (!this.send(encodePose(pose, this.sequence, this.mark))) return;
    this.sequence += 1;
    this.sent = { ...pose };
    this.sentAt = now_ms;
    this.lock?.sent(this.sent, now_ms);
  }

  /** The server has set our place: what is offered from now on is said to be of after that. */
  placed(mark: number): void {
    this.mark = mark;
    this.sent = null;
  }

  /** Forgets what was sent: the next pose goes out at once (a new connection). */
  reset(): void {
    this.mark = FIRST_MARK;
    this.sent = null;
    this.sentAt = Number.NEGATIVE_INFINITY;
    this.lock?.reset();
  }
}

function differs(a: Pose, b: Pose): boolean {
  return (
    Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) > MOVED_M ||
    Math.abs(a.yaw - b.yaw) > TURNED_RAD ||
    a.anim !== b.anim
  );
}
