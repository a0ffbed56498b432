import { decodeBytes } from '../net/wire.ts';
import { SHOWN } from '../net/wire.generated.ts';
import { DEFAULTS } from '../world/components.generated.ts';
import type { Session } from '../world/session.ts';
import type { Here } from './here.ts';

interface Seen {
  readonly id: number;
  readonly component: string;
  readonly value: object;
}

const HEAD_BYTES = 9;

/** What the world shows live and does not keep, drawn in the place of what its log says. */
export class Shown {
  private readonly seen = new Map<string, Seen>();
  private hidden = false;
  private readonly here: Here;
  private readonly session: Session;

  constructor(here: Here, session: Session) {
    this.here = here;
    this.session = session;
    session.channels.onBytes(SHOWN, (bytes) => this.take(bytes));
    session.channels.renewed.push(() => {
      this.hide();
      this.seen.clear();
    });
  }

  /** Draws the logged, as where the past is shown. */
  hide(): void {
    this.hidden = true;
    for (const { id, component } of this.seen.values()) this.drawLogged(id, component);
  }

  /** Draws the shown again, once now is drawn again. */
  check(): void {
    if (!this.hidden || this.here.time.past) return;
    this.hidden = false;
    for (const one of this.seen.values()) this.draw(one);
  }

  private take(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const id = Number(view.getBigUint64(0, true));
    const end = HEAD_BYTES + view.getUint8(8);
    const component = new TextDecoder().decode(bytes.subarray(HEAD_BYTES, end));
    const key = `${id} ${component}`;
    if (bytes.length === end) {
      if (this.seen.delete(key) && !this.here.time.past) this.drawLogged(id, component);
      return;
    }
    const usual = (DEFAULTS as unknown as Record<string, object>)[component];
    const fields = decodeBytes(bytes.subarray(end)) as object;
    const one = { id, component, value: { ...usual, ...fields } };
    this.seen.set(key, one);
    this.check();
    if (!this.here.time.past) this.draw(one);
  }

  private draw({ id, component, value }: Seen): void {
    this.here.stage.apply({ kind: 'change', id, component, value });
  }

  private drawLogged(id: number, component: string): void {
    const value = this.session.state.value(id, component);
    const kind = value === undefined ? 'remove' : 'change';
    this.here.stage.apply({ kind, id, component, value });
  }
}
