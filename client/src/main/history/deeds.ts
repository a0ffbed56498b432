import { forkWorld } from '../../net/past.ts';
import { named } from '../../net/api.ts';
import { button, el, openDialog } from '../../ui/dom.ts';
import { askText } from '../../ui/self-dialog.ts';
import { say } from '../../ui/history/strings.ts';
import type { Names } from '../../ui/history/names.ts';
import { spokenName } from '../../world/naming.ts';
import type { Difference } from '../../world/moment.ts';
import { ask, attempt, type Asking, type Here } from '../here.ts';

const OFFERED_MAX = 200;

/** What telling of it needs: the page in 3D, or the one in words. */
export interface Telling extends Asking {
  readonly hud: Asking['hud'] & { readonly reach: { announce(text: string): void } };
}

interface Touched {
  entity: string;
  component: string;
  by?: string;
}

interface UndoResult {
  restored?: Touched[];
  kept?: Touched[];
}

/** Undoes or redoes what this visitor did last, or one group, and tells what came of it. */
export async function undo(
  here: Telling,
  names: Names,
  again: boolean,
  group: number | null,
): Promise<void> {
  const which = group === null ? {} : { group };
  const result = (await ask(here, again ? 'redo' : 'undo', which)) as UndoResult | null;
  if (result) tell(here, names, result, again ? say.redone : say.undone);
}

/** Makes one thing, or everything, again what it was at a moment. */
export async function restore(
  here: Telling,
  names: Names,
  seq: number,
  thing: number | null,
): Promise<boolean> {
  const one = thing === null ? {} : { entity: `e${thing}` };
  const result = (await ask(here, 'restore', { seq, ...one })) as UndoResult | null;
  if (!result) return false;
  const title = thing === null ? say.restoredAll : say.restored(names.thing(thing));
  tell(here, names, { ...result, restored: [] }, () => title);
  return true;
}

/** Tells what was restored, and what was kept because someone else changed it since. */
function tell(
  here: Telling,
  names: Names,
  { restored = [], kept = [] }: UndoResult,
  title: (what: string) => string,
): void {
  const thing = (entity: string) => {
    const id = Number(entity.replace(/^e/, ''));
    const name = here.session?.state.entities.get(id)?.name ?? names.nameOf(id);
    return name ? spokenName(name) : entity;
  };
  const things = [...new Set(restored.map(({ entity }) => thing(entity)))];
  const lines = kept.map(({ entity, component, by }) =>
    say.keptOne(
      [thing(entity), component].filter(Boolean).join(' · '),
      by ? names.account(by) : '',
    ),
  );
  const all = lines.length > 0 ? [say.kept, ...lines] : [];
  here.hud.toasts.note(title(say.things(things)), all);
  here.hud.reach.announce([title(say.things(things)), ...all].join(' '));
}

/** Asks what is to be as it was: everything, or one of the things that differ from now. */
export function askRestore(
  when: string,
  found: readonly Difference[],
  chosen: number | null,
): Promise<{ thing: number | null } | null> {
  return new Promise((resolve) => {
    let answer: { thing: number | null } | null = null;
    const select = el('select');
    select.append(new Option(say.restoreAll(found.length), ''));
    for (const { id, before, after } of found.slice(0, OFFERED_MAX)) {
      const name = spokenName((before ?? after)?.name ?? `e${id}`);
      select.append(new Option(say.restoreOne(name), String(id)));
    }
    if (chosen !== null) select.value = String(chosen);
    const form = el(
      'form',
      { method: 'dialog' },
      el('p', { class: 'dim' }, say.restoreText(when)),
      el('label', {}, say.restoreWhat, select),
      el(
        'div',
        { class: 'row' },
        button(say.cancel, () => dialog.close()),
        el('button', { class: 'main' }, say.restoreDo),
      ),
    );
    form.onsubmit = () => {
      answer = { thing: select.value === '' ? null : Number(select.value) };
    };
    const dialog = openDialog(say.restoreTitle, say.close, form);
    dialog.addEventListener('close', () => resolve(answer));
    select.focus();
  });
}

/** Makes a world of its own from a moment of this one, `parent`, and goes there. */
export async function fork(here: Here, parent: string, seq: number): Promise<void> {
  const { session } = here;
  const title = await askText(say.forkTitle, say.forkName, say.fork);
  if (title === null || !session) return;
  const made = await attempt(here, () =>
    named(title, (free) => forkWorld(session.world, free, seq, title)),
  );
  if (!made) return;
  here.hud.toasts.note(say.forked(title, made.world, parent));
  await here.enter(made.world);
}

/** Copies the address of a moment. */
export async function copyLink(here: Here, world: string, seq: number): Promise<void> {
  const address = `${location.origin}/w/${encodeURIComponent(world)}?seq=${seq}`;
  try {
    await navigator.clipboard.writeText(address);
    here.hud.toasts.note(say.linkCopied);
  } catch {
    showLink(address); // pages without https may not write the clipboard
  }
}

function showLink(address: string): void {
  const field = el('input', { value: address, readOnly: true, ariaLabel: say.link });
  openDialog(say.linkTitle, say.close, el('div', { class: 'stack' }, field));
  field.select();
}
