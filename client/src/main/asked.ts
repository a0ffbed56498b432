import { listWorlds } from '../net/api.ts';
import { type Asked, askedOfMe } from '../net/people.ts';
import { type Titles, sentence } from '../ui/asked/sentence.ts';
import { words } from '../ui/asked/words.ts';
import '../ui/css/asked.css';
import { button, el } from '../ui/dom.ts';
import type { Hud } from './hud.ts';

/** What it comes to, where that is another action. */
const meant = (one: Asked): Asked =>
  one.does === one.action ? one : { ...one, action: one.does, args: one.does_args };

/** What the worlds are called in which something waits; by their names where that is not told. */
export async function titlesFor(asked: readonly Asked[]): Promise<Titles> {
  if (!asked.length) return new Map();
  const list = await listWorlds().catch(() => null);
  return new Map(list?.worlds.map(({ name, title }) => [name, title]));
}

let told: HTMLElement | null = null;

function drop(): void {
  told?.remove();
  told = null;
}

/**
 * Marks the ways to *Your account* while something waits there for our word. A line of what came
 * just now stays until it is pressed, put off or decided.
 */
export async function lookAsked(hud: Hud, line: string, open: () => void): Promise<void> {
  drop();
  const asked = await askedOfMe().catch(() => []);
  const newest = asked.at(-1);
  if (line) {
    const said = newest ? sentence(meant(newest), await titlesFor(asked)) : line;
    const see = button(words.see, open, 'main');
    const later = button(words.later, drop);
    const row = el('div', { class: 'row' }, later, see);
    drop(); // another one came meanwhile
    told = hud.toasts.stay(el('div', {}, el('div', {}, said), row));
  }
  for (const door of document.querySelectorAll<HTMLElement>('.account-door, .menu-door')) {
    door.dataset['asked'] = asked.length ? String(asked.length) : '';
    door.ariaDescription = asked.length ? words.waiting(asked.length) : null;
  }
}
