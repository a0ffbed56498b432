import { encodeHold, type Quat, type Vec } from '../../net/body-frames.ts';
import { BODIES } from '../../net/wire.generated.ts';
import { thrown } from '../../input/throwing.ts';
import { words } from '../../ui/text/words.ts';
import { titleOf } from '../../world/naming.ts';
import type { Session } from '../../world/session.ts';
import { placeOf, type Point } from '../../world/surroundings.ts';

const CARRY_M = 0.55;
const CARRY_HIGH_M = 1.1;
const TURN_RAD = Math.PI / 4;

/** What a hand needs of the page that it belongs to. */
interface Body {
  /** Where we stand, in metres, and which way we look, in radians. */
  stance(): { readonly here: Point; readonly yaw: number };
  ask(action: string, args: Record<string, unknown>): Promise<unknown>;
  tell(text: string): void;
  /** Shows what the hand holds; null: nothing. */
  show(title: string | null): void;
}

/** Our hand in words, and what the hands of others hold. */
export class Hand {
  private readonly session: Session;
  private readonly body: Body;
  /** Thing → the visitor who holds it. */
  private readonly holders = new Map<number, string>();
  /** What our hand holds, and how high above our feet it was taken. */
  private hold: { id: number; low: number } | null = null;
  private sequence = 0;
  /** How far what our hand holds was turned about its height, in radians. */
  private turned = 0;

  constructor(session: Session, body: Body) {
    this.session = session;
    this.body = body;
  }

  /** Forgets who holds what: the server says it anew. */
  clear(): void {
    this.holders.clear();
  }

  /** Who holds what, as the server says. */
  held(rows: readonly (readonly [number, string, ...unknown[]])[]): void {
    const { state, me } = this.session;
    for (const [id, visitor] of rows) {
      if (visitor) this.holders.set(id, visitor);
      else this.holders.delete(id);
      if (visitor === me?.visitor) {
        const low = placeOf(state, id)[1] - this.body.stance().here[1];
        if (this.hold?.id !== id) this.turned = 0;
        this.hold = { id, low };
      } else if (this.hold?.id === id) this.hold = null;
    }
    this.body.show(this.hold && titleOf(state, this.hold.id));
    this.carry();
  }

  /** Whether our hand holds a thing. */
  has(id: number): boolean {
    return this.hold?.id === id;
  }

  /** Null: nobody's; else the name of who has it, or nothing where it is us. */
  heldBy(id: number): string | null {
    const holder = this.holders.get(id);
    if (!holder) return null;
    const { presence, me } = this.session;
    return holder === me?.visitor ? '' : (presence.visitors.get(holder)?.name ?? null);
  }

  /** Brings what the hand holds along: before the chest, or as low as it stood. */
  carry(high = CARRY_HIGH_M): void {
    if (!this.hold) return;
    const { yaw } = this.body.stance();
    const offset: Vec = [-Math.sin(yaw) * CARRY_M, high, -Math.cos(yaw) * CARRY_M];
    const turn: Quat = [0, Math.sin(this.turned / 2), 0, Math.cos(this.turned / 2)];
    this.session.link.sendLive(BODIES, encodeHold(0, this.sequence++, offset, turn));
  }

  /** Turns by an eighth what the hand holds. */
  turnIt(): void {
    this.turned += TURN_RAD;
    this.carry();
  }

  /** Throws what the hand holds the way we look: as this page knows it, whatever has arrived. */
  async throwIt(): Promise<void> {
    const { hold } = this;
    if (!hold) return;
    this.carry();
    const { yaw } = this.body.stance();
    const title = titleOf(this.session.state, hold.id);
    const velocity = thrown([-Math.sin(yaw), 0, -Math.cos(yaw)]);
    if (await this.body.ask('let_go', { velocity })) this.body.tell(words.threw(title));
  }

  /** Puts down before us what the hand holds. */
  async putDown(): Promise<void> {
    const { hold } = this;
    if (!hold) return;
    this.carry(hold.low);
    await this.body.ask('let_go', { velocity: [0, 0, 0] });
  }
}
