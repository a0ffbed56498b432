import { ScreenBar } from '../ui/screen-bar.ts';
import { titleOf } from '../world/naming.ts';
import { listening } from '../view/media/listening.ts';
import type { Showing } from '../view/media/showing.ts';
import type { Screen } from '../world/components.generated.ts';
import { ask, type Here } from './here.ts';

const ORDER = ['visitor', 'member', 'builder', 'owner'];

/** The controls of the nearest screen in earshot; loaded with the first screen that is shown. */
export class Screens {
  private readonly here: Here;
  private readonly bar: ScreenBar;
  private near: { showing: Showing; screen: Screen } | null = null;

  constructor(here: Here) {
    this.here = here;
    this.bar = new ScreenBar({
      play: () => void this.play(),
      pause: () => void this.do('pause_screen'),
      seek: (position) => void this.do('seek_screen', { position }),
      sound: (on) => {
        listening.muted = !on;
        this.check();
      },
      captions: () => {
        listening.captions = !listening.captions;
        this.check();
      },
      watch: () => {
        listening.moving = true;
        this.check();
      },
    });
    here.hud.inside.append(this.bar.root);
  }

  /** Looks which screen is before us, and shows how it stands. */
  check(): void {
    this.near = this.here.time.past ? null : this.nearest();
    if (!this.near) {
      this.bar.hide();
      return;
    }
    const { showing, screen } = this.near;
    const { film } = showing;
    const sound = screen.volume === 0 || !film ? 'none' : film.blocked ? 'blocked' : null;
    this.bar.show({
      title: titleOf(this.here.session!.state, showing.entity),
      playing: screen.playing,
      seconds: this.secondsOf(showing, screen),
      length: film?.seconds ?? 0,
      reason: this.reason(screen),
      captioned: screen.captions !== '',
      captions: listening.captions,
      sound: sound ?? (listening.muted ? 'off' : 'on'),
      still: !listening.moving,
      failed: film?.failed ?? false,
    });
  }

  private nearest(): { showing: Showing; screen: Screen } | null {
    const { session, stage } = this.here;
    let found: { showing: Showing; screen: Screen } | null = null;
    for (const showing of stage.films) {
      const screen = session?.state.value(showing.entity, 'Screen');
      if (!screen || showing.distance > Math.max(screen.reach, 4)) continue;
      if (!found || showing.distance < found.showing.distance) found = { showing, screen };
    }
    return found;
  }

  private secondsOf({ film }: Showing, screen: Screen): number {
    const gone = Math.max(0, this.here.time.clock().ms / 1000 - screen.since / 1e6);
    const seconds = screen.position + (screen.playing ? gone : 0);
    const length = film?.seconds ?? 0;
    if (length === 0) return seconds;
    return screen.loop ? seconds % length : Math.min(seconds, length);
  }

  private reason({ control }: Screen): string | null {
    const role = this.here.session?.me?.role ?? '';
    return ORDER.indexOf(role) >= ORDER.indexOf(control) ? null : `this takes a ${control}`;
  }

  /** Goes on where it stands; from the beginning where it stands at its end. */
  private play(): Promise<unknown> {
    const { showing, screen } = this.near!;
    const length = showing.film?.seconds ?? 0;
    const over = !screen.loop && length > 0 && this.secondsOf(showing, screen) >= length - 0.05;
    return this.do('play_screen', over ? { position: 0 } : {});
  }

  private async do(action: string, more: Record<string, unknown> = {}): Promise<unknown> {
    if (!this.near) return null;
    return ask(this.here, action, { entity: `e${this.near.showing.entity}`, ...more });
  }

  dispose(): void {
    this.bar.root.remove();
  }
}
