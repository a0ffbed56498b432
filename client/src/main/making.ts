import { api, named, readAnswer } from '../net/api.ts';
import { askWorld, type Wish } from '../ui/making/dialog.ts';
import { words } from '../ui/making/words.ts';
import { attempt } from './here.ts';
import type { Hud } from './hud.ts';

interface Page {
  hud: Hud;
}

/** Asks for a new world and makes it; resolves with its name, or null where there is none. */
export async function makeWorld(page: Page): Promise<string | null> {
  // A file holds what others wrote and is for who answers for the whole realm.
  const me = await attempt(page, () => api<{ role: string | null }>('GET', '/api/auth/me'));
  const wish = await askWorld(me?.role === 'owner');
  if (!wish) return null;
  const made = await attempt(page, () => make(page, wish));
  return made?.name ?? null;
}

function make(page: Page, wish: Wish): Promise<{ name: string }> {
  if (!('file' in wish)) {
    const { title, starter } = wish;
    return named(title, (name) => api('POST', '/api/worlds', { name, title, starter }));
  }
  page.hud.toasts.note(words.taking);
  return named(wish.file.name.replace(/\.loom$/i, ''), (name) => take(name, wish.file));
}

async function take(name: string, file: File): Promise<{ name: string }> {
  const path = `/api/worlds/import?name=${encodeURIComponent(name)}`;
  const headers = { 'Content-Type': 'application/octet-stream' };
  const answer = await fetch(path, { method: 'POST', headers, body: file });
  return readAnswer(answer.status, await answer.text());
}
