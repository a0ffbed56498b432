/** The moment that the page's address names; null: now. */
export function momentAsked(): number | null {
  const asked = new URLSearchParams(location.search).get('seq') ?? '';
  return /^\d{1,15}$/.test(asked) ? Number(asked) : null;
}

/** The address names now again, so that a reload stays there. */
export function forgetMoment(): void {
  if (location.search) history.replaceState(history.state, '', location.pathname);
}
