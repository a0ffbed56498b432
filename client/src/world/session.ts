import { Channels } from '../net/channels.ts';
import { checkHistory } from '../net/history.ts';
import { Link, liveUrl, type How, type LinkStatus } from '../net/link.ts';
import { recallHead, recallSeen, rememberHead, rememberSeen } from '../net/memory.ts';
import type { Seen, Self } from '../net/memory.ts';
import { PoseSender } from '../net/pose-sender.ts';
import type { Problem } from '../net/problem.ts';
import type { MotionFrame } from '../net/motion.ts';
import type { Pose } from '../net/wire.ts';
import type { Answer, Placed, ToClient, Visitors, Welcome } from '../net/wire.generated.ts';
import { Presence, type Visitor } from './presence.ts';
import { Gap, WorldState, type StateListener } from './state.ts';

/** What a session tells its owner, beside every step of the state. */
export interface SessionListener extends StateListener {
  /** `again`: the line was lost and is back. */
  welcome(welcome: Welcome, again: boolean): void;
  /** The state is whole and up to date. */
  ready(): void;
  /** `news`: it happened now; else we only hear who was here. */
  came(visitor: Visitor, news: boolean): void;
  went(visitor: Visitor, news: boolean): void;
  /** Someone looks otherwise. */
  dressed(visitor: Visitor): void;
  placed(placed: Placed): void;
  told(text: string, about: string): void;
  status(status: LinkStatus, problem: Problem | null, retry_ms: number): void;
  /** What we saw here before is no longer in the log. */
  historyLost(): void;
  pending(actions: number): void;
}

/** Our stay in one world: its state, who is here, and what we do; runs under Node too. */
export class Session {
  readonly world: string;
  readonly state: WorldState;
  readonly presence = new Presence();
  readonly link: Link;
  /** Where the late-loaded parts of the page hear and say what is beside the log. */
  readonly channels = new Channels();
  me: Welcome | null = null;
  /** Which copy of the world a link asks for. */
  asked: number | null = null;
  /** Visitors whom we may come as near to as we like. */
  near: ReadonlySet<string> = new Set();
  /** Visitors of whom we want to hear nothing. */
  muted: ReadonlySet<string> = new Set();
  readonly poses: PoseSender;
  /** Hears each frame of motion, too. */
  moved?: (frame: MotionFrame) => void;
  private readonly listener: SessionListener;
  private readonly remembered: Seen | null;
  private resuming = false;
  private whole = false;
  private named = false;
  private actions = 0;
  private kept = 0;

  constructor(world: string, self: () => Self, origin: string, listener: SessionListener) {
    this.world = world;
    this.listener = listener;
    this.remembered = recallSeen(world);
    this.state = new WorldState(listener);
    this.link = new Link(liveUrl(world, origin), {
      hello: () => this.hello(self()),
      message: (message) => this.take(message),
      motion: (frame, now_ms) => this.see(frame, now_ms),
      live: (number, bytes) => this.channels.deliver(number, bytes),
      status: (status, problem, retry_ms) => listener.status(status, problem, retry_ms),
    });
    this.poses = new PoseSender((bytes) => this.link.sendBytes(bytes));
  }

  private hello({ name, avatar, vrm, state }: Self) {
    const { seq, head } = this.state;
    const resume = this.whole ? { resume_seq: seq, resume_head: head } : {};
    const own = state === 'chosen' ? { avatar, vrm: vrm || null } : {};
    return { name: name || null, ...own, ...resume, copy: this.copy ?? this.asked };
  }

  /** In which copy of the world we are; null before we know. */
  get copy(): number | null {
    return this.presence.visitors.get(this.me?.visitor ?? '')?.copy ?? null;
  }

  /** Asks for an action; resolves once it is durable and folded here. */
  async do(action: string, args: Record<string, unknown>, how?: How): Promise<Answer> {
    this.listener.pending(++this.actions);
    try {
      return await this.link.do(action, args, how);
    } finally {
      this.listener.pending(--this.actions);
    }
  }

  /** Takes a frame of motion. */
  see(frame: MotionFrame, now_ms: number): void {
    this.presence.take(frame, now_ms);
    this.moved?.(frame);
  }

  /** Offers our own pose to be sent; at once where what must know it comes `next`. */
  pose(pose: Pose, now_ms: number, next = false): void {
    if (this.me) this.poses.offer(pose, now_ms, next);
  }

  close(): void {
    this.remember();
    this.link.close();
  }

  /** Keeps how far we have seen, so that a log that lost its end is noticed. */
  remember(): void {
    const { seq, head } = this.state;
    if (!this.whole || seq === this.kept) return;
    this.kept = seq;
    rememberSeen(this.world, { seq, head });
  }

  private take(message: ToClient): void {
    switch (message.type) {
      case 'welcome':
        return this.welcomed(message);
      case 'actions':
        if (this.me) this.me = { ...this.me, role: message.role, actions: message.actions };
        return;
      case 'snapshot':
        this.state.load(message);
        if (message.last) this.becameWhole();
        return;
      case 'records':
        return this.fold(message.groups);
      case 'visitors':
        return this.people(message);
      case 'placed':
        this.poses.placed(message.mark);
        return this.listener.placed(message);
      case 'told':
        return this.listener.told(message.text, message.about ?? '');
      case 'bonded':
        this.near = new Set(message.near);
        this.muted = new Set(message.muted);
        this.channels.deliver(message.type, message);
        return;
      default:
        this.channels.deliver(message.type, message);
    }
  }

  private welcomed(welcome: Welcome): void {
    const again = this.me !== null;
    this.channels.reset();
    this.me = welcome;
    this.named = false;
    this.resuming = welcome.resumed;
    for (const visitor of this.presence.visitors.values()) this.listener.went(visitor, false);
    this.presence.reset(welcome.tick_hz);
    this.poses.reset();
    if (welcome.history_lost) this.listener.historyLost();
    this.listener.welcome(welcome, again);
    if (this.resuming) this.listener.ready();
  }

  private becameWhole(): void {
    const first = !this.whole;
    this.whole = true;
    this.listener.ready();
    if (first) void this.checkMemory();
  }

  /** Has it proved that the log continues what this browser saw on an earlier visit. */
  private async checkMemory(): Promise<void> {
    const { lost, head } = await checkHistory(this.world, recallHead(this.world), this.remembered);
    if (lost) this.listener.historyLost();
    if (head) rememberHead(this.world, head);
    this.remember();
  }

  private fold(groups: Parameters<WorldState['fold']>[0][]): void {
    try {
      for (const group of groups) this.state.fold(group);
    } catch (error) {
      if (!(error instanceof Gap)) throw error;
      this.whole = false; // ask for everything anew
      this.link.restart();
    }
  }

  private people(visitors: Visitors): void {
    const { joined, left, changed } = this.presence.update(visitors);
    for (const visitor of left) this.listener.went(visitor, this.named);
    for (const visitor of joined) this.listener.came(visitor, this.named);
    for (const visitor of changed) this.listener.dressed(visitor);
    this.named = true;
  }
}
