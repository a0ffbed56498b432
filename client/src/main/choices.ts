import type { MenuChoices } from '../ui/topbar.ts';

const QUALITIES = ['low', 'medium', 'high'] as const;

/** What an address asks of the picture: `?quality=high&hour=18.5`; the menu can change it later. */
export function choicesOf(query: URLSearchParams): MenuChoices {
  const hour = Number.parseFloat(query.get('hour') ?? '');
  return {
    quality: QUALITIES.find((one) => one === query.get('quality')) ?? 'auto',
    hour: hour >= 0 && hour <= 24 ? hour : null,
  };
}
