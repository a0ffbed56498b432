import { recallSelf, rememberSelf, type Self } from '../net/memory.ts';
import { api, standing } from '../net/api.ts';
import { problemOf } from '../net/problem.ts';
import type { Welcome } from '../net/wire.generated.ts';
import { say } from '../ui/strings.ts';
import { Session, type SessionListener } from '../world/session.ts';
import type { Visitor } from '../world/presence.ts';
import type { Fact } from '../world/state.ts';
import type { Frames } from './frame.ts';
import type { Here } from './here.ts';
import type { Placing } from './placing.ts';
import { RecordedHere } from './recorded.ts';
import { wear } from './self.ts';

const FAR_M = 2;
const SET_BACK = new Set(['refused', 'too_near']); // for these a step is taken back, no more
const EARLIER_RECORDS = 80;
const CROWD = 40; // of more, each who comes or goes is no news

interface Said {
  visitor: string;
  name: string;
  text: string;
  agent?: boolean;
}
interface EarlierRecord {
  kind?: string;
  data?: Partial<Said>;
}

/** Joins a session to the picture, the body and the interface. */
export function openSession(
  world: string,
  here: Here,
  frames: Frames,
  placing: Placing,
  ready: () => void,
): Session {
  const { stage, mirror, walker, hud, time } = here;
  let session: Session | null = null;
  const self = (): Self => recallSelf();
  const crowd = () => {
    if (!session?.me) return;
    hud.topbar.people([...session.presence.visitors.values()], session.me.visitor);
    if (session.me.copies < 2) hud.topbar.others.replaceChildren();
    else void import('./copies.ts').then((m) => m.showCopies(here, session!, hud.topbar.others));
  };
  /** Tells who comes and goes where few do; of whom one has muted nothing is heard. */
  const passed = ({ id, name }: Visitor, line: (name: string) => string) => {
    if (session!.presence.visitors.size <= CROWD && !session!.muted.has(id))
      hud.chat.quiet(line(name));
  };
  const recorded = new RecordedHere(hud);
  const listener: SessionListener = {
    reset: () => !time.past && mirror.reset(),
    loaded: () => {
      if (session) recorded.read(session, false);
      if (!time.past) mirror.sweep();
    },
    change: (change) => {
      if (session && (change.component === 'Recording' || change.kind === 'despawn'))
        recorded.read(session, true);
      if (time.past) return; // coming back tells everything anew
      if (!placing.guards(change)) mirror.change(change);
      if (change.kind === 'despawn') placing.gone(change.id);
    },
    fact: (fact) => {
      recorded.heard(fact, session?.me?.visitor);
      heard(fact, here);
      here.sounding?.heard(fact);
    },
    welcome: (welcome, again) => {
      recorded.came();
      settleSelf(welcome, session!);
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
      const me = session?.me?.visitor;
      if (visitor.id === me) stage.setVisitor(me, appearance(visitor, me));
      else if (!time.past) frames.unseen.add(visitor.id); // drawn when they are seen
      if (news && visitor.id !== me) passed(visitor, say.joined);
      crowd();
    },
    went: (visitor, news) => {
      stage.removeVisitor(visitor.id);
      if (news) passed(visitor, say.left);
      crowd();
    },
    dressed: (visitor) => {
      if (!time.past || visitor.id === session?.me?.visitor)
        stage.setVisitor(visitor.id, appearance(visitor, session?.me?.visitor));
      crowd();
    },
    placed: ({ position, yaw, reason }) => {
      if (SET_BACK.has(reason) && walker.correct(position)) return;
      walker.arrive(position, yaw);
      frames.arrived(false);
    },
    told: (text, about) => {
      if (about) hud.topbar.events.asked(text);
      else hud.toasts.note(text);
    },
    status: (status, problem) => {
      hud.topbar.status(status);
      if (status === 'waiting') hud.banner.lost(() => session?.link.hurry(), problem);
      if (status === 'ended' && problem?.code === 'not_allowed' && !session?.me)
        void import('./shut-out.ts').then((m) => m.showShutOut(here, world));
      else if (status === 'ended' && problem) hud.banner.ended(problem);
      if (status === 'open') hud.banner.mended();
    },
    historyLost: () => {
      hud.banner.historyLost();
      if (time.known) void time.go(null).then(() => time.leave()); // it knows what is no more
    },
    pending: (actions) => hud.topbar.pending(actions),
  };
  session = new Session(world, self, location.origin, listener);
  session.asked = Number(new URLSearchParams(location.search).get('copy')) || null;
  awaitPanels(session, here);
  import('./among.ts').then(({ among }) => among(session, hud), () => undefined);
  return session;
}

/** Loads what shows panels when the first one comes. */
function awaitPanels(session: Session, here: Here): void {
  session.channels.whenFirst(['paneltree'], async () => {
    try {
      const { Panels } = await import('./panels/panels.ts');
      if (here.session === session) here.panels = new Panels(here, session);
    } catch (error) {
      here.hud.toasts.problem(problemOf(error));
    }
  });
}

/** Has a fresh choice kept with the account, or learns what the account looks like. */
function settleSelf({ avatar, vrm }: Welcome, session: Session): void {
  const self = recallSelf();
  if (self.state === 'chosen') wear(self, session).catch(() => undefined); // next time, then
  else rememberSelf({ ...self, avatar, vrm });
}

/** How a visitor looks in the picture; `me` is our own id. */
export function appearance({ id, name, avatar, vrm, agent }: Visitor, me: string | undefined) {
  return { name, avatar, vrm, agent, self: id === me };
}

/** After a lost line we go on where we stand; the server is asked for that place. */
function returned({ position }: Welcome, { walker }: Here, session: Session): void {
  const { x, y, z } = walker.body.position;
  if (Math.hypot(position[0] - x, position[2] - z) < FAR_M) return;
  session.do('go', { position: [x, y, z] }).catch(() => undefined); // refused: `placed` moves us
}

function heard({ kind, data }: Fact, { stage, hud }: Here): void {
  if (kind !== 'Said') return;
  const { visitor, name, text, agent } = data as unknown as Said;
  hud.chat.said(name, text, agent);
  if (visitor) stage.say(visitor, text);
}

/** Shows whose fork the world is, if it is one. */
export async function showFork(session: Session, here: Here): Promise<void> {
  const { adapters, lineage } = await standing(session.world);
  const [from] = lineage;
  if (from && here.session === session)
    here.hud.topbar.fork({ ...from, sandbox: adapters === 'sandbox' });
}

/** Shows what was said shortly before we came. */
export async function showEarlierChat(session: Session, { hud }: Here): Promise<void> {
  const after = Math.max(0, session.state.seq - EARLIER_RECORDS);
  const path = `/api/worlds/${encodeURIComponent(session.world)}/events?after=${after}&limit=${EARLIER_RECORDS}`;
  const { records } = await api<{ records: EarlierRecord[] }>('GET', path);
  for (const { kind, data } of records.filter((record) => record.kind === 'Said').slice(-6)) {
    if (kind && data?.text) hud.chat.said(data.name ?? '', data.text, data.agent);
  }
}
