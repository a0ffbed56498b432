import { recallSelf, type Self } from '../net/memory.ts';
import { api } from '../net/api.ts';
import type { Welcome } from '../net/wire.generated.ts';
import { say } from '../ui/strings.ts';
import { Session, type SessionListener } from '../world/session.ts';
import type { Visitor } from '../world/presence.ts';
import type { Fact } from '../world/state.ts';
import type { Frames } from './frame.ts';
import type { Here } from './here.ts';
import type { Placing } from './placing.ts';

const FAR_M = 2;
const EARLIER_RECORDS = 80;

interface EarlierRecord {
  kind?: string;
  data?: { name?: string; text?: string };
}

/** Joins a session to the picture, the body and the interface. */
export function openSession(
  world: string,
  here: Here,
  frames: Frames,
  placing: Placing,
  ready: () => void,
): Session {
  const { stage, mirror, walker, hud } = here;
  let session: Session | null = null;
  const self = (): Self => recallSelf();
  const crowd = () => {
    if (session?.me) hud.topbar.people([...session.presence.visitors.values()], session.me.visitor);
  };
  const listener: SessionListener = {
    reset: () => mirror.reset(),
    loaded: () => mirror.sweep(),
    change: (change) => {
      if (!placing.guards(change)) mirror.change(change);
      if (change.kind === 'despawn') placing.gone(change.id);
    },
    fact: (fact) => heard(fact, here),
    welcome: (welcome, again) => {
      hud.topbar.place(welcome.title || welcome.world);
      document.title = `${welcome.title || welcome.world} · ${say.brand}`;
      if (again) returned(welcome, here, session!);
      else {
        walker.arrive(welcome.position, welcome.yaw);
        frames.arrived(true);
      }
    },
    ready,
    came: (visitor, news) => {
      stage.setVisitor(visitor.id, lookOf(visitor, session?.me?.visitor));
      if (news && visitor.id !== session?.me?.visitor) hud.chat.quiet(say.joined(visitor.name));
      crowd();
    },
    went: (visitor, news) => {
      stage.removeVisitor(visitor.id);
      if (news) hud.chat.quiet(say.left(visitor.name));
      crowd();
    },
    placed: ({ position, yaw }) => {
      walker.arrive(position, yaw);
      frames.arrived(false);
    },
    told: (text) => hud.toasts.note(text),
    status: (status, problem) => {
      hud.topbar.status(status);
      if (status === 'waiting') hud.banner.lost(() => session?.link.hurry(), problem);
      if (status === 'ended' && problem) hud.banner.ended(problem);
      if (status === 'open') hud.banner.mended();
    },
    historyLost: () => hud.banner.historyLost(),
    pending: (actions) => hud.topbar.pending(actions),
  };
  session = new Session(world, self, location.origin, listener);
  return session;
}

function lookOf({ id, name, look, agent }: Visitor, me: string | undefined) {
  return { name, look, agent, self: id === me };
}

/** After a lost line we go on where we stand; the server is asked for that place. */
function returned({ position }: Welcome, { walker }: Here, session: Session): void {
  const { x, y, z } = walker.body.position;
  if (Math.hypot(position[0] - x, position[2] - z) < FAR_M) return;
  session.do('go', { position: [x, y, z] }).catch(() => undefined); // refused: `placed` moves us
}

function heard({ kind, data }: Fact, { stage, hud }: Here): void {
  if (kind !== 'Said') return;
  const { visitor, name, text } = data as { visitor: string; name: string; text: string };
  hud.chat.said(name, text);
  if (visitor) stage.say(visitor, text);
}

/** Shows what was said shortly before we came. */
export async function showEarlierChat(session: Session, { hud }: Here): Promise<void> {
  const after = Math.max(0, session.state.seq - EARLIER_RECORDS);
  const path = `/api/worlds/${encodeURIComponent(session.world)}/events?after=${after}&limit=${EARLIER_RECORDS}`;
  const { records } = await api<{ records: EarlierRecord[] }>('GET', path);
  for (const { kind, data } of records.filter((record) => record.kind === 'Said').slice(-6)) {
    if (kind && data?.text) hud.chat.said(data.name ?? '', data.text);
  }
}
