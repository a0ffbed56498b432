import { toHex } from '../net/bytes.ts';
import type { Limbs } from '../net/limbs.ts';
import type { How } from '../net/link.ts';
import { momentOf } from '../world/moment.ts';
import type { App } from './app.ts';
import type { Panels } from './panels/panels.ts';

type Place = [number, number, number];

/** What scripts and tests may ask of the page; docs/reference/probe.md describes it. */
export function makeProbe(app: App) {
  const session = () => {
    if (!app.session) throw new Error('no world is entered yet');
    return app.session;
  };
  const mine = (): Place => app.walker.body.position.toArray();
  return {
    get ready(): Promise<void> {
      return app.ready;
    },
    get world(): string | null {
      return app.session?.world ?? null;
    },
    get seq(): number {
      return app.time.known?.travel.moment?.seq ?? app.session?.state.seq ?? 0;
    },
    stateHash: (): string => {
      const travel = app.time.known?.travel;
      if (!travel?.moment) return toHex(session().state.stateHash());
      if (!travel.exact) throw new Error('await worldloom.at(worldloom.seq) first');
      return toHex(travel.exact.stateHash());
    },
    /** Goes to a moment of the past; resolves with its seq, rejects where there is none. */
    at: async (seq: number): Promise<number> => {
      const history = await app.time.load();
      if (!history) throw new Error('no world is entered yet');
      await history.visit(seq);
      await app.drawn();
      return history.seq;
    },
    /** Comes back to now. */
    live: async (): Promise<void> => {
      await app.time.go(null);
      await app.drawn();
    },
    get me() {
      const me = app.session?.me;
      return me ? { id: me.visitor, name: me.name, role: me.role, position: mine() } : null;
    },
    entities: () => {
      const { things } = app.time.known?.travel.moment ?? momentOf(session().state);
      const rows = [...things.values()].map(({ id, name, parent, components }) => {
        const above = parent === null ? null : `e${parent}`;
        const [position, standIn] = [app.stage.worldPosition(id), app.stage.standIn(id)];
        return [`e${id}`, { name, parent: above, components, position, standIn }] as const;
      });
      return Object.fromEntries(rows);
    },
    visitors: () => {
      if (app.time.past) return Object.fromEntries(app.time.known!.people.there());
      const { presence, me } = session();
      const rows = [...presence.visitors.values()].map(({ id, name, avatar, vrm, agent }) => {
        const pose = presence.poseOf(id, performance.now());
        const position = id === me?.visitor ? mine() : pose && [pose.x, pose.y, pose.z];
        const animation = id === me?.visitor ? app.walker.pose().anim : (pose?.anim ?? 0);
        const seen = app.stage.seen(id);
        return [id, { name, avatar, vrm, agent, position, animation, ...seen }] as const;
      });
      return Object.fromEntries(rows);
    },
    /** Tells once where our head and hands are, as a headset does many times a second. */
    reach: async (limbs: Limbs): Promise<boolean> =>
      (await import('./reaching.ts')).sendReach(session(), limbs),
    do: (action: string, args: Record<string, unknown> = {}, how?: How) =>
      session().do(action, args, how),
    /** Where an entity's middle is in the window, in CSS pixels; null behind the eye. */
    screen: (entityName: string): [number, number] | null => {
      const found = session().state.find(entityName);
      const place = found && app.stage.onScreen(found.id);
      return place ? [((place[0] + 1) / 2) * innerWidth, ((1 - place[1]) / 2) * innerHeight] : null;
    },
    go: async (position: Place): Promise<void> => {
      await session().do('go', { position });
    },
    click: async (entityName: string) => {
      const entity = session().state.find(entityName);
      if (app.time.past) throw new Error('this is the past: await worldloom.live() first');
      if (!entity) throw new Error(`no entity is named ${entityName}`);
      return session().do('click', { entity: `e${entity.id}` });
    },
    assets: (): string[] => {
      const { state } = session();
      const found = new Set<unknown>();
      for (const { id, cells } of state.entities.values())
        for (const component of cells.keys())
          for (const value of Object.values(state.value(id, component) as object))
            if (/^[0-9a-f]{64}$/.test(String(value))) found.add(value);
      return ([...found] as string[]).sort();
    },
    /** What panels show, and hands on those that hang in the world. */
    get panels(): Panels['probe'] {
      const [widget, ids] = [() => null, () => []];
      const [picture, texels, painted, where, point] = [widget, widget, widget, widget, widget];
      return app.panels?.probe ?? { ids, widget, picture, texels, painted, where, point };
    },
    /** The headset that is worn: its eyes and hands in the world; null without one. */
    get headset() {
      return app.worn?.told() ?? null;
    },
    stats: () => {
      const { fps, frameMs, drawCalls, triangles, quality, ...rest } = app.stage.stats();
      const link = app.session?.link;
      return {
        ...rest,
        fps,
        frame_ms: frameMs,
        draw_calls: drawCalls,
        triangles,
        quality,
        latency_ms: link?.latency_ms ?? 0,
        bytes_in: link?.bytesIn ?? 0,
        clock_ms: app.time.clock().ms,
        sounds: app.sounding?.foley.counts ?? {},
        films: [...app.stage.films].map((film) => film.told()),
        settled: app.stage.settled() && rest.awaited === 0,
      };
    },
  };
}

export type Probe = ReturnType<typeof makeProbe>;
