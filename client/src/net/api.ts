import { Problem } from './problem.ts';
import type { ErrorRow } from './wire.generated.ts';

/** A world as the list of worlds shows it. */
export interface WorldCard {
  name: string;
  title: string;
  seq: number;
  visitors: number;
  visibility: 'public' | 'unlisted' | 'private';
  /** What we are there. */
  role: string;
  /** Whether we were given a role there. */
  mine: boolean;
  /** What it continues, the nearest ancestor first; empty if it is no fork. */
  lineage: readonly { world: string; seq: number }[];
  /** The sha256 of its picture, or nothing. */
  picture: string;
}

/** Asks the page's own server; throws a Problem for every refusal. */
export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = {
    method,
    credentials: 'same-origin',
    headers: { Accept: 'application/json' },
  };
  if (body !== undefined) {
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(path, init).catch(() => {
    throw new Problem({
      code: 'not_connected',
      message: 'The server does not answer',
      fix: 'Check your connection and try again.',
    });
  });
  return readAnswer<T>(response.status, await response.text());
}

/** Reads an answer's JSON; throws the Problem that a refusal tells. */
export function readAnswer<T>(status: number, text: string): T {
  let data: unknown;
  try {
    data = text === '' ? null : JSON.parse(text);
  } catch {
    data = null;
  }
  if (status >= 200 && status < 300) return data as T;
  const row = (data as { error?: ErrorRow } | null)?.error;
  const unknown = {
    code: `http_${status}`,
    message: `The server answered ${status}`,
    fix: 'Try again.',
  };
  throw new Problem(row ?? unknown, status);
}

/** The worlds that we may see, and the one that the front page enters. */
export interface WorldList {
  worlds: WorldCard[];
  first: string;
}

/** The worlds that we may see. */
export function listWorlds(): Promise<WorldList> {
  return api<WorldList>('GET', '/api/worlds');
}

/** Where a world stands, and what it continues if it is a fork: the nearest ancestor first. */
export interface Standing {
  adapters: 'sandbox' | 'live';
  lineage: { world: string; seq: number; root: string; by: string }[];
}

/** Asks where a world stands. */
export function standing(world: string): Promise<Standing> {
  return api<Standing>('GET', `/api/worlds/${encodeURIComponent(world)}`);
}

/** Makes a world of this title; its name is the title's letters, and more where those are taken. */
export function createWorld(title: string): Promise<{ name: string }> {
  return named(title, (name) => api('POST', '/api/worlds', { name, title }));
}

/** Makes something under the letters of a title, and more where those are taken. */
export async function named<T>(title: string, make: (name: string) => Promise<T>): Promise<T> {
  const letters = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const name = (/^[a-z]/.test(letters) ? letters : `world-${letters}`)
    .slice(0, 32)
    .replace(/-$/, '');
  try {
    return await make(name);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'name_taken') throw error;
    const tail = Math.floor(Math.random() * 36 ** 4).toString(36);
    return make(`${name}-${tail}`);
  }
}

/** Uploads a file as an asset and reports progress from 0 to 1; `query` says as what. */
export function uploadAsset<T extends { sha256: string }>(
  file: Blob,
  progress: (share: number) => void,
  query = '',
): Promise<T> {
  return send<T>(`/api/assets${query}`, file, file.type || 'model/gltf-binary', progress);
}

/** Sends a file to a door of a world, and returns what it says of it. */
export function sendTo(
  way: string,
  file: Blob,
  progress: (share: number) => void,
): Promise<{ told: string }> {
  return send(way, file, file.type || 'application/octet-stream', progress);
}

function send<T>(
  way: string,
  file: Blob,
  media: string,
  progress: (share: number) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot report how much has gone out
    request.open('POST', way);
    request.setRequestHeader('Content-Type', media);
    request.upload.onprogress = (event) => progress(event.loaded / Math.max(1, event.total));
    request.onerror = () =>
      reject(
        new Problem({
          code: 'not_connected',
          message: 'The upload was cut off',
          fix: 'Try again.',
        }),
      );
    request.onload = () => {
      try {
        resolve(readAnswer<T>(request.status, request.responseText));
      } catch (error) {
        reject(error);
      }
    };
    request.send(file);
  });
}
