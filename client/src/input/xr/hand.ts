import * as THREE from '../../view/three.ts';

export type Side = 'left' | 'right';

const AHEAD = new THREE.Vector3(0, 0, -1);
const DEAD = 0.2;
const TIP_M = 0.025; // a controller pokes with its front end
const CURLED_M = 0.075; // a fingertip this near to the wrist's side of the palm is bent

/** A button of a hand: how it is, and what became of it since the last frame. */
export interface Press {
  down: boolean;
  began: boolean;
  ended: boolean;
}

const press = (): Press => ({ down: false, began: false, ended: false });

/** One hand of who wears a headset: a controller or bare fingers, in metres of the world. */
export class Hand {
  /** Whether it is tracked now. */
  seen = false;
  bare = false;
  /** It is a hand or is held in one; a finger on a phone's screen is neither. */
  solid = true;
  readonly ray = new THREE.Ray();
  readonly place = new THREE.Vector3();
  readonly turn = new THREE.Quaternion();
  /** What pokes: the index finger's end, or the controller's front. */
  readonly tip = new THREE.Vector3();
  /** The joints of bare fingers. */
  readonly joints: THREE.Vector3[] = [];
  /** Trigger or pinch; and the grip's button. */
  readonly select = press();
  readonly squeeze = press();
  readonly upper = press();
  readonly lower = press();
  /** The stick, pressed into its hand. */
  readonly thumb = press();
  readonly stick = { x: 0, y: 0 };
  source: XRInputSource | null = null;
  readonly side: Side;

  constructor(side: Side) {
    this.side = side;
  }

  /** How its fingers are held, as others see them: relaxed, fist, point. */
  get grip(): number {
    if (this.bare) return this.bentFingers() >= 3 ? (this.isBent(9) ? 1 : 2) : 3;
    if (this.squeeze.down) return this.select.down ? 1 : 2;
    return this.select.down ? 1 : 0;
  }

  private isBent(tip: number): boolean {
    const [end, root] = [this.joints[tip], this.joints[tip - 4]];
    return end !== undefined && root !== undefined && end.distanceTo(root) < CURLED_M;
  }

  private bentFingers(): number {
    return [14, 19, 24].filter((tip) => this.isBent(tip)).length;
  }

  /** Reads where it is in this frame; without a source it is not there. */
  read(frame: XRFrame, space: XRReferenceSpace): void {
    const { source } = this;
    const aim = source && frame.getPose(source.targetRaySpace, space);
    this.seen = aim !== null && aim !== undefined;
    if (!source || !aim) return;
    const { position, orientation } = aim.transform;
    this.ray.origin.set(position.x, position.y, position.z);
    this.turn.set(orientation.x, orientation.y, orientation.z, orientation.w);
    this.ray.direction.copy(AHEAD).applyQuaternion(this.turn);
    this.place.copy(this.ray.origin);
    this.tip.copy(this.ray.origin).addScaledVector(this.ray.direction, TIP_M);
    const held = source.gripSpace && frame.getPose(source.gripSpace, space)?.transform;
    if (held) {
      this.place.set(held.position.x, held.position.y, held.position.z);
      const { x, y, z, w } = held.orientation;
      this.turn.set(x, y, z, w);
    }
    this.bare = source.hand != null;
    this.solid = source.targetRayMode === 'tracked-pointer';
    if (source.hand) this.readFingers(frame, source.hand, space);
    this.readButtons(source.gamepad);
  }

  private readFingers(frame: XRFrame, hand: XRHand, space: XRReferenceSpace): void {
    let at = 0;
    for (const joint of hand.values()) {
      const pose = frame.getJointPose?.(joint, space);
      const known = (this.joints[at++] ??= new THREE.Vector3());
      const there = pose?.transform.position;
      if (there) known.set(there.x, there.y, there.z);
      if (pose && joint.jointName === 'index-finger-tip') this.tip.copy(known);
      if (pose && joint.jointName === 'wrist' && !this.source?.gripSpace) this.place.copy(known);
    }
  }

  private readButtons(pad: Gamepad | undefined): void {
    const axes = pad?.axes ?? [];
    const at = axes.length >= 4 ? 2 : 0;
    this.stick.x = live(axes[at]);
    this.stick.y = live(axes[at + 1]);
    turn(this.thumb, !this.bare && (pad?.buttons[3]?.pressed ?? false));
    turn(this.lower, !this.bare && (pad?.buttons[4]?.pressed ?? false));
    turn(this.upper, !this.bare && (pad?.buttons[5]?.pressed ?? false));
  }

  /** The frame is over: what began and ended is told. */
  done(): void {
    for (const one of [this.select, this.squeeze]) one.began = one.ended = false;
  }

  /** Lets go of everything: it is not there any more. */
  lose(): void {
    this.source = null;
    this.seen = false;
    this.stick.x = this.stick.y = 0;
    for (const one of [this.select, this.squeeze]) {
      one.ended ||= one.down;
      one.down = false;
    }
  }
}

function live(value: number | undefined): number {
  return Math.abs(value ?? 0) < DEAD ? 0 : value!;
}

function turn(one: Press, down: boolean): void {
  one.began = down && !one.down;
  one.ended = !down && one.down;
  one.down = down;
}

/** Both hands of a session. */
export class BothHands {
  readonly left = new Hand('left');
  readonly right = new Hand('right');
  private readonly session: XRSession;
  private readonly fallback: () => Side;

  /** `fallback`: whose a source is that belongs to no hand, such as a finger on a phone. */
  constructor(session: XRSession, fallback: () => Side) {
    this.session = session;
    this.fallback = fallback;
    const begin = (kind: 'select' | 'squeeze', down: boolean) => (event: XRInputSourceEvent) => {
      const hand = this.of(event.inputSource);
      hand.source ??= event.inputSource;
      const one = hand[kind];
      one.down = down;
      if (down) one.began = true;
      else one.ended = true;
    };
    session.addEventListener('selectstart', begin('select', true));
    session.addEventListener('selectend', begin('select', false));
    session.addEventListener('squeezestart', begin('squeeze', true));
    session.addEventListener('squeezeend', begin('squeeze', false));
  }

  get all(): readonly [Hand, Hand] {
    return [this.left, this.right];
  }

  /** The hand that points: the one that is liked, or the only one there is. */
  main(liked: Side): Hand {
    const other = this[liked === 'right' ? 'left' : 'right'];
    return !this[liked].seen && other.seen ? other : this[liked];
  }

  private of({ handedness }: XRInputSource): Hand {
    return this[handedness === 'none' ? this.fallback() : handedness];
  }

  read(frame: XRFrame, space: XRReferenceSpace): void {
    const sources = [...(this.session.inputSources ?? [])];
    for (const hand of this.all) {
      const source = sources.find((one) => one.handedness === hand.side);
      const found = source ?? sources.find((one) => this.of(one) === hand);
      if (found) {
        hand.source = found;
        hand.read(frame, space);
      } else hand.lose();
    }
  }

  done(): void {
    for (const hand of this.all) hand.done();
  }
}
