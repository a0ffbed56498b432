// What is said of what could not be loaded; it comes when something could not.
import type { Loss } from '../../view/media/loss.ts';

const THINGS: Record<Loss['what'], string> = {
  model: 'its model',
  picture: 'its picture',
  film: 'its film',
  sound: 'its sound',
};

const REASONS: Record<Loss['why'], string> = {
  gone: 'its file is not here any more',
  forbidden: 'you may not read its file',
  refused: 'the server does not give its file',
  offline: 'the connection failed',
  unreadable: 'this browser cannot read its file',
};

export const say = {
  lost: ({ what, why }: Pick<Loss, 'what' | 'why'>) =>
    `${THINGS[what]} could not be loaded: ${REASONS[why]}`,
  named: (title: string, losses: readonly string[]) => `${title} (${losses.join('; ')})`,
  news: (title: string, losses: readonly string[]) => `${title}: ${losses.join('; ')}.`,
};
