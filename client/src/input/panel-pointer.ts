import type { PanelMesh } from '../view/panels/mesh.ts';

const SCROLL_PX = 8;
const THUMB_PX = 13; // half of a slider's thumb

interface Press {
  control: HTMLElement | null;
  scroller: HTMLElement | null;
  y: number;
  top: number;
  moved: boolean;
}

/**
 * Turns what a ray or a fingertip does on a panel's plane into the events of a mouse on its page:
 * pointer events, `input` and `change`, `click` and `focus`. A widget knows nothing of headsets.
 */
export class PanelPointer {
  /** What has the focus for writing now, or null: a keyboard is wanted, or no more. */
  wantsKeys: (input: HTMLInputElement | HTMLTextAreaElement | null) => void = () => undefined;
  readonly panel: PanelMesh;
  private readonly id: number;
  private press: Press | null = null;
  private pointed: Element | null = null;

  /** `id` tells pointers apart: one for each hand. */
  constructor(panel: PanelMesh, id: number) {
    this.panel = panel;
    this.id = id;
  }

  /** The pointer is over a place of the plane (0 to 1 across, 0 to 1 down). */
  move(u: number, v: number): void {
    const place = this.panel.placeAt(u, v);
    const { press } = this;
    if (press?.control && isRange(press.control)) return this.slide(press.control, place.x, false);
    if (press?.scroller) {
      const way = place.y - press.y;
      if (Math.abs(way) > SCROLL_PX) press.moved = true;
      if (press.moved) press.scroller.scrollTop = press.top - way;
    }
    const target = this.elementAt(place.x, place.y);
    (press?.control ?? target)?.dispatchEvent(this.event('pointermove', place));
    if (!press) this.point(controlOf(target));
  }

  down(u: number, v: number): void {
    const place = this.panel.placeAt(u, v);
    const target = this.elementAt(place.x, place.y);
    const control = controlOf(target);
    const scroller = scrollerOf(target);
    this.press = { control, scroller, y: place.y, top: scroller?.scrollTop ?? 0, moved: false };
    (control ?? target)?.dispatchEvent(this.event('pointerdown', place));
    if (control && isRange(control)) this.slide(control, place.x, false);
  }

  up(u: number, v: number): void {
    const place = this.panel.placeAt(u, v);
    const { press } = this;
    this.press = null;
    const target = this.elementAt(place.x, place.y);
    const control = press?.control ?? null;
    if (control && isRange(control)) this.slide(control, place.x, true);
    (control ?? target)?.dispatchEvent(this.event('pointerup', place));
    if (!control) {
      if (target instanceof HTMLCanvasElement) target.dispatchEvent(this.event('click', place));
      (document.activeElement as HTMLElement | null)?.blur();
      this.wantsKeys(null);
    } else if (press!.moved || isRange(control) || controlOf(target) !== control) return;
    else if (control instanceof HTMLSelectElement) goOn(control, place.x);
    else if (isWritten(control)) {
      control.focus({ preventScroll: true });
      this.wantsKeys(control);
    } else control.click();
  }

  /** The pointer has left the plane. */
  leave(): void {
    if (this.press?.control)
      this.press.control.dispatchEvent(this.event('pointercancel', { x: 0, y: 0 }));
    this.press = null;
    this.point(null);
  }

  /** A stick or a wheel turns what is under the pointer. */
  scroll(u: number, v: number, px: number): void {
    const { x, y } = this.panel.placeAt(u, v);
    const scroller = scrollerOf(this.elementAt(x, y));
    if (scroller) scroller.scrollTop += px;
  }

  /** The innermost element at a place; the page's own search ends at the window's edge. */
  elementAt(x: number, y: number): HTMLElement | null {
    for (const head of this.panel.element.querySelectorAll<HTMLElement>('th button')) {
      if (holds(head, x, y) && seenIn(head.closest('.scroll'), x, y)) return head; // over the rows
    }
    return find(this.panel.element, x, y);
  }

  private point(control: Element | null): void {
    if (control === this.pointed) return;
    this.pointed?.classList.remove('pointed');
    this.pointed = control;
    control?.classList.add('pointed');
  }

  private slide(input: HTMLInputElement, x: number, done: boolean): void {
    const { left, width } = input.getBoundingClientRect();
    const reach = Math.min(1, Math.max(0, (x - left - THUMB_PX) / (width - 2 * THUMB_PX)));
    const share = getComputedStyle(input).direction === 'rtl' ? 1 - reach : reach;
    const before = input.value;
    input.value = String(Number(input.min) + share * (Number(input.max) - Number(input.min)));
    if (input.value !== before) input.dispatchEvent(new Event('input', { bubbles: true }));
    if (done) input.dispatchEvent(new Event('change', { bubbles: true }));
  }

  private event(kind: string, { x, y }: { x: number; y: number }): PointerEvent {
    const { id } = this;
    const place = { clientX: x, clientY: y, pointerId: id, isPrimary: true };
    return new PointerEvent(kind, { bubbles: true, cancelable: true, ...place });
  }
}

function isRange(element: HTMLElement): element is HTMLInputElement {
  return element instanceof HTMLInputElement && element.type === 'range';
}

function isWritten(element: HTMLElement): element is HTMLInputElement | HTMLTextAreaElement {
  if (element instanceof HTMLTextAreaElement) return true;
  const pressed = ['checkbox', 'radio', 'range', 'file', 'button', 'submit'];
  return element instanceof HTMLInputElement && !pressed.includes(element.type);
}

/** A list that no page can open from here goes on by one: back at its first third, else forth. */
function goOn(select: HTMLSelectElement, x: number): void {
  const { left, width } = select.getBoundingClientRect();
  const rtl = getComputedStyle(select).direction === 'rtl';
  const way = x < left + width / 3 !== rtl ? -1 : 1;
  const { length } = select.options;
  let at = select.selectedIndex;
  for (let tries = 0; tries < length; tries++) {
    at = (at + way + length) % length;
    if (!select.options[at]!.disabled) break;
  }
  if (select.disabled || at === select.selectedIndex) return;
  select.selectedIndex = at;
  select.dispatchEvent(new Event('input', { bubbles: true }));
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

const CONTROLS = 'button, input, textarea, select, summary, a[href], [role=slider], [role=option]';

/** What a press at an element is for: the control around it, or that of its label or its row. */
function controlOf(element: Element | null): HTMLElement | null {
  const label = element?.closest('label') ?? null;
  const named = label?.querySelector<HTMLElement>(CONTROLS) ?? label?.control ?? null;
  const row = element?.closest('tr.pressable')?.querySelector<HTMLElement>('button');
  // A label may begin with an output.
  const found = element?.closest<HTMLElement>(CONTROLS) ?? named ?? row ?? null;
  return found instanceof HTMLButtonElement && found.disabled ? null : found;
}

/** What scrolls around a place: a part of a panel, or a dialog that is longer than the window. */
function scrollerOf(element: Element | null): HTMLElement | null {
  for (let at = element; at instanceof HTMLElement; at = at.parentElement)
    if (at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY))
      return at;
  return null;
}

function holds(element: Element, x: number, y: number): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return x >= left && x <= right && y >= top && y <= bottom && right > left;
}

function seenIn(scroller: Element | null, x: number, y: number): boolean {
  return scroller === null || holds(scroller, x, y);
}

function find(element: Element, x: number, y: number): HTMLElement | null {
  const inside = holds(element, x, y);
  if (!inside && getComputedStyle(element).overflowY !== 'visible') return null;
  if (element.ariaHidden === 'true' && !(element instanceof HTMLCanvasElement)) return null;
  const shut = element instanceof HTMLDetailsElement && !element.open;
  for (let at = element.children.length - 1; at >= 0; at--) {
    const child = element.children[at]!;
    if (shut && child.tagName !== 'SUMMARY') continue;
    const found = find(child, x, y);
    if (found) return found;
  }
  return inside ? (element as HTMLElement) : null;
}
