import { Wipe } from '../../ui/history/wipe.ts';
import { say } from '../../ui/history/strings.ts';
import { Split, type Twin } from '../../view/split.ts';
import { differences, momentOf, type Moment } from '../../world/moment.ts';
import type { Here } from '../here.ts';

/** Two moments side by side: the one that one is at, and now or one that was held. */
export class Comparing {
  readonly wipe: Wipe;
  /** In how many entities the two differ. */
  count = 0;
  private readonly here: Here;
  private split: Split | null = null;
  private left: Moment | null = null;
  private held: Moment | null = null;

  constructor(here: Here, changed: () => void) {
    this.here = here;
    this.wipe = new Wipe({
      move: (share) => {
        if (this.split) this.split.share = share;
      },
      hold: () => {
        this.held = this.held ? null : this.left;
        this.draw();
        changed();
      },
    });
  }

  get on(): boolean {
    return this.split !== null;
  }

  /** `middle`: where the free part of the picture has its middle, as a share of the width. */
  begin(left: Moment, middle: number): void {
    this.split ??= new Split(this.here.stage);
    this.wipe.move(middle);
    this.update(left);
  }

  end(): void {
    this.split?.dispose();
    this.split = null;
    this.held = null;
    this.wipe.show(null);
  }

  /** The left side is another moment. */
  update(left: Moment): void {
    this.left = left;
    this.draw();
  }

  private draw(): void {
    const { left, split } = this;
    const { session } = this.here;
    if (!left || !split || !session) return;
    const right = this.held ?? momentOf(session.state, left);
    const found = differences(left, right);
    this.count = found.length;
    const hidden = found.filter(({ before }) => before).map(({ id }) => id);
    const apart = new Set(found.filter(({ after }) => after).map(({ id }) => id));
    // What hangs under something that differs differs with it: parents are older than children.
    const twins: Twin[] = [];
    for (const thing of [...right.things.values()].sort((a, b) => a.id - b.id)) {
      if (thing.parent !== null && apart.has(thing.parent)) apart.add(thing.id);
      if (apart.has(thing.id)) twins.push(thing);
    }
    split.set(twins, new Set(hidden));
  }

  /** Names both sides; two of one second by their seqs too. */
  name(when: string, nameOf: (moment: Moment) => string): void {
    if (!this.split || !this.left) return;
    const { held, left } = this;
    const other = held ? nameOf(held) : say.now;
    const whole = (name: string, { seq }: Moment) =>
      when === other ? `${name} · ${say.seq(seq)}` : name;
    const right = held ? whole(other, held) : other;
    this.wipe.show({ left: whole(when, left), right, held: held !== null });
  }
}
