/** Sounds made by code, as in a film: steps, touches and doors. No file is loaded for them. */
export type Noise = 'step' | 'land' | 'touch' | 'take' | 'let' | 'sit' | 'door';

/** A burst of noise and a tone: their levels, their fall in seconds, their pitch in hertz. */
interface Recipe {
  readonly noise: number;
  readonly tone: number;
  readonly fall: number;
  /** Where the noise's band lies, and where it has gone to by the end. */
  readonly band: readonly [number, number];
  readonly pitch: readonly [number, number];
  /** How slowly it comes, in seconds. */
  readonly rise?: number;
}

const RECIPES: Record<Noise, Recipe> = {
  step: { noise: 0.16, tone: 0.22, fall: 0.09, band: [900, 300], pitch: [95, 55] },
  land: { noise: 0.3, tone: 0.5, fall: 0.2, band: [700, 160], pitch: [80, 38] },
  touch: { noise: 0.05, tone: 0.12, fall: 0.12, band: [3200, 2200], pitch: [880, 820] },
  take: { noise: 0.1, tone: 0.08, fall: 0.1, band: [1600, 2600], pitch: [320, 460] },
  let: { noise: 0.1, tone: 0.08, fall: 0.12, band: [2400, 900], pitch: [420, 240] },
  sit: { noise: 0.14, tone: 0.1, fall: 0.24, band: [500, 220], pitch: [110, 70] },
  door: { noise: 0.2, tone: 0.1, fall: 0.7, band: [240, 1500], pitch: [196, 294], rise: 0.25 },
};
const NOISE_S = 1;
const REACH_M = 18;
const AT_ONCE = 12;
const SPREAD = 0.14; // no two steps are quite alike

/** Plays them, each from its place. */
export class Foley {
  /** How often each was played: for scripts and tests. */
  readonly counts: Partial<Record<Noise, number>> = {};
  private readonly context: AudioContext;
  private readonly out: GainNode;
  private readonly noise: AudioBuffer;
  private playing = 0;

  constructor(context: AudioContext) {
    this.context = context;
    this.out = new GainNode(context, { gain: 0.7 });
    this.out.connect(context.destination);
    this.noise = hiss(context);
  }

  /** Plays one, from a place in the world or, without any, from where we are; `level` 0 to 1. */
  play(name: Noise, level = 1, place: readonly number[] | null = null): void {
    if (this.playing >= AT_ONCE || document.hidden) return;
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    const { context } = this;
    const { noise, tone, fall, band, pitch, rise = 0.004 } = RECIPES[name];
    const now = context.currentTime;
    const end = now + rise + fall * 3;
    const off = 1 + (Math.random() - 0.5) * SPREAD;
    const gain = (peak: number) => {
      const made = new GainNode(context, { gain: 0 });
      made.gain.linearRampToValueAtTime(peak * level, now + rise);
      made.gain.setTargetAtTime(0, now + rise, fall / 2);
      return made;
    };
    const glide = (param: AudioParam, [from, to]: readonly [number, number]) => {
      param.setValueAtTime(from * off, now);
      param.exponentialRampToValueAtTime(to * off, now + rise + fall);
    };
    const way = this.way(place);
    const source = new AudioBufferSourceNode(context, { buffer: this.noise, loop: true });
    const filter = new BiquadFilterNode(context, { type: 'bandpass', Q: 0.9 });
    glide(filter.frequency, band);
    source.connect(filter).connect(gain(noise)).connect(way);
    const voice = new OscillatorNode(context);
    glide(voice.frequency, pitch);
    voice.connect(gain(tone)).connect(way);
    this.playing += 1;
    source.onended = () => {
      this.playing -= 1;
      way.disconnect();
    };
    source.start(now, Math.random() * NOISE_S);
    voice.start(now);
    source.stop(end);
    voice.stop(end);
  }

  private way(place: readonly number[] | null): AudioNode {
    const { context } = this;
    const made = place
      ? new PannerNode(context, {
          ...{ panningModel: 'equalpower', distanceModel: 'linear', refDistance: 1.5 },
          ...{ maxDistance: REACH_M, positionX: place[0]!, positionY: place[1]! },
          positionZ: place[2]!,
        })
      : new GainNode(context);
    made.connect(this.out);
    return made;
  }
}

/** A second of even noise. */
function hiss(context: AudioContext): AudioBuffer {
  const length = context.sampleRate * NOISE_S;
  const made = new AudioBuffer({ length, sampleRate: context.sampleRate });
  const values = made.getChannelData(0);
  for (let i = 0; i < length; i++) values[i] = Math.random() * 2 - 1;
  return made;
}
