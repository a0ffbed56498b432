const FIRST_MS = 250;
const LAST_MS = 10_000;

/**
 * How long to wait before trying again: doubling, with jitter so that a crowd does not come as one.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return full * (0.5 + random() / 2);
}
