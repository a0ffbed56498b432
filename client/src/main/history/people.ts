import type { Stage } from '../../view/stage.ts';
import { fetchRecording, fetchRecordings, type RecordingRow } from '../../net/past.ts';
import { randomAvatar } from '../../world/avatar.ts';
import { Track, type Recorded } from '../../world/track.ts';
import { showReach } from '../reaching.ts';

const HASH = 31;
const BINS = 2 ** 16;
const STEP = 25173;
const BARE = { head: null, left: null, right: null };

/** The people of the past, where a recording of their motion is there. */
export class People {
  private readonly world: string;
  readonly stage: Stage;
  private rows: readonly RecordingRow[] = [];
  private surveyed = -1;
  private reading = Promise.resolve(false);
  private readonly tracks = new Map<string, Track>();
  private readonly asked = new Set<string>();
  private readonly shown = new Map<string, Recorded>();

  constructor(world: string, stage: Stage) {
    this.world = world;
    this.stage = stage;
  }

  /** Learns which stretches were recorded up to a head; tells whether any are there. */
  survey(head: number): Promise<boolean> {
    if (head === this.surveyed) return this.reading.then(() => false);
    this.surveyed = head;
    return (this.reading = this.read());
  }

  private async read(): Promise<boolean> {
    const rows = await fetchRecordings(this.world);
    // One that still runs has grown since: it is fetched again when it is next looked at.
    for (const { id, end_us } of rows)
      if (this.rows.find((row) => row.id === id)?.end_us !== end_us) this.asked.delete(id);
    this.rows = rows;
    return rows.length > 0;
  }

  /** From when to when motion was recorded, in UTC milliseconds. */
  stretches(): [from: number, until: number][] {
    return this.rows.map(({ start_us, end_us }) => [start_us / 1000, end_us / 1000]);
  }

  /** Shows what someone says over their head, when they are seen. */
  say(id: string, text: unknown): void {
    if (this.shown.has(id) && typeof text === 'string') this.stage.say(shade(id), text);
  }

  /** Whether motion was recorded at a time, in UTC milliseconds. */
  covers(ms: number): boolean {
    return this.rowAt(ms) !== undefined;
  }

  /** When recorded motion begins next after a time, in UTC milliseconds; Infinity: never. */
  begins(ms: number): number {
    const starts = this.rows.map(({ start_us }) => start_us / 1000).filter((start) => start > ms);
    return Math.min(...starts);
  }

  private rowAt(ms: number): RecordingRow | undefined {
    return this.rows.find(({ start_us, end_us }) => start_us / 1000 <= ms && ms <= end_us / 1000);
  }

  /** Moves everyone to where they were at a time; takes away who was not there. */
  show(ms: number): void {
    const row = this.rowAt(ms);
    if (row && !this.asked.has(row.id)) void this.load(row.id);
    const there = (row && this.tracks.get(row.id)?.at(ms)) ?? new Map<string, Recorded>();
    for (const id of this.shown.keys()) {
      if (there.has(id)) continue;
      this.stage.removeVisitor(shade(id));
      this.shown.delete(id);
    }
    for (const [id, recorded] of there) {
      const { name, vrm, pose, limbs } = recorded;
      const old = this.shown.get(id);
      if (old?.avatar !== recorded.avatar || old.vrm !== vrm) {
        const avatar = recorded.avatar || avatarOf(name || id);
        this.stage.setVisitor(shade(id), { name, avatar, vrm, agent: false, self: false });
      }
      this.shown.set(id, recorded);
      this.stage.moveVisitor(shade(id), pose);
      if (limbs || old?.limbs) showReach(this, shade(id), limbs ?? BARE);
    }
  }

  private async load(id: string): Promise<void> {
    this.asked.add(id);
    try {
      this.tracks.set(id, new Track(await fetchRecording(this.world, id)));
    } catch (error) {
      console.warn('recording:', error); // the world is shown without its people
    }
  }

  /** Who is seen, and where. */
  there() {
    return [...this.shown].map(([id, { name, avatar, vrm, pose: { x, y, z, anim } }]) => {
      const position: [number, number, number] = [x, y, z];
      const seen = this.stage.seen(shade(id));
      return [id, { name, avatar, vrm, position, animation: anim, ...seen }] as const;
    });
  }

  clear(): void {
    for (const id of this.shown.keys()) this.stage.removeVisitor(shade(id));
    this.shown.clear();
  }
}

/** The same visitor may be here now, too. */
const shade = (id: string): string => `past:${id}`;

/** A figure for someone whose own is not known any more; the same for the same name. */
function avatarOf(name: string): string {
  let sum = 7;
  for (const letter of name) sum = (sum * HASH + letter.codePointAt(0)!) % BINS;
  return randomAvatar(() => {
    sum = (sum * STEP + 1) % BINS;
    return sum / BINS;
  });
}
