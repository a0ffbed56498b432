const KINDS = ['playing', 'seeked', 'loadeddata'] as const;
const tells = (film: HTMLVideoElement) => typeof film.requestVideoFrameCallback === 'function';

/**
 * Tells of every new picture of the films in a part of the page, which nothing else announces: the
 * page shows them by itself, and a canvas of it does not.
 */
export class Films {
  private readonly element: HTMLElement;
  private readonly show: (film: HTMLVideoElement) => void;
  /** Those that play, with the number by which their next picture is waited for. */
  private readonly waits = new Map<HTMLVideoElement, number>();
  private readonly hear = (event: Event) => {
    if (!(event.target instanceof HTMLVideoElement)) return;
    this.show(event.target);
    if (!event.target.paused) this.wait(event.target);
  };

  constructor(element: HTMLElement, show: (film: HTMLVideoElement) => void) {
    this.element = element;
    this.show = show;
    for (const kind of KINDS) element.addEventListener(kind, this.hear, true);
    for (const film of element.querySelectorAll('video')) if (!film.paused) this.wait(film);
  }

  get playing(): boolean {
    for (const film of this.waits.keys()) if (!film.paused) return true;
    return false;
  }

  /** Where the browser does not tell of pictures, there may be a new one whenever one looks. */
  look(): void {
    for (const film of this.waits.keys()) if (!tells(film)) this.due(film);
  }

  dispose(): void {
    for (const kind of KINDS) this.element.removeEventListener(kind, this.hear, true);
    for (const [film, wait] of this.waits) if (tells(film)) film.cancelVideoFrameCallback(wait);
    this.waits.clear();
  }

  private wait(film: HTMLVideoElement): void {
    if (this.waits.has(film)) return;
    this.waits.set(film, 0);
    this.next(film);
  }

  private next(film: HTMLVideoElement): void {
    if (film.paused || !this.element.contains(film)) {
      this.waits.delete(film);
      return;
    }
    if (tells(film)) this.waits.set(film, film.requestVideoFrameCallback(() => this.due(film)));
  }

  private due(film: HTMLVideoElement): void {
    this.show(film);
    this.next(film);
  }
}
