import type { Asked } from '../../net/people.ts';
import { el } from '../dom.ts';
import { words } from './words.ts';

/** What an agent asks for, as a sentence: who, what with which thing, and where. */
export function sentence({ name, action, args, world, cost }: Asked, titles: Titles): HTMLElement {
  const verb = (words.verbs as Record<string, string>)[action] ?? titled(action);
  const { entity } = args;
  const thing = typeof entity === 'string' && entity ? [' ', el('b', { dir: 'auto' }, entity)] : [];
  const place = titles.get(world) || world;
  return el('span', {}, words.asks(name, verb), ...thing, words.where(place, cost));
}

/** The titles of worlds by their names. */
export type Titles = ReadonlyMap<string, string>;

export const titled = (action: string) => action.replaceAll('_', ' ');
