import { api } from '../net/api.ts';
import { DEFAULTS } from '../world/components.generated.ts';
import type { Mirror } from './mirror.ts';

interface StateAnswer {
  entities: Record<
    string,
    { name: string; parent: string | null; components: Record<string, object> }
  >;
}

const numberOf = (id: string) => Number(id.replace(/^e/, ''));

/** Draws a world from outside, without entering it: for the front page. */
export async function previewWorld(world: string, mirror: Mirror): Promise<void> {
  const { entities } = await api<StateAnswer>(
    'GET',
    `/api/worlds/${encodeURIComponent(world)}/state`,
  );
  const defaults = DEFAULTS as unknown as Record<string, object>;
  mirror.reset();
  for (const [key, { name, parent, components }] of Object.entries(entities)) {
    const id = numberOf(key);
    mirror.change({ kind: 'spawn', id, name, parent: parent === null ? null : numberOf(parent) });
    for (const [component, fields] of Object.entries(components)) {
      mirror.change({
        kind: 'change',
        id,
        component,
        value: { ...defaults[component], ...fields },
      });
    }
  }
  mirror.sweep();
}
