import './css/gestures.css';
import { el, openDialog } from './dom.ts';
import { say } from './strings.ts';

const REACH = 0.37; // of the wheel's width: how far from its middle the names stand
const WAYS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Offers gestures on a wheel: by a press, by their digit, or by the arrows and Enter. One is made
 * as soon as it is chosen. A headset shows the same wheel, painted.
 */
export function openGestures(
  gestures: Readonly<Record<number, string>>,
  make: (animation: number) => void,
): void {
  const rows = Object.entries(gestures);
  const buttons = rows.map(([animation, name], at) => {
    const digit = el('kbd', { ariaHidden: 'true' }, String(at + 1));
    const title = name[0]!.toUpperCase() + name.slice(1);
    const choose = () => {
      dialog.close();
      make(Number(animation));
    };
    const made = el('button', { type: 'button', onclick: choose }, digit, title);
    const turn = (2 * Math.PI * at) / rows.length;
    made.style.left = `${50 + 100 * REACH * Math.sin(turn)}%`;
    made.style.top = `${50 - 100 * REACH * Math.cos(turn)}%`;
    return made;
  });
  buttons[0]!.autofocus = true;
  const wheel = el('div', { class: 'wheel' }, ...buttons);
  wheel.addEventListener('keydown', (event) => {
    const at = buttons.findIndex((one) => one === document.activeElement);
    const way = WAYS[event.key];
    if (way) buttons[(at + way + buttons.length) % buttons.length]!.focus();
    else if (/^[1-9]$/.test(event.key)) buttons[Number(event.key) - 1]?.click();
    else return;
    event.preventDefault();
  });
  const dialog = openDialog(say.gestures, say.close, wheel);
}
