import type { WorldState } from './state.ts';

/** What pressing a thing does, in words. */
export type Verb =
  'use' | 'read' | 'push' | 'enter' | 'take' | 'sit' | 'play' | 'pause' | 'draw' | 'click';

const DEPTH_MAX = 32;

/** Whether a name was made by `placedName`. */
export function isPlacedName(name: string): boolean {
  return /^model-.+-[0-9a-z]{4}$/.test(name);
}

/** A name as people read it: without the marks that make it unique. */
export function spokenName(name: string): string {
  const plain = isPlacedName(name) ? name.slice('model-'.length, -'-0000'.length) : name;
  return plain.replaceAll(/[-_]+/g, ' ');
}

/** What pressing an entity does. */
export function verbOf(state: WorldState, id: number): Verb {
  const cells = state.entities.get(id)?.cells;
  if (cells?.has('Use')) return 'use';
  if (cells?.has('Portal')) return 'enter';
  if (cells?.has('Grab')) return 'take';
  if (cells?.has('Seat')) return 'sit';
  if (cells?.has('Push') || cells?.has('Body')) return 'push';
  if (cells?.has('Screen')) return state.value(id, 'Screen')!.playing ? 'pause' : 'play';
  if (cells?.has('Sketch')) return 'draw';
  return cells?.has('Annotation') ? 'read' : 'click';
}

/**
 * An entity, or the first of what it hangs on, of which something is so: by default what pressing
 * it is pressing, as that offers something. Null where nothing does.
 * worldloom/presence/surroundings.py has the same rule.
 */
export function pressedWith(
  state: WorldState,
  id: number,
  isSo = (at: number) => verbOf(state, at) !== 'click',
): number | null {
  let at: number | null = id;
  for (let depth = 0; at !== null && depth < DEPTH_MAX; depth++) {
    if (isSo(at)) return at;
    at = state.entities.get(at)?.parent ?? null;
  }
  return null;
}

/** What the picture or film of an entity shows, in its author's words. */
export function shownBy(state: WorldState, id: number): string {
  return state.value(id, 'Image')?.alt || state.value(id, 'Video')?.alt || '';
}

/** How an entity is called to people. */
export function titleOf(state: WorldState, id: number): string {
  const use = state.value(id, 'Use');
  if (use?.label) return use.label;
  const portal = state.value(id, 'Portal');
  if (portal) return portal.title || portal.world;
  const annotation = state.value(id, 'Annotation');
  if (annotation?.title) return annotation.title;
  const screen = state.value(id, 'Screen');
  if (screen?.title) return screen.title;
  return shownBy(state, id) || spokenName(state.entities.get(id)?.name ?? '');
}

/** What stands over a visitor: software is told apart by a word, as in lists and in the chat. */
export const tagText = (name: string, agent: boolean) => (agent ? `${name} · agent` : name);
