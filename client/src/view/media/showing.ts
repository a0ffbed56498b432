import type { Tier } from '../change.ts';
import type { Node, ViewContext } from '../context.ts';
import * as THREE from '../three.ts';
import { Card } from './card.ts';
import { Film, type Target } from './film.ts';
import { listening } from './listening.ts';
import { Lacking } from './loss.ts';
import { releasePicture, takePicture } from './pictures.ts';

const SIGHT_METRES = 70; // farther away a film stands still
const PLAYING_MOST: Record<Tier, number> = { low: 2, medium: 4, high: 6 };

/** What a film's part says of where it shows, in the component's own words. */
export interface Stand {
  asset: string;
  poster: string;
  width: number;
  height: number;
  curve: number;
  volume: number;
  reach: number;
  loop: boolean;
  rail: number;
  around: number;
}

/** A film on its card: the poster until it plays, the nearest few playing, the rest standing. */
export class Showing {
  film: Film | null = null;
  /** Metres from the eye. */
  distance = Number.POSITIVE_INFINITY;
  readonly entity: number;
  readonly card: Card;
  private readonly lacking: Lacking;
  private readonly node: Node;
  private readonly view: ViewContext;
  private stand: Stand;
  private readonly lit = new THREE.MeshBasicMaterial({ toneMapped: false });
  private readonly still = new THREE.MeshBasicMaterial({ toneMapped: false });
  private readonly place = new THREE.Vector3();
  private aspect = 16 / 9;
  private poster = '';
  private drawn: 'blank' | 'poster' | 'film' = 'blank';

  constructor(node: Node, view: ViewContext, stand: Stand) {
    this.node = node;
    this.view = view;
    this.stand = stand;
    this.entity = node.id;
    this.card = new Card(node, view);
    this.lacking = new Lacking(node, 'film', view);
    this.set(stand, true);
    view.films.add(this);
  }

  set(stand: Stand, first = false): void {
    const same = stand.asset === this.stand.asset && stand.loop === this.stand.loop;
    this.stand = stand;
    if (first || !same) this.dropFilm();
    if (stand.poster !== this.poster) this.loadPoster(stand.poster);
    this.layOut();
  }

  private loadPoster(asset: string): void {
    if (this.poster) releasePicture(this.poster);
    this.poster = asset;
    this.still.map = null;
    if (!asset) return;
    takePicture(asset, this.view).then(
      ({ texture, width, height }) => {
        if (this.poster !== asset) return;
        this.still.map = texture;
        this.still.needsUpdate = true;
        if (!this.film?.ready) this.aspect = width / height;
        this.layOut();
      },
      (error: unknown) => console.warn('poster:', error),
    );
  }

  private layOut(): void {
    const { width, height, rail, curve, around } = this.stand;
    if (!this.card.around(around)) this.card.size(width, height, this.aspect, rail, curve);
    this.card.show(
      this.drawn === 'film' ? this.lit : this.still.map ? this.still : null,
    );
  }

  tier(tier: Tier): void {
    this.card.tier(tier);
  }

  /** Goes on by one frame; `target` is where the film should be. */
  frame(target: Target, begun: boolean): void {
    const { view, stand } = this;
    this.node.root.getWorldPosition(this.place);
    this.distance = this.place.distanceTo(view.camera.position);
    if (!this.film && stand.asset && this.distance < SIGHT_METRES)
      this.film = new Film(stand.asset, stand.loop, stand.volume, this.lacking);
    const { film } = this;
    if (!film) return;
    if (begun) film.steering.begin();
    const moves = listening.moving || target.rate === 0;
    film.follow(moves && this.mayPlay() ? target : null, performance.now());
    film.hear(this.place, this.without ? 0 : stand.volume, stand.reach);
    if (film.ready && this.drawn !== 'film') {
      this.drawn = 'film';
      this.lit.map = film.texture;
      this.lit.needsUpdate = true;
      this.aspect = film.aspect;
      this.layOut();
    }
  }

  /** It is in a ball, and we are without. */
  private get without(): boolean {
    return this.stand.around > 0 && this.distance > this.stand.around;
  }

  /** The nearest few in sight may play. */
  private mayPlay(): boolean {
    if (this.distance > SIGHT_METRES || this.without) return false;
    let nearer = 0;
    for (const other of this.view.films) {
      if (other.distance < this.distance) nearer += 1;
      else if (other.distance === this.distance && other.entity < this.entity) nearer += 1;
    }
    return nearer < PLAYING_MOST[this.view.tier()];
  }

  /** What scripts and tests may know of it. */
  told() {
    const { film } = this;
    return {
      entity: `e${this.entity}`,
      position: film?.video.currentTime ?? 0,
      seconds: film?.seconds ?? 0,
      error_ms: (film?.steering.error ?? 0) * 1000,
      rate: film?.video.playbackRate ?? 1,
      playing: film ? !film.video.paused : false,
      ready: film?.ready ?? false,
      failed: film?.failed ?? false,
      blocked: film?.blocked ?? false,
      frames: film?.shown ?? 0,
    };
  }

  private dropFilm(): void {
    this.film?.dispose();
    this.lacking.over();
    this.film = null;
    this.lit.map = null;
    this.drawn = 'blank';
  }

  dispose(): void {
    this.view.films.delete(this);
    this.dropFilm();
    if (this.poster) releasePicture(this.poster);
    this.poster = '';
    this.card.dispose();
    this.lit.dispose();
    this.still.dispose();
  }
}
