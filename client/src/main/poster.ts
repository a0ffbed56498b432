import type { Here } from './here.ts';

const WIDTH = 480;
const HEIGHT = 270;

/**
 * Keeps what one sees as the world's picture, without anybody in it: who left the world must not
 * stay in its picture. The server refuses those that come too often.
 */
export async function keepPoster(here: Here, drawn: () => Promise<void>): Promise<void> {
  const { session, stage } = here;
  const source = document.getElementById('stage') as HTMLCanvasElement;
  if (!session || source.width < WIDTH / 2) return;
  for (const visitor of session.presence.visitors.keys()) stage.removeVisitor(visitor);
  await drawn();
  const picture = document.createElement('canvas');
  [picture.width, picture.height] = [WIDTH, HEIGHT];
  const scale = Math.max(WIDTH / source.width, HEIGHT / source.height);
  const [wide, high] = [source.width * scale, source.height * scale];
  const place = [(WIDTH - wide) / 2, (HEIGHT - high) / 2] as const;
  picture.getContext('2d')?.drawImage(source, ...place, wide, high);
  picture.toBlob((blob) => blob && void send(session.world, blob), 'image/webp', 0.82);
}

async function send(world: string, blob: Blob): Promise<void> {
  const path = `/api/worlds/${encodeURIComponent(world)}/picture`;
  const headers = { 'Content-Type': blob.type };
  await fetch(path, { method: 'PUT', body: blob, headers }).catch(() => undefined);
}
