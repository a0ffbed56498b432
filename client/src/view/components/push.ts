import type { Part } from '../context.ts';

/**
 * A thing that can be pushed looks like itself; walking into it is input's part, moving it
 * Transform's.
 */
export function push(): Part {
  return { dispose: () => undefined };
}
