import { listWorlds } from '../../net/api.ts';
import { openDialog } from '../../ui/dom.ts';
import { Shelf } from '../../ui/shelf/shelf.ts';
import { words } from '../../ui/shelf/strings.ts';
import { say } from '../../ui/strings.ts';
import { attempt, type Here } from '../here.ts';

/** What a headset has for the front page: the worlds hang before one, and a press leads there. */
export async function showWorlds(here: Here): Promise<void> {
  const list = await attempt(here, listWorlds);
  if (!list || !here.worn) return;
  const shelf = new Shelf((name) => {
    dialog.close();
    void here.enter(name);
  });
  shelf.show(list.worlds);
  shelf.root.hidden = false; // though it may be the only one
  const dialog = openDialog(words.worlds, say.close, shelf.root);
}
