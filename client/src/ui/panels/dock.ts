import { el, iconButton } from '../dom.ts';
import type { Panel } from './panel.ts';
import { say } from './strings.ts';

const NARROW = '(max-width: 640px)';

/**
 * Where panels stand on the flat page: beside the world, or, on a small screen, in a sheet that
 * comes up from the lower edge when one asks for it.
 */
export class Dock {
  readonly root = el('aside', { class: 'dock', ariaLabel: say.panels, hidden: true });
  private readonly opener = el('button', { type: 'button', class: 'dock-opener card' });
  private readonly list = el('div', { class: 'dock-list', id: 'dock-list' });
  private readonly sheet = el('div', { class: 'dock-sheet' });
  private readonly narrow = matchMedia(NARROW);
  private readonly closed = new Set<string>();
  private readonly doors = new Map<string, HTMLButtonElement>();
  /** Those that hang in the world and are open here. */
  private readonly opened = new Set<string>();
  private panels: readonly Panel[] = [];
  private hangs: (panel: Panel) => boolean = () => false;
  private host: HTMLElement | null = null;
  private open = !this.narrow.matches;

  constructor() {
    const shut = iconButton('close', say.shut, () => this.toggle(false));
    shut.classList.add('dock-shut');
    this.opener.setAttribute('aria-controls', this.list.id);
    this.opener.onclick = () => this.toggle(!this.open);
    this.sheet.append(shut, this.list);
    this.root.append(this.opener, this.sheet);
    this.root.onkeydown = (event) => {
      event.stopPropagation(); // no letter typed here walks or opens the chat
      if (event.key === 'Escape') this.toggle(false);
    };
    this.narrow.onchange = () => this.toggle(!this.narrow.matches);
    this.toggle(this.open);
  }

  /**
   * Shows these panels, in this order. Of one that hangs in the world only its name stands here
   * until it is opened; else it stays in `host`, where it is laid out for the world.
   */
  show(panels: readonly Panel[], hangs: (panel: Panel) => boolean, host: HTMLElement): void {
    this.panels = panels;
    this.hangs = hangs;
    this.host = host;
    this.root.hidden = panels.length === 0;
    const read = this.read();
    const wanted = panels.map((panel) => (this.isAway(panel) ? this.doorOf(panel) : panel.root));
    for (const panel of panels)
      if (this.isAway(panel) && panel.root.parentElement !== host) host.append(panel.root);
    for (const [at, element] of wanted.entries()) {
      if (this.list.children[at] !== element)
        this.list.insertBefore(element, this.list.children[at] ?? null);
    }
    while (this.list.children.length > wanted.length) this.list.lastElementChild!.remove();
    for (const panel of panels) if (!this.isAway(panel)) this.fold(panel);
    this.name();
    if (read?.element.isConnected)
      this.sheet.scrollTop += read.element.getBoundingClientRect().top - read.top;
  }

  /** The first panel that is in view, and where: what comes before it is not to push it away. */
  private read(): { element: Element; top: number } | null {
    const { top: edge } = this.sheet.getBoundingClientRect();
    for (const element of this.list.children) {
      const { top, bottom } = element.getBoundingClientRect();
      if (bottom > edge + 1) return { element, top };
    }
    return null;
  }

  private isAway(panel: Panel): boolean {
    return this.hangs(panel) && !this.opened.has(panel.id);
  }

  /** What opens a panel that hangs in the world. */
  private doorOf(panel: Panel): HTMLElement {
    const door = this.doors.get(panel.id) ?? el('button', { type: 'button', class: 'door card' });
    this.doors.set(panel.id, door);
    door.textContent = say.open(panel.title);
    door.onclick = () => this.reveal(panel);
    return door;
  }

  private again(): void {
    if (this.host) this.show(this.panels, this.hangs, this.host);
  }

  /** Opens one panel and brings the focus to it. */
  reveal(panel: Panel): void {
    this.toggle(true);
    this.closed.delete(panel.id);
    this.opened.add(panel.id);
    this.again();
    panel.root.scrollIntoView({ block: 'nearest' });
    panel.fold.focus({ preventScroll: true });
  }

  /** Scrolls to a panel, but for who writes; nothing takes the focus from where it is. */
  bring(panel: Panel): void {
    const held = this.list.contains(document.activeElement) ? document.activeElement : null;
    if (held?.matches('input, textarea, select') || !this.list.contains(panel.root)) return;
    this.closed.delete(panel.id);
    this.fold(panel);
    const { top } = panel.root.getBoundingClientRect();
    this.sheet.scrollTop += top - this.sheet.getBoundingClientRect().top;
  }

  private toggle(open: boolean): void {
    this.open = open;
    this.root.classList.toggle('open', open);
    this.opener.ariaExpanded = String(open);
    if (!open && this.list.contains(document.activeElement)) this.opener.focus();
  }

  private fold(panel: Panel): void {
    const closed = this.closed.has(panel.id);
    panel.body.hidden = closed;
    panel.fold.ariaExpanded = String(!closed);
    panel.fold.onclick = () => {
      if (this.hangs(panel)) {
        this.opened.delete(panel.id);
        panel.body.hidden = false;
        this.again();
        this.doors.get(panel.id)?.focus({ preventScroll: true });
        return;
      }
      if (closed) this.closed.delete(panel.id);
      else this.closed.add(panel.id);
      this.fold(panel);
    };
  }

  private name(): void {
    const [first] = this.panels;
    const text = this.panels.length === 1 && first ? first.title : say.panels;
    const count = this.panels.length > 1 ? String(this.panels.length) : null;
    this.opener.replaceChildren(
      el('span', { dir: 'auto' }, text),
      ...(count ? [el('span', { class: 'badge' }, count)] : []),
    );
  }
}
