import { decodeBytes } from '../net/wire.ts';
import { say } from '../ui/strings.ts';
import type { Session } from '../world/session.ts';
import type { Fact, WorldState } from '../world/state.ts';

const SIGN = 'recording';
const COMPONENT = 'Recording';

/** Whether the sign that says so is up in a world. */
export function isRecorded(state: WorldState): boolean {
  const id = state.byName.get(SIGN);
  const cell = id === undefined ? undefined : state.entities.get(id)?.cells.get(COMPONENT);
  return cell !== undefined && (decodeBytes(cell.data) as { on: boolean }).on;
}

/** Where the sign stands, and what tells of it. */
interface Shown {
  readonly chat: { quiet(text: string): void };
  readonly topbar: { readonly recording: { show(on: boolean, mine: boolean): void } };
}

/** Shows whether the world is recorded, and whether we are: nobody is recorded unseen. */
export class RecordedHere {
  private on = false;
  private mine = false;
  private readonly hud: Shown;

  constructor(hud: Shown) {
    this.hud = hud;
    this.show();
  }

  /** Reads the sign from the state; `news` is told in the chat, too. */
  read({ state }: Session, news: boolean): void {
    const on = isRecorded(state);
    if (on !== this.on && (news || on))
      this.hud.chat.quiet(on ? say.recordingOn : say.recordingOff);
    this.on = on;
    this.show();
  }

  /** A consent lasts for one visit. */
  came(): void {
    this.mine = false;
    this.show();
  }

  /** Hears who consented; `me` is our own id. */
  heard({ kind, data }: Fact, me: string | undefined): void {
    if (kind !== 'Consented' || data['visitor'] !== me) return;
    this.mine = data['on'] === true;
    this.show();
  }

  private show(): void {
    this.hud.topbar.recording.show(this.on, this.mine);
  }
}
