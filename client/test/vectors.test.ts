// Promise: the same records give the same roots here as in Python, after every whole group.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '../src/net/bytes.ts';
import { decodeBytes } from '../src/net/wire.ts';
import { WorldState } from '../src/world/state.ts';

interface Row {
  seq: number;
  kind: string;
  version: number;
  payload: string | null;
  hash: string;
  public_root?: string;
  private_root?: string;
  state_hash?: string;
}

interface Case {
  name: string;
  records: Row[];
  entities: [id: number, name: string, parent: number | null, cells: unknown[]][];
}

const path = new URL('../../tests/vectors/fold.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] };

function foldRow(state: WorldState, { seq, kind, version, payload, ...row }: Row): void {
  const bytes = payload === null ? null : fromHex(payload);
  state.fold({
    ...{ time: 0, actor: '', cause: '', records: [[seq, kind, version, bytes]] },
    head: fromHex(row.hash),
    private_root: row.private_root ? fromHex(row.private_root) : null,
  });
}

for (const { name, records, entities } of cases) {
  test(`the fold agrees with Python: ${name}`, () => {
    const state = new WorldState();
    for (const row of records) {
      foldRow(state, row);
      if (!row.state_hash) continue;
      assert.equal(toHex(state.publicRoot()), row.public_root, `public root at ${row.seq}`);
      assert.equal(toHex(state.stateHash()), row.state_hash, `state hash at ${row.seq}`);
    }
    const living = [...state.entities.values()].map((entity) => [entity.id, entity.name]);
    living.sort((a, b) => Number(a[0]) - Number(b[0]));
    assert.deepEqual(
      living,
      entities.map(([id, title]) => [id, title]),
    );
  });
}

test('every payload of the vectors can be read without a class', () => {
  for (const { payload } of cases.flatMap(({ records }) => records)) {
    if (payload !== null) assert.notEqual(decodeBytes(fromHex(payload)), undefined);
  }
});
