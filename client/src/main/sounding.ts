import { keep, recall } from '../net/memory.ts';
import { say } from '../ui/sounds/words.ts';
import { Foley, type Noise } from '../view/foley.ts';
import type { Session } from '../world/session.ts';
import type { Fact } from '../world/state.ts';
import { Strides } from '../world/strides.ts';
import type { Here } from './here.ts';

const NEAR_M = 14;
const STEPPERS_MOST = 6;
const HEARD: Record<string, Noise> = {
  Click: 'touch',
  Pushed: 'touch',
  Grabbed: 'take',
  Released: 'let',
};
const KEY = 'worldloom.sounds';
const OFF = 'off';
const OTHERS = 0.7;
const COMING = 0.35;

/** What is heard of people: their steps, what they touch, and who comes and goes. */
export class Sounding {
  readonly foley: Foley;
  private readonly here: Here;
  private readonly own = new Strides();
  private readonly others = new Map<string, Strides>();
  private session: Session | null;
  private on = recall(KEY) !== OFF;

  constructor(here: Here, context: AudioContext) {
    this.here = here;
    this.session = here.session;
    this.foley = new Foley(context);
  }

  /** Turns them off or on, on this device. */
  toggle(): void {
    this.on = !this.on;
    keep(KEY, this.on ? '' : OFF);
    this.here.hud.toasts.note(this.on ? say.on : say.off);
    this.play('touch');
  }

  private play(...one: Parameters<Foley['play']>): void {
    if (this.on) this.foley.play(...one);
  }

  /** Goes on by one frame, in the present. */
  frame(): void {
    const { here } = this;
    if (here.session !== this.session) {
      if (this.session && here.session) this.play('door');
      this.session = here.session;
      this.others.clear();
    }
    if (!here.session?.me || here.time.past) return;
    const pose = here.walker.pose();
    const heard = this.own.move(pose);
    if (heard) this.play(heard, pose.anim === 2 ? 1 : 0.75);
    this.step(here.session, pose);
  }

  /** The nearest others' steps. */
  private step({ presence, me, muted }: Session, { x, z }: { x: number; z: number }): void {
    const now = performance.now();
    let near = 0;
    for (const { id } of presence.visitors.values()) {
      const pose = id === me!.visitor || muted.has(id) ? null : presence.poseOf(id, now);
      if (!pose || Math.hypot(pose.x - x, pose.z - z) > NEAR_M || near >= STEPPERS_MOST) {
        this.others.delete(id);
        continue;
      }
      near += 1;
      let strides = this.others.get(id);
      if (!strides) this.others.set(id, (strides = new Strides()));
      const heard = strides.move(pose);
      if (heard) this.play(heard, OTHERS, [pose.x, pose.y, pose.z]);
    }
  }

  /** A fact of the world that somebody may hear. */
  heard({ kind, data }: Fact): void {
    if (this.here.time.past || this.session?.muted.has(String(data['visitor']))) return;
    if (kind === 'Entered' || kind === 'Left') this.play('door', COMING);
    const name = HEARD[kind];
    if (!name) return;
    const id = Number(String(data['entity'] ?? data['thing'] ?? '').replace(/^e/, ''));
    const place = id ? this.here.stage.worldPosition(id) : null;
    if (place) this.play(name, 1, place);
  }
}
