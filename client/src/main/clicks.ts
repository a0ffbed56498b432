import { answering, isScenery, reachOf, REACH_M } from '../input/reach.ts';
import { isPlacedName, titleOf, verbOf } from '../world/naming.ts';
import { say } from '../ui/strings.ts';
import { ask, type Here } from './here.ts';
import type { Aim, Placing } from './placing.ts';


/** What answers, how far it is from us, and how far along the way one points. */
export interface Found {
  readonly id: number;
  readonly distance: number;
  readonly along: number;
}

/** Pointing at things and pressing them, by whatever device. */
export class Clicks {
  private readonly here: Here;
  readonly placing: Placing;
  private hovered: number | null = null;
  private pointer: Aim | null = null;
  private hint?: string;

  constructor(here: Here, placing: Placing) {
    this.here = here;
    this.placing = placing;
  }

  /**
   * What answers where one points, or null for nothing.
   */
  under(at: Aim): Found | null {
    const { session, walker } = this.here;
    const hit = session && this.pick(at);
    if (!session || !hit || hit.entity === null) return null;
    const own = answering(session.state, hit.entity);
    const does = this.answers(own) && verbOf(session.state, own) !== 'click';
    const id = does ? own : (this.here.hands.known?.perching.near(hit.point) ?? own);
    const { x, y, z } = walker.body.position;
    const [px, py, pz] = hit.point;
    return { id, distance: Math.hypot(px - x, py - (y + 1), pz - z), along: hit.distance };
  }

  private pick(at: Aim) {
    const { stage } = this.here;
    return 'origin' in at ? stage.pickAlong(at) : stage.pick(at.x, at.y);
  }

  /** Shows what the pointer is over; null when it is over nothing. */
  hover(at: Aim | null): void {
    this.pointer = at;
    this.show(at && !this.here.time.past ? this.under(at) : null);
  }

  /** Looks again what is under a pointer that rests: we or the thing may be elsewhere by now. */
  look(): void {
    // What else is said there, such as why a press did nothing, stays.
    const said = this.here.hud.hint.root.textContent;
    if (this.pointer && said === this.hint) this.hover(this.pointer);
  }

  /** Shows that one points at something; null for nothing. */
  show(found: Found | null): void {
    const state = this.here.session?.state;
    if (!found || !state || !this.answers(found.id)) {
      this.point(null);
      return;
    }
    const far = found.distance > reachOf(state, found.id);
    this.point(far ? null : found.id);
    const verb = say.verbs[verbOf(state, found.id)];
    this.hint = far ? say.tooFar : `${verb} · ${titleOf(state, found.id)}`;
    this.here.hud.hint.show(this.hint, far);
    document.body.style.cursor = far ? '' : 'pointer';
  }

  /** Whether an entity is a thing to press rather than ground and walls. */
  answers(id: number): boolean {
    const { session, stage } = this.here;
    if (!session || isScenery(session.state, id)) return false;
    if (!['click', 'read'].includes(verbOf(session.state, id))) return true;
    const box = stage.boundsOf(id);
    return !box || Math.hypot(box.max.x - box.min.x, box.max.z - box.min.z) < REACH_M;
  }

  /** Lights up one entity, or none. */
  point(id: number | null): void {
    if (id === null) {
      this.here.hud.hint.show(null);
      document.body.style.cursor = '';
    }
    if (id === this.hovered) return;
    this.hovered = id;
    this.here.stage.highlight(id);
  }

  /** A click or a tap at a point of the picture, or a hand's trigger along its ray. */
  tap(at: Aim): void {
    const { time, hands } = this.here;
    if (hands.known?.holding != null && !hands.known.seized) return hands.known.throw();
    if (time.past) {
      time.known?.tap(this.pick(at)?.entity ?? null); // shows, and does nothing
      return;
    }
    if (!('origin' in at) && this.here.panels?.tap(at)) return;
    const found = this.under(at);
    if (!found || !this.answers(found.id)) {
      this.placing.select(null);
      return;
    }
    const { state } = this.here.session!;
    if (found.distance > reachOf(state, found.id)) this.here.hud.flash(say.tooFar);
    else if (verbOf(state, found.id) !== 'draw') void this.press(found.id); // a drag draws
  }

  /** The second button or a long touch: to change a thing, for those who may. */
  choose(at: Aim): void {
    const found = this.under(at);
    if (found && this.answers(found.id) && this.placing.allowed) this.placing.select(found.id);
  }

  /** Does what a thing offers. */
  async press(id: number): Promise<void> {
    const { session, hud, time } = this.here;
    if (!session || time.past) return;
    const entity = `e${id}`;
    const { state } = session;
    hud.reach.announce(`${say.verbs[verbOf(state, id)]}: ${titleOf(state, id)}`);
    switch (verbOf(state, id)) {
      case 'use':
        return this.use(id);
      case 'enter':
        return this.here.enter(state.value(id, 'Portal')!.world);
      case 'play':
      case 'pause':
        await ask(this.here, `${verbOf(state, id)}_screen`, { entity });
        return;
      case 'take':
        (await this.here.hands.needed())?.toggle(id);
        return;
      case 'sit':
        if (this.here.hands.known?.perching.isFree(id) ?? true)
          await ask(this.here, 'sit_down', { entity });
        else hud.flash(say.seatTaken);
        return;
      case 'draw':
        (await this.here.hands.needed())?.keySketching.open(id);
        return;
      case 'push':
        await ask(this.here, 'push', { entity });
        return;
      case 'read': {
        const { title, text } = state.value(id, 'Annotation')!;
        hud.note.show(id, title, text);
        hud.reach.announce(`${title}. ${text}`);
        break;
      }
      default:
        if (this.placing.allowed && isPlacedName(state.entities.get(id)?.name ?? ''))
          this.placing.select(id);
    }
    await ask(this.here, 'click', { entity });
  }

  private async use(id: number): Promise<void> {
    const session = this.here.session!;
    const use = session.state.value(id, 'Use')!;
    const action = session.me?.actions.find(({ name }) => name === use.action);
    const given = Object.fromEntries(use.arguments);
    const form = action && (await import('../ui/form.ts'));
    const missing = form ? form.missingArguments(action, given) : [];
    const title = titleOf(session.state, id);
    const more = missing.length > 0 ? await form!.askArguments(title, action!, missing) : {};
    if (more === null) return;
    await ask(this.here, 'use', { entity: `e${id}`, arguments: more });
  }
}
