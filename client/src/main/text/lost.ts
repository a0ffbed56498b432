import { say } from '../../ui/lost/words.ts';
import { refusalOf, type LossKind, type LossReason } from '../../view/media/loss.ts';
import type { Session } from '../../world/session.ts';
import type { Around } from '../../world/surroundings.ts';

const ASKED_MOST = 40; // as many things as are listed at first
const NEAR_M = 10;
const KINDS = { Model: 'model', Image: 'picture', Video: 'film', Screen: 'film', Sound: 'sound' };

/** What of the things around cannot be loaded: nothing is drawn here, so the server is asked. */
export class Lost {
  private readonly session: Session;
  private readonly tell: (text: string) => void;
  /** Address → why it cannot be had; null where it can, or while it is asked. */
  private readonly known = new Map<string, LossReason | null>();
  private readonly told = new Set<string>();
  private asking = false;

  constructor(session: Session, tell: (text: string) => void) {
    this.session = session;
    this.tell = tell;
  }

  /** Asks for what is not known yet of the nearest; `found` is called when something is missing. */
  async look(all: readonly Around[], found: () => void): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    for (const { id } of all.slice(0, ASKED_MOST)) {
      for (const { address } of this.filesOf(id)) {
        if (this.known.has(address)) continue;
        this.known.set(address, null);
        const why = await refusalOf(address);
        if (why === 'offline') this.known.delete(address); // the page itself says that
        else if (why) {
          this.known.set(address, why);
          found();
        }
      }
    }
    this.asking = false;
  }

  /** What of a thing could not be loaded; what is near is said aloud once. */
  of({ id, title, distance }: Around): string[] {
    const missing = this.filesOf(id).filter(({ address }) => this.known.get(address));
    const losses = missing.map(({ what, address }) =>
      say.lost({ what, why: this.known.get(address)! }),
    );
    const key = `${id} ${missing.map(({ address }) => address).join(' ')}`;
    if (losses.length > 0 && distance <= NEAR_M && !this.told.has(key)) {
      this.told.add(key);
      this.tell(say.news(title, losses));
    }
    return losses;
  }

  private filesOf(id: number): { what: LossKind; address: string }[] {
    const { state } = this.session;
    return Object.entries(KINDS).flatMap(([name, what]) => {
      const asset = (state.value(id, name as never) as { asset?: string } | undefined)?.asset;
      if (!asset) return [];
      const address = asset.startsWith('/') ? asset : `/assets/${asset}`;
      return [{ what: what as LossKind, address }];
    });
  }
}
