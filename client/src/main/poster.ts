import type { Stage } from '../view/stage.ts';
import type { Here } from './here.ts';

const WIDTH = 480;
const HEIGHT = 270;
const FIRST_MS = 60_000;
const EVERY_MS = 600_000;
const IDLE_MS = 5_000;
const LOOK_MS = 1_000;
const ACTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** What a look at the page needs. */
type Seen = Pick<Here, 'session' | 'worn' | 'stage'>;

/** Keeps what one sees as the world's picture; the server refuses those that come too often. */
export async function keepPoster({ session, stage }: Seen): Promise<void> {
  const source = document.getElementById('stage') as HTMLCanvasElement;
  if (!session || stage.painter || source.width < WIDTH / 2) return;
  const picture = document.createElement('canvas');
  [picture.width, picture.height] = [WIDTH, HEIGHT];
  const scale = Math.max(WIDTH / source.width, HEIGHT / source.height);
  const [wide, high] = [source.width * scale, source.height * scale];
  const place = [(WIDTH - wide) / 2, (HEIGHT - high) / 2] as const;
  withoutAnybody(stage, () => picture.getContext('2d')?.drawImage(source, ...place, wide, high));
  const blob = await new Promise<Blob | null>((resolve) =>
    picture.toBlob(resolve, 'image/webp', 0.82),
  );
  if (blob) await send(session.world, blob);
}

/**
 * Takes one after the first minute and then every ten, while a builder looks on and rests, if
 * anything happened since the last. It ends with the visit.
 */
export function keepPosters(here: Seen, allowed: () => boolean, take = keepPoster): void {
  const { session } = here;
  let due_ms = FIRST_MS;
  let idle_ms = 0;
  let taken = -1;
  const over = new AbortController();
  const heard = { passive: true, capture: true, signal: over.signal };
  for (const name of ACTS) addEventListener(name, () => (idle_ms = 0), heard);
  const timer = setInterval(() => {
    if (!session || here.session !== session) {
      clearInterval(timer);
      over.abort();
      return;
    }
    due_ms -= LOOK_MS;
    idle_ms += LOOK_MS;
    if (due_ms > 0 || idle_ms < IDLE_MS || document.hidden) return;
    const { seq } = session.state;
    if (here.worn || !allowed() || !here.stage.settled() || seq === taken) return;
    [due_ms, taken] = [EVERY_MS, seq];
    take(here).catch(() => undefined); // a nicety
  }, LOOK_MS);
}

/**
 * Draws the world alone, lets it be copied, and draws all again, before any frame is shown.
 * Who left the world must not stay in its picture, and panels are for those who look at them.
 */
function withoutAnybody(stage: Stage, copy: () => void): void {
  const { renderer, scene, camera, entities, view } = stage.insides();
  const world = new Set([entities.root, stage.ground, view.environment.dome.mesh]) as Set<object>;
  const others = scene.children.filter(
    (one) => one.visible && !world.has(one) && !('isLight' in one),
  );
  for (const one of others) one.visible = false;
  renderer.render(scene, camera);
  copy();
  for (const one of others) one.visible = true;
  renderer.render(scene, camera);
}

async function send(world: string, blob: Blob): Promise<void> {
  const path = `/api/worlds/${encodeURIComponent(world)}/picture`;
  const headers = { 'Content-Type': blob.type };
  await fetch(path, { method: 'PUT', body: blob, headers }).catch(() => undefined);
}
