const BY_EVENTS = 0.5; // this share of the width goes to the number of events, the rest to time
const SILENCE = 8; // a pause counts as at most so many mean pauses
const TRIMMED = 0.95; // the longest pauses do not count in the mean

/** A place in the log whose time is known. */
export interface Knot {
  readonly seq: number;
  /** UTC milliseconds. */
  readonly ms: number;
}

/**
 * Where on a line of length 1 each seq stands: half by time and half by the number of events, long
 * silences cut short. So a busy minute has room, and a quiet night does not take it.
 */
export class Axis {
  readonly knots: readonly Knot[];
  /** The place of each knot. */
  private readonly places: Float64Array;

  /** Knots in any order; at least the first and the last seq should be among them. */
  constructor(knots: Iterable<Knot>) {
    const bySeq = new Map<number, Knot>();
    for (const knot of knots) bySeq.set(knot.seq, knot);
    this.knots = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
    this.places = placesOf(this.knots);
  }

  get first(): Knot | undefined {
    return this.knots[0];
  }

  get last(): Knot | undefined {
    return this.knots.at(-1);
  }

  /** The place of a seq, 0 to 1. */
  placeOf(seq: number): number {
    return this.between(seq, (knot) => knot.seq, (i) => this.places[i]!);
  }

  /** The time of a seq, as well as it is known. */
  timeOf(seq: number): number {
    return this.between(seq, (knot) => knot.seq, (i) => this.knots[i]!.ms);
  }

  /** The last seq at or before a place. */
  seqAt(place: number): number {
    const { places, knots } = this;
    if (knots.length === 0) return 0;
    const i = upper(places.length, (k) => places[k]! > place) - 1;
    if (i < 0) return knots[0]!.seq;
    const next = knots[i + 1];
    if (!next) return knots[i]!.seq;
    const span = places[i + 1]! - places[i]!;
    const share = span > 0 ? (place - places[i]!) / span : 0;
    return Math.floor(knots[i]!.seq + share * (next.seq - knots[i]!.seq) + 1e-6);
  }

  /** The time at a place, in UTC milliseconds. */
  msAt(place: number): number {
    const { places, knots } = this;
    if (knots.length === 0) return 0;
    const i = Math.max(0, upper(places.length, (k) => places[k]! > place) - 1);
    const [knot, next] = [knots[i]!, knots[i + 1]];
    const span = next ? places[i + 1]! - places[i]! : 0;
    const share = span > 0 ? Math.max(0, (place - places[i]!) / span) : 0;
    return knot.ms + share * ((next?.ms ?? knot.ms) - knot.ms);
  }

  /** The place of a time. */
  placeAt(ms: number): number {
    return this.between(ms, (knot) => knot.ms, (i) => this.places[i]!);
  }

  private between(x: number, of: (knot: Knot) => number, value: (i: number) => number): number {
    const { knots } = this;
    if (knots.length === 0) return 0;
    const i = upper(knots.length, (k) => of(knots[k]!) > x) - 1;
    if (i < 0) return value(0);
    const next = knots[i + 1];
    if (!next) return value(i);
    const share = (x - of(knots[i]!)) / (of(next) - of(knots[i]!));
    return value(i) + share * (value(i + 1) - value(i));
  }
}

/** The first index of 0..length at which `is` holds, which holds for all after it too. */
function upper(length: number, is: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function placesOf(knots: readonly Knot[]): Float64Array {
  const places = new Float64Array(knots.length);
  const pauses = knots.slice(1).map((knot, i) => Math.max(0, knot.ms - knots[i]!.ms));
  const most = longest(pauses);
  const time = pauses.reduce((sum, pause) => sum + Math.min(pause, most), 0);
  const events = Math.max(1, (knots.at(-1)?.seq ?? 0) - (knots[0]?.seq ?? 0));
  const shareOfEvents = time > 0 ? BY_EVENTS : 1;
  for (let i = 1; i < knots.length; i++) {
    const byEvents = ((knots[i]!.seq - knots[i - 1]!.seq) / events) * shareOfEvents;
    const byTime = time > 0 ? (Math.min(pauses[i - 1]!, most) / time) * (1 - shareOfEvents) : 0;
    places[i] = places[i - 1]! + byEvents + byTime;
  }
  return places;
}

function longest(pauses: readonly number[]): number {
  const sorted = pauses.toSorted((a, b) => a - b);
  const usual = sorted.slice(0, Math.max(1, Math.floor(sorted.length * TRIMMED)));
  const mean = usual.reduce((sum, pause) => sum + pause, 0) / Math.max(1, usual.length);
  return mean > 0 ? mean * SILENCE : Infinity;
}
