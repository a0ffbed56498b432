import { drawn, el } from './dom.ts';

/** A round button with an icon by its path; its words are its tooltip and its name. */
export function roundButton(path: string, label: string, press: () => void): HTMLButtonElement {
  return el(
    'button',
    { type: 'button', class: 'round', title: label, ariaLabel: label, onclick: press },
    drawn(path),
  );
}

/** Takes a button out of use and says why, or gives it back. */
export function allow(button: HTMLButtonElement, label: string, reason: string | null): void {
  button.ariaDisabled = reason === null ? null : 'true';
  button.title = reason === null ? label : `${label}: ${reason}`;
  const named = button.classList.contains('round');
  if (named || reason !== null) button.ariaLabel = button.title;
  else button.removeAttribute('aria-label');
}

/** Whether a button is in use; one that is not says why instead. */
export const isAllowed = (button: HTMLButtonElement): boolean => button.ariaDisabled !== 'true';
