import { answering } from '../input/reach.ts';
import { say } from '../ui/lost/words.ts';
import type { Loss } from '../view/media/loss.ts';
import { titleOf } from '../world/naming.ts';
import type { Here } from './here.ts';

const TOLD_M = 16; // twice as far as one reaches

/** Says of the things near what of them could not be loaded; loaded with the first such loss. */
export class Lost {
  private readonly here: Here;
  private readonly told = new WeakSet<Loss>();

  constructor(here: Here) {
    this.here = here;
  }

  /** A thing's name, with what of it could not be loaded. */
  named(id: number, title: string): string {
    const losses = this.of(id).map(say.lost);
    return losses.length > 0 ? say.named(title, losses) : title;
  }

  /** Whether something of it could not be loaded. */
  lacks(id: number): boolean {
    return this.of(id).length > 0;
  }

  /** Says aloud what was lost near since it last looked. */
  check(): void {
    const { session, stage, walker, hud } = this.here;
    const { x, y, z } = walker.body.position;
    const news = new Map<number, Loss[]>();
    for (const loss of stage.lost) {
      const place = this.told.has(loss) ? null : stage.worldPosition(loss.entity);
      if (!place || Math.hypot(place[0] - x, place[1] - y, place[2] - z) > TOLD_M) continue;
      this.told.add(loss);
      news.set(loss.entity, [...(news.get(loss.entity) ?? []), loss]);
    }
    const lines = [...news].map(([id, losses]) =>
      say.news(titleOf(session!.state, id), losses.map(say.lost)),
    );
    if (lines.length > 0) hud.reach.announce(lines.join(' '));
  }

  /** What it lacks, or a part of it that is pressed as it is. */
  private of(id: number): Loss[] {
    const { state } = this.here.session!;
    return [...this.here.stage.lost].filter(({ entity }) => answering(state, entity) === id);
  }
}
