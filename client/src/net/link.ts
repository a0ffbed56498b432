import { backoff } from './backoff.ts';
import { ServerClock } from './clock.ts';
import { Problem } from './problem.ts';
import { decodeMotion, type MotionFrame } from './motion.ts';
import { decodeMessage, encodeMessage } from './wire.ts';
import {
  CLOSE,
  LIVE,
  LIVE_HEAD_BYTES,
  MOTION,
  SUBPROTOCOL,
  VERSION,
  type Answer,
  type Do,
  type ErrorRow,
  type Hello,
  type Pong,
  type ToClient,
  type ToServer,
} from './wire.generated.ts';

const PING_MS = 5000;
const FIRST_PINGS = 5; // in quick order, so that the server's time is known soon
const FIRST_PING_MS = 160;
const SILENCE_MS = 15_000; // three pings without an answer: the line is dead though it is open
/** Closings after which trying again cannot help. */
const FINAL = new Set<number>([
  CLOSE.NOT_ALLOWED,
  CLOSE.UNKNOWN_WORLD,
  CLOSE.BANNED,
  CLOSE.VERSION,
]);

export type LinkStatus = 'connecting' | 'open' | 'waiting' | 'ended';

/** What a link tells its owner. */
export interface LinkEvents {
  hello(): Omit<Hello, 'type' | 'version'>;
  message(message: ToClient): void;
  motion(frame: MotionFrame, now_ms: number): void;
  /** Raw bytes of the channel of a number, without their head. */
  live(number: number, bytes: Uint8Array): void;
  status(status: LinkStatus, problem: Problem | null, retry_ms: number): void;
}

/** How an action is asked for: by a key, so that asking again does it once; or only tried. */
export type How = Pick<Do, 'key' | 'dry_run'>;

interface Waiting {
  resolve(answer: Answer): void;
  reject(problem: Problem): void;
}

/** One world's live socket: says hello, comes back by itself, and pairs answers with questions. */
export class Link {
  readonly clock = new ServerClock();
  latency_ms = 0;
  bytesIn = 0;
  /** Takes the bytes of motion frames, where somebody else than the page decodes them. */
  decoding: { offer(bytes: ArrayBuffer, now_ms: number): void; end(): void } | null = null;
  status: LinkStatus = 'connecting';
  private readonly url: string;
  private readonly events: LinkEvents;
  private socket: WebSocket | null = null;
  private attempt = 0;
  private nextId = 1;
  private lastBye: ErrorRow | null = null;
  private heardAt = 0;
  private beatAt = 0;
  private readonly waiting = new Map<number, Waiting>();
  private readonly pings = new Map<number, number>();
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setInterval> | undefined;

  constructor(url: string, events: LinkEvents) {
    this.url = url;
    this.events = events;
  }

  /** Opens the socket; later losses are mended without a further call. */
  open(): void {
    clearTimeout(this.retry);
    this.set('connecting');
    const socket = new WebSocket(this.url, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => {
      if (this.socket === socket) this.received(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.lost(event.code, event.reason);
    };
  }

  /** Leaves for good. */
  close(): void {
    this.stop();
    this.decoding?.end();
    this.decoding = null;
    this.socket?.close(1000);
    this.socket = null;
    this.failWaiting();
    this.status = 'ended';
  }

  /** Drops the line and comes again at once. */
  restart(): void {
    const socket = this.socket;
    this.lost(1006, '');
    socket?.close();
    this.hurry();
  }

  /** Tries at once instead of waiting for the next turn. */
  hurry(): void {
    if (this.status === 'waiting') this.open();
  }

  /** Asks for an action; resolves with the answer once it is durable, rejects with a Problem. */
  do(action: string, args: Record<string, unknown>, how: How = {}): Promise<Answer> {
    return this.ask((id) => ({ type: 'do', id, action, args, ...how }));
  }

  /** Takes a long request back; answered as an action is. */
  cancel(seq: number): Promise<Answer> {
    return this.ask((id) => ({ type: 'cancel', id, seq }));
  }

  private ask(question: (id: number) => ToServer): Promise<Answer> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      if (!this.post(question(id))) {
        reject(offline());
        return;
      }
      this.waiting.set(id, { resolve, reject });
    });
  }

  /** Sends ready bytes, such as a pose; false when there is no open line. */
  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.status !== 'open' || this.socket?.readyState !== 1) return false;
    this.socket.send(bytes);
    return true;
  }

  /** Sends a message; false when there is no open line. */
  post(message: ToServer): boolean {
    if (this.socket?.readyState !== 1) return false;
    this.socket.send(encodeMessage(message));
    return true;
  }

  /** Sends raw bytes to the channel of a number; false when there is no open line. */
  sendLive(number: number, bytes: Uint8Array): boolean {
    const frame = new Uint8Array(LIVE_HEAD_BYTES + bytes.length);
    frame.set([LIVE, number]);
    frame.set(bytes, LIVE_HEAD_BYTES);
    return this.sendBytes(frame);
  }

  private opened(): void {
    this.lastBye = null;
    this.heardAt = performance.now();
    this.post({ type: 'hello', version: VERSION, ...this.events.hello() });
    this.pulse = setInterval(() => this.beat(), PING_MS);
  }

  private firstBeats(left: number): void {
    if (this.status !== 'open') return;
    this.beat();
    if (left > 1) setTimeout(() => this.firstBeats(left - 1), FIRST_PING_MS);
  }

  private beat(): void {
    const now = performance.now();
    const slept = now - this.beatAt > 2 * PING_MS; // timers of a hidden page hardly run
    this.beatAt = now;
    if (!slept && now - this.heardAt > SILENCE_MS) {
      const socket = this.socket;
      this.lost(1006, '');
      socket?.close();
      return;
    }
    const id = this.nextId++;
    this.pings.set(id, now);
    this.post({ type: 'ping', id });
  }

  private received(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return;
    const bytes = new Uint8Array(data);
    this.bytesIn += bytes.length;
    this.heardAt = performance.now();
    if (bytes[0] === MOTION) {
      if (this.decoding) this.decoding.offer(data, this.heardAt);
      else this.events.motion(decodeMotion(bytes), this.heardAt);
      return;
    }
    if (bytes[0] === LIVE) this.events.live(bytes[1]!, bytes.subarray(LIVE_HEAD_BYTES));
    else this.take(decodeMessage(bytes));
  }

  private take(message: ToClient): void {
    switch (message.type) {
      case 'welcome':
        this.attempt = 0;
        this.events.message(message);
        this.set('open');
        this.firstBeats(FIRST_PINGS);
        return;
      case 'answer':
        this.settle(message.id)?.resolve(message);
        return;
      case 'refusal':
        this.settle(message.id)?.reject(new Problem(message.error));
        return;
      case 'pong':
        this.ponged(message);
        return;
      case 'bye':
        this.lastBye = message.error;
        return;
      default:
        this.events.message(message);
    }
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }

  private ponged({ id, time }: Pong): void {
    const sent = this.pings.get(id);
    this.pings.delete(id);
    if (sent === undefined) return;
    this.clock.add(sent, this.heardAt, time / 1000);
    const took = this.heardAt - sent;
    this.latency_ms = this.latency_ms === 0 ? took : this.latency_ms * 0.7 + took * 0.3;
  }

  private lost(code: number, reason: string): void {
    this.stop();
    this.socket = null;
    this.failWaiting();
    const row =
      this.lastBye ?? (reason ? { code: `closed_${code}`, message: reason, fix: '' } : null);
    const problem = row && new Problem(row);
    if (FINAL.has(code)) {
      this.set('ended', problem ?? new Problem(endedRow(code)));
      return;
    }
    const wait = backoff(this.attempt++);
    this.retry = setTimeout(() => this.open(), wait);
    this.set('waiting', problem, wait);
  }

  private failWaiting(): void {
    for (const { reject } of this.waiting.values()) reject(offline());
    this.waiting.clear();
    this.pings.clear();
  }

  private stop(): void {
    clearTimeout(this.retry);
    clearInterval(this.pulse);
  }

  private set(status: LinkStatus, problem: Problem | null = null, retry_ms = 0): void {
    this.status = status;
    this.events.status(status, problem, retry_ms);
  }
}

function offline(): Problem {
  return new Problem({
    code: 'not_connected',
    message: 'The connection was lost before this was kept',
    fix: 'Wait until the world is back and try again.',
  });
}

function endedRow(code: number): ErrorRow {
  return {
    code: `closed_${code}`,
    message: 'The world closed this connection',
    fix: 'Reload the page.',
  };
}

/** The address of a world's live socket on the page's own server. */
export function liveUrl(world: string, origin: string): string {
  return `${origin.replace(/^http/, 'ws')}/w/${encodeURIComponent(world)}/live`;
}
