import { button, el, openDialog } from './dom.ts';
import { say } from './strings.ts';

/** Offers gestures by their names; one is made as soon as it is chosen. */
export function openGestures(
  gestures: Readonly<Record<number, string>>,
  make: (animation: number) => void,
): void {
  const buttons = Object.entries(gestures).map(([animation, name]) =>
    button(name[0]!.toUpperCase() + name.slice(1), () => {
      dialog.close();
      make(Number(animation));
    }),
  );
  const row = el('div', { class: 'row' }, ...buttons);
  const dialog = openDialog(say.gestures, say.close, row);
}
