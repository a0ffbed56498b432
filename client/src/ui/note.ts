import { el, iconButton } from './dom.ts';
import { say } from './strings.ts';

/** An annotation's card: it stands beside the world, takes no keys, and goes when one walks on. */
export class Note {
  readonly root = el('section', { class: 'note-card card', hidden: true });
  /** The entity whose text is shown. */
  shown: number | null = null;

  show(id: number, title: string, text: string): void {
    this.shown = id;
    this.root.replaceChildren(
      el('header', {}, el('h2', { dir: 'auto' }, title), this.closer()),
      el('p', { class: 'note-text', dir: 'auto' }, text),
    );
    this.root.hidden = false;
  }

  private closer(): HTMLButtonElement {
    return iconButton('close', say.close, () => this.hide());
  }

  hide(): void {
    this.shown = null;
    this.root.hidden = true;
  }
}
