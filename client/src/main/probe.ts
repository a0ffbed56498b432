import { toHex } from '../net/bytes.ts';
import type { App } from './app.ts';

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
      return app.session?.state.seq ?? 0;
    },
    stateHash: (): string => toHex(session().state.stateHash()),
    get me() {
      const me = app.session?.me;
      return me ? { id: me.visitor, name: me.name, role: me.role, position: mine() } : null;
    },
    entities: () => {
      const { state } = session();
      const rows = [...state.entities.values()].map(({ id, name, parent, cells }) => {
        const components = Object.fromEntries(
          [...cells.keys()].map((key) => [key, state.value(id, key)]),
        );
        const above = parent === null ? null : `e${parent}`;
        return [
          `e${id}`,
          { name, parent: above, components, position: app.stage.worldPosition(id) },
        ] as const;
      });
      return Object.fromEntries(rows);
    },
    visitors: () => {
      const { presence, me } = session();
      const rows = [...presence.visitors.values()].map(({ id, name, look, agent }) => {
        const pose = presence.poseOf(id, performance.now());
        const position = id === me?.visitor ? mine() : pose && [pose.x, pose.y, pose.z];
        return [id, { name, look, agent, position }] as const;
      });
      return Object.fromEntries(rows);
    },
    do: (action: string, args: Record<string, unknown> = {}) => session().do(action, args),
    go: async (position: Place): Promise<void> => {
      await session().do('go', { position });
    },
    click: async (entityName: string) => {
      const entity = session().state.find(entityName);
      if (!entity) throw new Error(`no entity is named ${entityName}`);
      return session().do('click', { entity: `e${entity.id}` });
    },
    assets: (): string[] => {
      const { state } = session();
      const found = new Set<string>();
      for (const component of ['Model', 'Sound'] as const) {
        for (const id of state.having(component)) found.add(state.value(id, component)!.asset);
      }
      found.delete('');
      return [...found].sort();
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
        settled: app.stage.settled(),
      };
    },
  };
}

export type Probe = ReturnType<typeof makeProbe>;
