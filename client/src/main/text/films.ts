import type { Screen } from '../../world/components.generated.ts';
import { titleOf } from '../../world/naming.ts';
import type { Session } from '../../world/session.ts';
import { placeOf, type Point } from '../../world/surroundings.ts';

const NEAR_M = 4; // from so near a film is followed, however low it is

/** What is said in the nearest film in earshot, told line by line as it comes. */
export class Films {
  private readonly session: Session;
  private readonly tell: (text: string, who: string) => void;
  /** Never played: it reads the captions, and knows how long the film is. */
  private readonly video = document.createElement('video');
  private track: HTMLTrackElement | null = null;
  private captions = '';
  /** Which showing it is: another place in the film, or another film, is another one. */
  private showing = '';
  private at = 0;
  private readonly said = new Set<TextTrackCue>();

  constructor(session: Session, tell: (text: string, who: string) => void) {
    this.session = session;
    this.tell = tell;
    this.video.preload = 'metadata';
  }

  /** Looks, from where one stands, what has been said since it last looked. */
  look(here: Point): void {
    const near = this.nearest(here);
    if (!near) return;
    const [id, screen] = near;
    this.load(screen);
    const seconds = this.seconds(screen);
    const showing = `${id} ${screen.asset} ${screen.position} ${screen.since}`;
    const anew = showing !== this.showing || seconds < this.at;
    if (anew) this.said.clear();
    const since = anew ? seconds : this.at;
    [this.showing, this.at] = [showing, seconds];
    for (const cue of this.track?.track.cues ?? []) {
      if (cue.startTime > seconds || cue.endTime <= since || this.said.has(cue)) continue;
      this.said.add(cue);
      const text = (cue as VTTCue).getCueAsHTML().textContent?.trim();
      if (text) this.tell(text, titleOf(this.session.state, id));
    }
  }

  /** The nearest film that plays in earshot and has captions. */
  private nearest(here: Point): [id: number, screen: Screen] | null {
    const { state } = this.session;
    let found: [number, Screen] | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const { id, cells } of state.entities.values()) {
      if (!cells.has('Screen')) continue;
      const screen = state.value(id, 'Screen')!;
      const [x, y, z] = placeOf(state, id);
      const away = Math.hypot(x - here[0], y - here[1], z - here[2]);
      if (!screen.playing || !screen.captions || away > Math.max(screen.reach, NEAR_M)) continue;
      if (away >= least) continue;
      least = away;
      found = [id, screen];
    }
    return found;
  }

  private load({ asset, captions, loop }: Screen): void {
    const source = `/assets/${asset}`;
    if (loop && this.video.getAttribute('src') !== source) this.video.src = source; // its length
    if (captions === this.captions) return;
    this.captions = captions;
    this.track?.remove();
    this.said.clear();
    this.track = document.createElement('track');
    this.track.kind = 'subtitles';
    this.track.src = `/assets/${captions}`;
    this.video.append(this.track);
    this.track.track.mode = 'hidden'; // it comes to be read, and is shown nowhere
  }

  /** Where the film stands by the server's clock. */
  private seconds({ position, since, loop }: Screen): number {
    const now = this.session.link.clock.at(performance.now());
    const seconds = position + Math.max(0, now / 1000 - since / 1e6);
    const { duration } = this.video;
    return loop && duration > 0 ? seconds % duration : seconds;
  }
}
