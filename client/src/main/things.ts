import { isScenery } from '../input/reach.ts';
import { button, el, openDialog } from '../ui/dom.ts';
import { words } from '../ui/making/things.ts';
import { say } from '../ui/strings.ts';
import { titleOf } from '../world/naming.ts';
import type { Here } from './here.ts';

const LISTED_MAX = 200;

/** Lists the things of the world, the nearest first: who has no pointer chooses one to change. */
export function chooseThing(here: Here, choose: (id: number) => void): void {
  const { session, stage, walker } = here;
  if (!session) return;
  const { x, y, z } = walker.body.position;
  const things = [...session.state.entities.keys()].flatMap((id) => {
    const place = isScenery(session.state, id) ? null : stage.worldPosition(id);
    const away = place && Math.hypot(place[0] - x, place[1] - y, place[2] - z);
    return away === null ? [] : [{ id, away, title: nameOf(here, id) }];
  });
  things.sort((one, other) => one.away - other.away);
  const search = el('input', { type: 'search', placeholder: words.whichThing });
  search.ariaLabel = words.whichThing;
  search.autofocus = true;
  const list = el('div', { class: 'stack lines' });
  const draw = () => {
    const wanted = search.value.trim().toLocaleLowerCase();
    const found = things.filter(({ title }) => title.toLocaleLowerCase().includes(wanted));
    const rows = found.slice(0, LISTED_MAX).map(({ id, title, away }) =>
      button(words.thingAt(title, away), () => {
        dialog.close();
        choose(id);
      }),
    );
    list.replaceChildren(...rows);
  };
  search.oninput = draw;
  draw();
  const content = el('div', { class: 'stack' }, search, list);
  const dialog = openDialog(words.chooseThing, say.close, content);
}

/** A thing's name, with what is to be known of it where its model is not there. */
function nameOf({ session, stage }: Here, id: number): string {
  const title = titleOf(session!.state, id);
  const missing = stage.standIn(id);
  if (missing === null) return title;
  return `${title}: ${missing === 'failed' ? words.modelFailed : words.modelAwaited}`;
}
