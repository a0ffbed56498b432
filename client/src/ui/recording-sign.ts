import { el } from './dom.ts';
import { say } from './strings.ts';

/** Says that motion is recorded here, and lets the visitor decide about their own. */
export class RecordingSign {
  readonly root = el('button', { type: 'button', class: 'recording', hidden: true });
  private mine = false;

  constructor(consent: (on: boolean) => void) {
    this.root.onclick = () => consent(!this.mine);
  }

  /** `on`: the world is recorded; `mine`: so is our own motion. */
  show(on: boolean, mine: boolean): void {
    this.mine = mine;
    this.root.hidden = !on;
    this.root.textContent = mine ? say.recordingMe : say.recordingOthers;
    this.root.title = mine ? say.recordingStop : say.recordingJoin;
    this.root.ariaPressed = String(mine);
  }
}
