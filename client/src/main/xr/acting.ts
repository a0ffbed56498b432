import type { PanelPointer } from '../../input/panel-pointer.ts';
import type { Hand } from '../../input/xr/hand.ts';
import { HandShape } from '../../view/xr/hands.ts';
import { Beam } from '../../view/xr/marks.ts';
import type { Scene } from '../../view/three.ts';
import type { Clicks, Found } from '../clicks.ts';
import type { Here } from '../here.ts';
import type { Going } from './going.ts';
import type { Surface, Worked } from './surface.ts';

const NEAR_M = 0.06; // a fingertip this near to a panel works it, and its ray rests
const DOWN_M = 0.012;
const UP_M = 0.022;
const GRASP_M = 0.12;
const SCROLL_PX_PER_S = 900;
const FAR_M = 40;
const TICK_MS = 12;

/** What one hand does: points, presses, pokes, takes and throws, as a mouse does on the page. */
export class Acting {
  readonly beam = new Beam();
  readonly shape = new HandShape();
  private readonly here: Here;
  private readonly clicks: Clicks;
  private readonly going: Going;
  private readonly hand: Hand;
  /** Told of the field that a press wants to write in. */
  wantsKeys: PanelPointer['wantsKeys'] = () => undefined;
  /** A press changes what it is on: it is chosen, and dragged while the trigger is held. */
  builds = false;
  private drags = false;
  private draws = false;
  private poked: PanelPointer | null = null;
  private sunk = false;
  private wasBefore = false;
  private pointed: PanelPointer | null = null;
  private at = { u: 0, v: 0 };
  private pressing = false;
  private found: Found | null = null;
  /** The thing that its ray is on and that answers, or null. */
  pointsAt: Found | null = null;

  constructor(here: Here, clicks: Clicks, going: Going, hand: Hand, scene: Scene) {
    this.here = here;
    this.clicks = clicks;
    this.going = going;
    this.hand = hand;
    scene.add(this.beam.root, this.shape.root);
  }

  /**
   * `looks`: it is this hand's turn to find out what it points at; `places`: a press puts a thing
   * into the room, and does nothing to the world.
   */
  frame(dt: number, surfaces: readonly Surface[], looks: boolean, places = false): void {
    const { hand, here } = this;
    this.shape.root.visible = hand.seen && hand.solid;
    this.beam.root.visible = false;
    this.pointsAt = null;
    if (!hand.seen) {
      this.leave();
      here.hands.known?.open(hand);
      return;
    }
    this.shape.show(hand.place, hand.turn, hand.bare ? hand.joints : null);
    if (this.drags) this.drag();
    if (this.draws) return this.draw();
    if (this.poke(surfaces) || this.carry() || this.going.aimer === hand) return;
    const panel = this.panelAhead(surfaces);
    if (looks || hand.select.began || hand.squeeze.began)
      this.found = here.time.past ? null : this.clicks.under(hand.ray);
    const ahead = panel && !(this.found && this.found.along < panel.distance) ? panel : null;
    this.beam.root.visible = hand.solid;
    const far = ahead?.distance ?? this.found?.along ?? null;
    this.beam.show(hand.ray, far !== null && far < FAR_M ? far : null);
    if (ahead || this.pressing) this.point(ahead, dt);
    else if (!places) this.aim();
  }

  /** A fingertip at a panel. */
  private poke(surfaces: readonly Surface[]): boolean {
    const worked = nearest(
      this.touched(),
      ...surfaces.map((one) => one.touched(this.hand, NEAR_M)),
    );
    if (this.poked && worked?.pointer !== this.poked) {
      this.poked.leave();
      this.poked = null;
    }
    if (!worked) return false;
    const { pointer, u, v, distance } = worked;
    if (!this.poked) {
      this.rest();
      this.sunk = false;
      this.wasBefore = false;
    }
    this.poked = pointer;
    if (distance > UP_M) this.wasBefore = true;
    pointer.move(u, v);
    if (!this.sunk && this.wasBefore && distance < DOWN_M) {
      this.sunk = true;
      this.tick();
      pointer.wantsKeys = this.wantsKeys;
      pointer.down(u, v);
    } else if (this.sunk && distance > UP_M) {
      this.sunk = false;
      pointer.up(u, v);
    }
    return true;
  }

  /** A hand that holds something opens when grip and trigger are let go. */
  private carry(): boolean {
    const { hand } = this;
    const touching = this.here.hands.known;
    if (touching?.seized !== hand) return false;
    if (!hand.squeeze.down && !hand.select.down) touching.open(hand);
    return true;
  }

  private panelAhead(surfaces: readonly Surface[]): Worked | null {
    const { hand, here } = this;
    const planes = here.panels?.planes;
    const met = planes?.along(hand.ray);
    const pointer = met && planes!.pointer(met.panel.id, this.id);
    const own = surfaces.map((one) => one.along(hand));
    return nearest(pointer ? { ...met, pointer } : null, ...own);
  }

  private touched(): Worked | null {
    const planes = this.here.panels?.planes;
    const met = planes?.touched(this.hand.tip, NEAR_M);
    const pointer = met && planes!.pointer(met.panel.id, this.id);
    return pointer ? { ...met, pointer } : null;
  }

  private get id(): number {
    return this.hand.side === 'left' ? 11 : 12; // other numbers than those of the page's pointers
  }

  /** The ray is on a panel: trigger and pinch are the mouse's button there. */
  private point(worked: Worked | null, dt: number): void {
    const { select, stick } = this.hand;
    if (worked && worked.pointer !== this.pointed && !this.pressing) {
      this.rest();
      this.pointed = worked.pointer;
    }
    const pointer = this.pointed;
    if (!pointer) return;
    if (worked?.pointer === pointer) this.at = worked;
    const { u, v } = this.at;
    pointer.move(u, v);
    if (select.began && worked) {
      this.pressing = true;
      this.tick();
      pointer.wantsKeys = this.wantsKeys;
      pointer.down(u, v);
    }
    if (stick.y !== 0) pointer.scroll(u, v, stick.y * SCROLL_PX_PER_S * dt);
    if (!select.ended || !this.pressing) return;
    this.pressing = false;
    pointer.up(u, v);
  }

  /** What was chosen comes along with the ray until the trigger is let go. */
  private drag(): void {
    const { hand, clicks } = this;
    if (hand.select.down) return clicks.placing.drag(hand.ray);
    this.drags = false;
    clicks.placing.release();
  }

  /** A stroke on a face goes on along the ray until the trigger is let go, or the face is gone. */
  private draw(): void {
    const { hand } = this;
    const sketching = this.here.hands.known?.sketching;
    this.beam.root.visible = hand.solid;
    this.beam.show(hand.ray, sketching?.drag(hand.ray) ?? null);
    if (hand.select.down && sketching?.busy) return;
    this.draws = false;
    void sketching?.release();
  }

  /** The ray is on the world: the same ways as the page's pointer has. */
  private aim(): void {
    this.rest();
    const { hand, found } = this;
    const touching = this.here.hands.known;
    if (found && this.clicks.answers(found.id)) this.pointsAt = found;
    if (this.builds && hand.select.began && this.pointsAt) {
      this.tick();
      this.drags = this.clicks.placing.grab(hand.ray); // what is chosen is dragged
      if (!this.drags) this.clicks.choose(hand.ray);
      return;
    }
    if (hand.select.began && touching?.sketching.grab(hand.ray)) {
      this.draws = true;
      return this.tick();
    }
    if (hand.squeeze.began || (hand.select.began && hand.bare)) {
      const near = touching?.beside(hand.place, GRASP_M) ?? found?.id ?? null;
      if (near !== null && touching?.seize(near, hand)) return this.tick();
    }
    if (!hand.select.began) return;
    if (found && this.pointsAt) {
      this.tick();
      if (!touching?.seize(found.id, hand)) this.clicks.tap(hand.ray);
    } else if (hand.bare) this.going.pinch(hand);
  }

  /** A short buzz, where the controller has one. */
  private tick(): void {
    const pad = this.hand.source?.gamepad as { hapticActuators?: Pulse[] } | undefined;
    void pad?.hapticActuators?.[0]?.pulse?.(0.4, TICK_MS);
  }

  private rest(): void {
    this.pointed?.leave();
    this.pointed = null;
    this.pressing = false;
  }

  private leave(): void {
    if (this.drags) this.clicks.placing.release();
    if (this.draws) void this.here.hands.known?.sketching.release();
    this.drags = this.draws = false;
    this.rest();
    this.poked?.leave();
    this.poked = null;
    this.found = null;
  }

  dispose(): void {
    this.leave();
    this.beam.dispose();
    this.shape.dispose();
  }
}

interface Pulse {
  pulse?(strength: number, ms: number): Promise<boolean>;
}

function nearest(...all: (Worked | null)[]): Worked | null {
  return all.reduce((best, one) => {
    if (!best || !one) return best ?? one;
    return Math.abs(best.distance) <= Math.abs(one.distance) ? best : one;
  }, null);
}
