import { ScreenBar } from '../ui/screen-bar.ts';
import { titleOf } from '../world/naming.ts';
import { listening } from '../view/media/listening.ts';
import type { Showing } from '../view/media/showing.ts';
import { own } from '../view/media/own.ts';
import type { Screen, Video } from '../world/components.generated.ts';
import { ask, type Here } from './here.ts';

const ORDER = ['visitor', 'member', 'builder', 'owner'];

/**
 * The controls of the film all round us, or else of the nearest screen in earshot; loaded with the
 * first film that is shown.
 */
export class Screens {
  private readonly here: Here;
  private readonly bar: ScreenBar;
  private near: { showing: Showing; screen: Screen } | null = null;
  private ball: { showing: Showing; film: Video } | null = null;

  constructor(here: Here) {
    this.here = here;
    this.bar = new ScreenBar({
      play: () => void this.play(),
      pause: () => void this.pause(),
      seek: (position) => void this.seek(position),
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
    this.ball = this.here.time.past ? null : this.within();
    own.enter(this.ball?.showing.entity ?? null, this.ms);
    if (this.ball) return this.showOwn(this.ball);
    this.near = this.here.time.past ? null : this.nearest();
    if (!this.near) {
      this.bar.hide();
      return;
    }
    const { showing, screen } = this.near;
    const { film } = showing;
    this.bar.show({
      title: titleOf(this.here.session!.state, showing.entity),
      playing: screen.playing,
      seconds: this.secondsOf(showing, screen),
      length: film?.seconds ?? 0,
      reason: this.reason(screen),
      captioned: screen.captions !== '',
      captions: listening.captions,
      sound: this.soundOf(showing, screen),
      still: !listening.moving,
      failed: film?.failed ?? false,
      own: false,
    });
  }

  private showOwn({ showing, film: { volume } }: { showing: Showing; film: Video }): void {
    const length = showing.film?.seconds ?? 0;
    const seconds = own.seconds(this.ms);
    this.bar.show({
      title: titleOf(this.here.session!.state, showing.entity),
      playing: own.playing,
      seconds: length > 0 ? seconds % length : seconds,
      length,
      reason: null,
      captioned: false,
      captions: false,
      sound: this.soundOf(showing, { volume }),
      still: !listening.moving,
      failed: showing.film?.failed ?? false,
      own: true,
    });
  }

  private get ms(): number {
    return this.here.time.clock().ms;
  }

  private soundOf({ film }: Showing, { volume }: { volume: number }) {
    if (volume === 0 || !film) return 'none';
    return film.blocked ? 'blocked' : listening.muted ? 'off' : 'on';
  }

  /** The film in whose ball we stand. */
  private within(): { showing: Showing; film: Video } | null {
    const { session, stage } = this.here;
    for (const showing of stage.films) {
      const film = session?.state.value(showing.entity, 'Video');
      if (film && film.around > showing.distance) return { showing, film };
    }
    return null;
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
    if (this.ball) return this.mine(() => own.play(true, this.ms));
    const { showing, screen } = this.near!;
    const length = showing.film?.seconds ?? 0;
    const over = !screen.loop && length > 0 && this.secondsOf(showing, screen) >= length - 0.05;
    return this.do('play_screen', over ? { position: 0 } : {});
  }

  private pause(): Promise<unknown> {
    return this.ball ? this.mine(() => own.play(false, this.ms)) : this.do('pause_screen');
  }

  private seek(position: number): Promise<unknown> {
    if (this.ball) return this.mine(() => own.seek(position, this.ms));
    return this.do('seek_screen', { position });
  }

  private async mine(change: () => void): Promise<void> {
    change();
    this.check();
  }

  private async do(action: string, more: Record<string, unknown> = {}): Promise<unknown> {
    if (!this.near) return null;
    return ask(this.here, action, { entity: `e${this.near.showing.entity}`, ...more });
  }

  dispose(): void {
    this.bar.root.remove();
  }
}
