const UNITS = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;
const JUST_NOW_MS = 5000;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const brief = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
const dayAndYear = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** How long ago a time was: "3 minutes ago". Times are UTC milliseconds. */
export function ago(ms: number, now = Date.now()): string {
  const since = ms - now;
  if (Math.abs(since) < JUST_NOW_MS) return 'just now';
  const [unit, length] = UNITS.find(([, length]) => Math.abs(since) >= length) ?? UNITS.at(-1)!;
  return relative.format(Math.round(since / length), unit);
}

/** The moment as a person names it: the day only where it is not today. */
export function whenOf(ms: number, now = Date.now()): string {
  const today = new Date(ms).toDateString() === new Date(now).toDateString();
  return today ? clock.format(ms) : `${day.format(ms)}, ${clock.format(ms)}`;
}

/** The moment with its day, always. */
export const dayOf = (ms: number): string => `${day.format(ms)}, ${clock.format(ms)}`;

/** Day, date and time in full. */
export const exactly = (ms: number): string => `${dayAndYear.format(ms)}, ${clock.format(ms)}`;

/** A short mark under a scale that spans so much time. */
export function tickOf(ms: number, span_ms: number): string {
  if (span_ms > 2 * 86_400_000) return `${day.format(ms)}, ${brief.format(ms)}`;
  return span_ms > 15 * 60_000 ? brief.format(ms) : clock.format(ms);
}
