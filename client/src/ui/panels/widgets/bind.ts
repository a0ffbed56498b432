import { el } from '../../dom.ts';
import { Hold } from '../hold.ts';
import { repaint, type Desk, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { sentences } from '../../../net/problem.ts';
import type { ErrorRow } from '../../../net/wire.generated.ts';

const TOLD_MS = 8000;

/** A line under a widget: why its last value does not count, or that it is not saved yet. */
export class Note {
  readonly root = el('p', { class: 'note', hidden: true, attrs: { role: 'status', dir: 'auto' } });
  private until: ReturnType<typeof setTimeout> | undefined;

  tell(text: string | null, lasting = false): void {
    clearTimeout(this.until);
    this.root.hidden = text === null;
    this.root.textContent = text;
    if (text !== null && !lasting) this.until = setTimeout(() => this.tell(null), TOLD_MS);
  }

  /** Shows the error that came with a value, if any did. */
  hear(props: Props): void {
    const error = props['error'] as ErrorRow | undefined;
    if (error) this.tell(sentences(error));
  }
}

/** Joins a control to the server by the echo rule. */
export function bind<T>(
  desk: Desk,
  widget: string,
  note: Note,
  show: (value: T) => void,
  every_ms?: number,
): Hold<T> {
  return new Hold<T>(
    {
      send: (value, n, done) => desk.send(widget, value, n, done),
      show: (value) => {
        show(value);
        repaint(note.root);
      },
      unsaved: (is) => {
        if (is) note.tell(say.unsaved, true);
        else if (note.root.textContent === say.unsaved) note.tell(null);
      },
    },
    every_ms,
  );
}

/** A number as short as it can be read, with as many decimals as its step has. */
export function shortNumber(value: number, step = 0): string {
  if (!Number.isFinite(value)) return '–';
  if (step > 0) {
    const decimals = (String(step).split('.')[1] ?? '').length;
    return value.toFixed(Math.min(decimals, 10));
  }
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e9)) {
    return value.toPrecision(4);
  }
  return String(Number(value.toPrecision(Math.abs(value) >= 1e4 ? 7 : 4)));
}

/** A number with its unit. */
export function withUnit(text: string, unit: string): string {
  return unit ? `${text} ${unit}` : text;
}
