import { askedOfMe } from '../net/people.ts';
import { words } from '../ui/asked/words.ts';
import '../ui/css/asked.css';
import { button, el } from '../ui/dom.ts';
import type { Hud } from './hud.ts';

let told: HTMLElement | null = null;

/**
 * Marks the ways to *Your account* while something waits there for our word. A line of what came
 * just now stays until it is pressed, put off or decided.
 */
export async function lookAsked(hud: Hud, line: string, open: () => void): Promise<void> {
  told?.remove();
  told = null;
  if (line) {
    const see = button(words.see, open, 'main');
    const later = button(words.later, () => told?.remove());
    const row = el('div', { class: 'row' }, later, see);
    told = hud.toasts.stay(el('div', {}, el('div', {}, line), row));
  }
  const asked = await askedOfMe().catch(() => []);
  for (const door of document.querySelectorAll<HTMLElement>('.account-door, .menu-door')) {
    door.dataset['asked'] = asked.length ? String(asked.length) : '';
    door.ariaDescription = asked.length ? words.waiting(asked.length) : null;
  }
}
