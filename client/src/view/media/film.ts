import { whenAudible } from '../audio.ts';
import { type Lacking, refusalOf } from './loss.ts';
import * as THREE from '../three.ts';
import { listening } from './listening.ts';
import { Steering } from './steering.ts';

const LOOK_MS = 90;
const PLAY_RETRY_MS = 800;
const RATE_STEP = 0.002; // smaller changes of the rate are not worth telling the player

/** Where a film should be: seconds, and how fast it goes on from there (0: it stands). */
export interface Target {
  seconds: number;
  rate: number;
}

/** One playing file as a texture, kept in step with a target, and heard from a place. */
export class Film {
  readonly video = document.createElement('video');
  readonly texture: THREE.Texture;
  readonly steering = new Steering();
  /** There is a picture to show. */
  ready = false;
  /** The browser cannot play it. */
  failed = false;
  /** It goes silently because the visitor has done nothing on the page yet. */
  blocked = false;
  private readonly length: { loop: boolean };
  private looked = 0;
  private tried = 0;
  private wanted = 0;
  private frames = 0;
  private panner: PannerNode | null = null;
  private gain: GainNode | null = null;
  private gone = false;

  /** `lacking` is told when it cannot be played, until it goes. */
  constructor(asset: string, loop: boolean, volume: number, lacking: Lacking) {
    const { video } = this;
    this.length = { loop };
    video.loop = loop;
    video.muted = true; // until a gesture allows more
    video.playsInline = true;
    video.preload = 'auto';
    video.disableRemotePlayback = true;
    this.texture = new THREE.Texture(video);
    const texture = this.texture as THREE.Texture & { isVideoTexture: boolean; update(): void };
    texture.isVideoTexture = true; // as three's own, but fresh only when a frame has come
    texture.update = () => undefined;
    texture.colorSpace = THREE.SRGBColorSpace;
    texture.generateMipmaps = false;
    texture.minFilter = texture.magFilter = THREE.LinearFilter;
    const fresh = () => {
      this.ready = true;
      this.texture.needsUpdate = true;
    };
    video.onloadeddata = fresh;
    video.onseeked = () => {
      this.steering.landed(performance.now());
      fresh();
    };
    video.onerror = () => {
      this.failed = true;
      void refusalOf(video.src).then((why) => !this.gone && lacking.is(why ?? 'unreadable'));
    };
    video.src = `/assets/${asset}`;
    this.frame(fresh);
    if (volume > 0) {
      this.blocked = true;
      whenAudible((context) => this.connect(context));
    }
  }

  get aspect(): number {
    return this.video.videoWidth / Math.max(1, this.video.videoHeight) || 16 / 9;
  }

  /** Its length in seconds, to the millisecond as all browsers tell it; 0 while not known. */
  get seconds(): number {
    const { duration } = this.video;
    return Number.isFinite(duration) ? Math.round(duration * 1000) / 1000 : 0;
  }

  /** Pictures that have been shown. */
  get shown(): number {
    return this.frames;
  }

  private frame(fresh: () => void): void {
    if (this.gone) return;
    this.video.requestVideoFrameCallback(() => {
      this.frames += 1;
      fresh();
      this.frame(fresh);
    });
  }

  private connect(context: AudioContext): void {
    if (this.gone) return;
    this.panner = new PannerNode(context, { panningModel: 'equalpower', distanceModel: 'linear' });
    this.gain = new GainNode(context);
    context
      .createMediaElementSource(this.video)
      .connect(this.panner)
      .connect(this.gain)
      .connect(context.destination);
    this.panner.refDistance = 2;
    this.video.muted = false;
    this.blocked = false;
  }

  /** Moves what is heard to a place; `reach` metres away it is silent. */
  hear(place: THREE.Vector3, volume: number, reach: number): void {
    if (!this.panner || !this.gain) return;
    this.panner.positionX.value = place.x;
    this.panner.positionY.value = place.y;
    this.panner.positionZ.value = place.z;
    this.panner.maxDistance = Math.max(2.1, reach);
    this.gain.gain.value = listening.muted ? 0 : volume;
  }

  /** Keeps in step; null holds it where it is, as when nobody looks. */
  follow(target: Target | null, now_ms: number): void {
    const { video } = this;
    if (!target || this.failed) {
      if (!video.paused) video.pause();
      return;
    }
    if (now_ms - this.looked < LOOK_MS || this.seconds === 0) return;
    this.looked = now_ms;
    const { loop } = this.length;
    const wanted = loop ? target.seconds % this.seconds : Math.min(target.seconds, this.seconds);
    // Where the target goes round its end the player goes round its own, a little off: leap.
    if (Math.abs(wanted - this.wanted) > this.seconds / 2) this.steering.begin();
    this.wanted = wanted;
    const over = !loop && target.seconds >= this.seconds;
    const rate = over ? 0 : target.rate;
    if (rate > 0 && video.paused) this.play(now_ms);
    if (rate === 0 && !video.paused) video.pause();
    if (video.seeking) return;
    const here = video.currentTime;
    const order = this.steering.look(here, wanted, rate, now_ms, loop ? this.seconds : 0);
    if (order.leap !== null) video.currentTime = Math.min(order.leap, this.seconds - 0.001);
    const next = Math.max(0.25, Math.min(4, order.rate));
    if (Math.abs(video.playbackRate - next) > RATE_STEP) video.playbackRate = next;
  }

  private play(now_ms: number): void {
    if (now_ms - this.tried < PLAY_RETRY_MS) return;
    this.tried = now_ms;
    this.steering.begin();
    this.video.play().catch((error: DOMException) => {
      if (error.name !== 'NotAllowedError') return; // it was stopped meanwhile, or has failed
      this.video.muted = true; // silent it may always play
      this.blocked = true;
    });
  }

  dispose(): void {
    this.gone = true;
    this.video.pause();
    this.video.removeAttribute('src');
    this.video.load();
    this.texture.dispose();
    this.panner?.disconnect();
    this.gain?.disconnect();
  }
}
