import '../css/waiting.css';
import type { Progress } from '../../net/wire.generated.ts';
import { button, el } from '../dom.ts';
import { words } from './words.ts';

const QUARTERS = 4; // a screen reader hears of each, and of nothing between
const VOICE_MS = 100; // a region that came just now is not listened to yet

type Far = Pick<Progress, 'seq' | 'action' | 'done' | 'total' | 'text'>;

interface Row {
  readonly root: HTMLElement;
  readonly bar: HTMLProgressElement;
  /** What is seen of it: a headset paints boxes, and no bar of a browser's own. */
  readonly fill: HTMLElement;
  readonly far: HTMLElement;
  readonly text: HTMLElement;
  readonly cancel: HTMLButtonElement;
  readonly title: string;
  quarter: number;
  /** It is being taken back; its button keeps the focus, which a disabled one would lose. */
  taken: boolean;
}

/** Long requests that one waits for: how far each is, and a button that takes it back. */
export class WaitingList {
  readonly root = el('section', { class: 'waiting', hidden: true, ariaLabel: words.waiting });
  /** Says to a screen reader what begins, and each quarter of it; it must be there before. */
  readonly voice = el('div', { class: 'visually-hidden', attrs: { role: 'status' } });
  private readonly rows = new Map<number, Row>();
  private readonly take: (seq: number) => void;
  private readonly rest: () => void;
  private readonly hint: string;

  /**
   * `take` takes one back; `rest` gets the focus when the button that had it is gone; `hint` is
   * said where a key takes it back, too.
   */
  constructor(take: (seq: number) => void, rest: () => void, hint: string) {
    this.take = take;
    this.rest = rest;
    this.hint = hint;
  }

  /** Shows how far one is, under a title: what its action is called, where nothing else is said. */
  show({ seq, action, done, total, text }: Far, title = WaitingList.title(action)): void {
    const row = this.rows.get(seq) ?? this.begin(seq, title);
    const share = total ? Math.min(1, Math.max(0, done / total)) : null;
    if (share === null) row.bar.removeAttribute('value');
    else row.bar.value = share;
    row.fill.classList.toggle('unknown', share === null);
    row.fill.style.inlineSize = `${(share ?? 1) * 100}%`;
    row.far.textContent = total === null ? '' : words.far(plain(done), plain(total));
    row.text.textContent = text;
    const quarter = Math.floor((share ?? 0) * QUARTERS);
    if (quarter > row.quarter) this.tell(words.share(row.title, share!));
    row.quarter = quarter;
  }

  /** Takes the newest one back that is not being taken back yet; says whether there is one. */
  cancelNewest(): boolean {
    const open = [...this.rows].reverse().find(([, { taken }]) => !taken);
    if (!open) return false;
    this.cancel(open[0]);
    return true;
  }

  /** Lets one be taken back again, as it could not be. */
  again(seq: number): void {
    const row = this.rows.get(seq);
    if (!row) return;
    row.taken = false;
    row.cancel.ariaDisabled = null;
    row.cancel.textContent = words.cancel;
  }

  /** Lets one go that has ended, or all. */
  drop(seq?: number): void {
    const gone = seq === undefined ? [...this.rows.keys()] : [seq];
    const focused = this.root.contains(document.activeElement);
    for (const one of gone) {
      this.rows.get(one)?.root.remove();
      this.rows.delete(one);
    }
    this.root.hidden = this.rows.size === 0;
    if (!focused || this.root.contains(document.activeElement)) return;
    const next = [...this.rows.values()].at(-1)?.cancel;
    if (next) next.focus();
    else this.rest();
  }

  /** How an action is called. */
  static title(action: string): string {
    return action.replaceAll('_', ' ').replace(/^./u, (first) => first.toUpperCase());
  }

  private begin(seq: number, title: string): Row {
    const bar = el('progress', { max: 1, class: 'visually-hidden', ariaLabel: title });
    const fill = el('div', { class: 'gone' });
    const cancel = button(words.cancel, () => this.cancel(seq));
    cancel.ariaLabel = words.cancelIt(title);
    const far = el('span', { class: 'dim' });
    const text = el('p', { class: 'dim', dir: 'auto' });
    const head = el('div', { class: 'head' }, el('b', { dir: 'auto' }, title), far);
    const shown = el('div', { class: 'way', ariaHidden: 'true' }, fill);
    const root = el('div', { class: 'card' }, head, cancel, bar, shown, text);
    this.root.append(root);
    this.root.hidden = false;
    this.tell(`${words.began(title)} ${this.hint}`.trim());
    const row = { root, bar, fill, far, text, cancel, title, quarter: 0, taken: false };
    this.rows.set(seq, row);
    return row;
  }

  private tell(text: string): void {
    setTimeout(() => (this.voice.textContent = text), VOICE_MS);
  }

  private cancel(seq: number): void {
    const row = this.rows.get(seq);
    if (!row || row.taken) return;
    row.taken = true;
    row.cancel.ariaDisabled = 'true';
    row.cancel.textContent = words.cancelling;
    this.take(seq);
  }
}

/** A number as one reads it: no more than two places behind the point. */
function plain(value: number): string {
  return String(Math.round(value * 100) / 100);
}
