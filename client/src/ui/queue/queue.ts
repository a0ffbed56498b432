import type { Queued } from '../../net/wire.generated.ts';
import { el } from '../dom.ts';
import { words } from './words.ts';

/** Says in a banner where in the queue we are; the banner goes when the line is open. */
export function showPlace(banner: HTMLElement, { place, why, seconds }: Queued): void {
  const first = place === 1 ? words.next : words.place(place);
  const rest = why === 'full' ? words.full : words.busy(seconds ?? 0);
  banner.replaceChildren(el('span', { class: 'queue' }, `${first}. ${rest}`));
  banner.hidden = false;
}
