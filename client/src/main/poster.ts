import type { Stage } from '../view/stage.ts';
import type { Here } from './here.ts';

const WIDTH = 480;
const HEIGHT = 270;
const FIRST_MS = 60_000;
const SOON_MS = 2_000;
const EVERY_MS = 120_000;
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

/** Whether a world has a picture that a page kept, one that came with its kit, or a drawn one. */
type Kept = 'own' | 'shipped' | 'drawn';

/** When the picture was taken that shows the world as it is: a seq of the world one is in. */
let taken = -1;

/**
 * Takes the first at once where a world has none yet, while a builder looks on; else after a
 * minute. Then every two while they rest, if anything happened since. It ends with the visit.
 */
export function keepPosters(
  here: Seen,
  allowed: () => boolean,
  take = keepPoster,
  look = keptOf,
): void {
  const { session } = here;
  if (!session) return;
  let due_ms = FIRST_MS;
  let idle_ms = 0;
  let drawn = false;
  taken = -1;
  const { seq: came } = session.state;
  look(session.world).then(
    (kept) => {
      if (here.session !== session || taken !== -1) return;
      drawn = kept === 'drawn';
      if (drawn) due_ms = Math.min(due_ms, SOON_MS);
      if (kept === 'shipped') taken = came;
    },
    () => undefined, // a nicety
  );
  const over = new AbortController();
  const heard = { passive: true, capture: true, signal: over.signal };
  for (const name of ACTS) addEventListener(name, () => (idle_ms = 0), heard);
  const timer = setInterval(() => {
    if (here.session !== session) {
      clearInterval(timer);
      over.abort();
      return;
    }
    due_ms -= LOOK_MS;
    idle_ms += LOOK_MS;
    if (due_ms > 0 || (idle_ms < IDLE_MS && !drawn) || document.hidden) return;
    const { seq } = session.state;
    if (here.worn || !allowed() || !here.stage.settled() || seq === taken) return;
    [due_ms, taken, drawn] = [EVERY_MS, seq, false];
    take(here).catch(() => undefined); // a nicety
  }, LOOK_MS);
}

/** Takes one as a builder leaves, if anything happened since the last. */
export async function keepLast(here: Seen): Promise<void> {
  if (here.session?.state.seq !== taken) await keepPoster(here);
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

async function keptOf(world: string): Promise<Kept> {
  const path = `/api/worlds/${encodeURIComponent(world)}/picture`;
  const found = await fetch(path, { method: 'HEAD' });
  if (found.redirected || !found.ok) return 'own';
  // What the server draws itself, of what stands there or of nothing, is PNG or SVG.
  return found.headers.get('Content-Type') === 'image/webp' ? 'shipped' : 'drawn';
}

async function send(world: string, blob: Blob): Promise<void> {
  const path = `/api/worlds/${encodeURIComponent(world)}/picture`;
  const headers = { 'Content-Type': blob.type };
  await fetch(path, { method: 'PUT', body: blob, headers }).catch(() => undefined);
}
