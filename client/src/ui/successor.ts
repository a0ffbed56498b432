/**
 * Makes room for a dialog that follows another one, as soon as all that it shows is there: the
 * older one takes keys until then. False where that was closed meanwhile: nothing follows it.
 */
export function succeeds(older: HTMLDialogElement | undefined): boolean {
  if (older?.open === false) return false;
  older?.close();
  older?.remove(); // its own removal comes with an event, when the next one stands already
  return true;
}
