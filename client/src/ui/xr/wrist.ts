import { button, el } from '../dom.ts';
import { words as kiosk } from '../kiosk/strings.ts';
import { switchOf } from '../panels/widgets/toggle.ts';
import { say } from './strings.ts';

/** What the wrist offers in a headset. */
export interface WristEvents {
  leave(): void;
  /** Turns us by so many eighths of a turn to the left. */
  turn(eighths: number): void;
  jump(): void;
  glide(on: boolean): void;
  sit(on: boolean): void;
  say(): void;
  gestures(): void;
  safety(): void;
  undo(): void;
  redo(): void;
  past(): void;
  self(): void;
  invite(): void;
  chat(): void;
  /** The page's own menu: hour, quality, sounds, account, help. */
  menu(): void;
  /** Presses change things rather than use them; null for who may not build. */
  build: ((on: boolean) => void) | null;
  /** Places the world in the room anew; null where the room is not seen. */
  again: (() => void) | null;
  /** Lets the next person begin; null where the device is one's own. */
  next: (() => void) | null;
}

/** The panel on one's own wrist: painted from its layout as every panel is. */
export function wristMenu(events: WristEvents, glides: boolean, sits: boolean): HTMLElement {
  const toggle = (label: string, on: boolean, press: (on: boolean) => void) => {
    const box = el('input', { type: 'checkbox', checked: on, attrs: { role: 'switch' } });
    box.onchange = () => press(box.checked);
    return el('label', { class: 'line short' }, el('span', {}, label), switchOf(box));
  };
  const row = (...inside: Node[]) => el('div', { class: 'row' }, ...inside);
  const body = el(
    'div',
    { class: 'panel-body' },
    row(button(say.left, () => events.turn(1)), button(say.right, () => events.turn(-1))),
    row(button(say.say, events.say), button(say.gestures, events.gestures)),
    row(button(say.jump, events.jump)),
    row(button(say.undo, events.undo), button(say.redo, events.redo)),
    row(button(say.safety, events.safety), button(say.past, events.past)),
    row(button(say.self, events.self), button(say.invite, events.invite)),
    row(button(say.chat, events.chat), button(say.more, events.menu)),
    ...(events.build ? [toggle(say.build, false, events.build)] : []),
    toggle(say.glide, glides, events.glide),
    toggle(say.sit, sits, events.sit),
    ...(events.again ? [row(button(say.again, events.again))] : []),
    row(
      ...(events.next ? [button(kiosk.next, events.next)] : []),
      button(say.leave, events.leave),
    ),
  );
  for (const part of body.children) (part as HTMLElement).dataset['w'] = '';
  return el('section', { class: 'panel wrist', ariaLabel: say.menu }, body);
}
