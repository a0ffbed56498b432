import type { Comfort } from '../../net/comfort.ts';
import type { Intent } from '../../input/intent.ts';
import { throwArc, type Arc } from '../../input/xr/arc.ts';
import type { BothHands, Hand } from '../../input/xr/hand.ts';
import { say } from '../../ui/xr/strings.ts';
import { Landing } from '../../view/xr/marks.ts';
import type { Here } from '../here.ts';

const AIM = 0.6; // how far a stick is pushed for a step or an arc
const BACK = 0.3; // and how far it has come back when that is over
const SNAP_RAD = Math.PI / 6;
const TURN_RAD_PER_S = 1.6;
const BLINK_S = 0.15;

/** Moving by sticks and by pinching at the ground: arcs, gliding, and turning. */
export class Going {
  readonly landing = new Landing();
  /** How much something else than our own legs moves us, 0 to 1. */
  unrest = 0;
  private readonly here: Here;
  private aiming: Hand | null = null;
  private byPinch = false;
  private arc: Arc | null = null;
  private runs = false;
  private snapped = false;
  private blink = 0;

  constructor(here: Here) {
    this.here = here;
  }

  /** The hand whose arc is shown, or null. */
  get aimer(): Hand | null {
    return this.aiming;
  }

  /** A bare hand pinches toward the ground: it aims until it opens. */
  pinch(hand: Hand): void {
    this.aiming ??= hand;
    this.byPinch = this.aiming === hand;
  }

  /** Gives up what is aimed at: the hand meant something else. */
  drop(): void {
    this.aiming = null;
    this.arc = null;
    this.landing.hide();
  }

  /** Turns what the sticks say into a wish. */
  read(dt: number, intent: Intent, hands: BothHands, comfort: Comfort): void {
    const main = hands.main(comfort.hand);
    const other = hands[main.side === 'right' ? 'left' : 'right'];
    const alone = comfort.oneHanded || !other.seen;
    this.blink = Math.max(0, this.blink - dt);
    this.unrest = this.blink > 0 ? 1 : 0;
    let side = 0;
    this.run(intent, hands);
    for (const hand of hands.all) {
      const { x, y } = hand.stick;
      if (comfort.moving === 'smooth' && alone && hand === main) {
        intent.forward -= y; // the other way of the stick turns
        if (Math.abs(x) > Math.abs(y)) side = x;
        this.unrest = Math.max(this.unrest, Math.abs(y));
        continue;
      }
      if (comfort.moving === 'smooth' && hand !== main) {
        intent.strafe += x;
        intent.forward -= y;
        this.unrest = Math.max(this.unrest, Math.min(1, Math.hypot(x, y)));
        continue;
      }
      if (!this.aiming && y < -AIM && Math.abs(x) < -y) {
        this.aiming = hand;
        this.byPinch = false;
      } else if (hand !== this.aiming && Math.abs(x) > Math.abs(side)) side = x;
    }
    this.turn(dt, side, intent, comfort);
    if (main.lower.began) intent.jump = true;
  }

  /** A stick that is pressed into its hand while one glides runs, until it comes back. */
  private run(intent: Intent, { all }: BothHands): void {
    const pushed = all.filter(({ stick }) => Math.hypot(stick.x, stick.y) > BACK);
    this.runs = pushed.length > 0 && (this.runs || pushed.some(({ thumb }) => thumb.began));
    intent.run ||= this.runs;
  }

  private turn(dt: number, side: number, intent: Intent, comfort: Comfort): void {
    if (comfort.turning === 'smooth') {
      intent.yaw -= side * TURN_RAD_PER_S * dt;
      this.unrest = Math.max(this.unrest, Math.abs(side));
      return;
    }
    if (Math.abs(side) < BACK) this.snapped = false;
    if (this.snapped || Math.abs(side) < AIM) return;
    this.snapped = true;
    intent.yaw -= Math.sign(side) * SNAP_RAD;
  }

  /** Shows the arc of the hand that aims, and goes when it lets go. */
  frame(): void {
    const hand = this.aiming;
    if (!hand) return;
    if (hand.seen) {
      this.arc = throwArc(hand.ray, this.here.stage.colliders());
      this.landing.show(this.arc.points, this.arc.landing);
    }
    const over = this.byPinch ? !hand.select.down : hand.stick.y > -BACK;
    if (!over && hand.seen) return;
    this.aiming = null;
    this.landing.hide();
    if (hand.seen) this.go();
  }

  /** Asks to stand where the arc ends: the server says whether we may. */
  private go(): void {
    const landing = this.arc?.landing;
    this.arc = null;
    const { session, hud, time } = this.here;
    if (!landing || !session || time.past) return hud.flash(say.cannotGo);
    this.blink = BLINK_S;
    session.do('go', { position: landing.toArray() }).catch(() => hud.flash(say.cannotGo));
  }

  dispose(): void {
    this.landing.dispose();
  }
}
