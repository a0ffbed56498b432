import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { encodeBytes } from '../src/net/wire.ts';
import type { EntityRow } from '../src/net/wire.generated.ts';
import { News } from '../src/main/text/news.ts';
import type { Session } from '../src/world/session.ts';
import { WorldState } from '../src/world/state.ts';
import { around } from '../src/world/surroundings.ts';

const HERE = [0, 0, 0] as const;
const MOVED = { Transform: { position: [1, 0, 0] } };

function thing(id: number, parent: number | null, components: Record<string, object>): EntityRow {
  const cells = Object.entries(components).map(
    ([name, value]) => [name, 1, encodeBytes(value)] as EntityRow[3][number],
  );
  return [id, `thing ${id}`, parent, cells];
}

/** What is told of a change of each thing, to who knew the others before. */
function told(rows: EntityRow[], changed: number[], unknown: number[] = []): string[] {
  const state = new WorldState();
  const head = new Uint8Array(32);
  const marks = { seq: 1, head, private_root: head, first: true, last: true };
  state.load({ type: 'snapshot', ...marks, entities: rows });
  const lines: string[] = [];
  const session = { state, muted: new Set() } as unknown as Session;
  const news = new News(
    session,
    () => HERE,
    (line) => lines.push(line),
  );
  news.look(around(state, HERE, 0).filter(({ id }) => !unknown.includes(id)));
  const clock = mock.method(performance, 'now', () => 0);
  for (const id of changed) news.changed({ kind: 'change', id, component: 'Transform', value: {} });
  clock.mock.mockImplementation(() => 60_000);
  news.flush();
  clock.mock.restore();
  return lines;
}

test('what moves is told by who sees it, and a body that nobody sees is not', () => {
  const ball = thing(1, null, { Shape: {}, Body: {}, ...MOVED });
  const ghost = thing(2, null, { Body: {}, ...MOVED });
  assert.deepEqual(told([ball, ghost], [1, 2]), ['Moved: thing 1.']);
});

test('what is seen by its parts alone is told of when it moves', () => {
  const cart = thing(1, null, { Grab: {}, ...MOVED });
  const wheel = thing(2, 1, { Shape: {} });
  assert.deepEqual(told([cart, wheel], [1]), ['Moved: thing 1.']);
});

test('what comes is told once its parts are there, by the thing that they are of', () => {
  const cart = thing(1, null, { Grab: {}, ...MOVED });
  const wheel = thing(2, 1, { Shape: {} });
  assert.deepEqual(told([cart, wheel], [1, 2], [1]), ['New here: thing 1.']);
});
