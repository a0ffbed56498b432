import { sendTo, uploadAsset } from '../../net/api.ts';
import { problemOf } from '../../net/problem.ts';
import type { Desk } from '../../ui/panels/node.ts';
import type { Session } from '../../world/session.ts';

/** How the widgets of one panel reach the server; the same in 3D, in a headset and in words. */
export function deskOf(session: Session, panel: string): Desk {
  const act = async (action: string, args: Readonly<Record<string, unknown>>) => {
    try {
      await session.do(action, { ...args });
      return null;
    } catch (error) {
      return problemOf(error);
    }
  };
  return {
    send: (widget, value, n, done) =>
      session.link.post({ type: 'panelvalue', panel, widget, value, n, done }),
    press: (widget, item) => act('press_widget', { panel, widget, item: item ?? null }),
    act,
    action: (name) => session.me?.actions.find((action) => action.name === name),
    sendTo: async (to, file, progress) => {
      const world = encodeURIComponent(session.world);
      return (await sendTo(`/w/${world}/${to}`, file, progress)).told;
    },
    upload: async (file, progress) => {
      const { sha256 } = await uploadAsset(file, progress);
      return { sha256, name: file.name, media: file.type, bytes: file.size };
    },
  };
}
