// Promise: the picture hears only of differences, so that a preview and a lost line never blink.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mirror } from '../src/main/mirror.ts';
import type { StateChange } from '../src/world/state.ts';

function drawn(): { mirror: Mirror; heard: string[] } {
  const heard: string[] = [];
  const stage = {
    apply: ({ kind, id, component }: StateChange) =>
      void heard.push([kind, id, component].filter((part) => part !== undefined).join(' ')),
  };
  return { mirror: new Mirror(stage as never), heard };
}

function tell(mirror: Mirror, id: number, name: string, components: Record<string, unknown>): void {
  mirror.change({ kind: 'spawn', id, name, parent: null });
  for (const [component, value] of Object.entries(components)) {
    mirror.change({ kind: 'change', id, component, value });
  }
}

test('the same state told again changes nothing in the picture', () => {
  const { mirror, heard } = drawn();
  for (let i = 0; i < 3; i++) {
    mirror.reset();
    tell(mirror, 1, 'lamp', { Color: { value: '#112233' } });
    mirror.sweep();
  }
  assert.deepEqual(heard, ['spawn 1', 'change 1 Color']);
});

test('what is not told again is taken away', () => {
  const { mirror, heard } = drawn();
  tell(mirror, 1, 'lamp', { Color: {}, Light: {} });
  tell(mirror, 2, 'box', { Color: {} });
  heard.length = 0;
  mirror.reset();
  tell(mirror, 1, 'lamp', { Color: {} });
  mirror.sweep();
  assert.deepEqual(heard, ['remove 1 Light', 'despawn 2']);
});

test('another entity under the same id is drawn anew', () => {
  const { mirror, heard } = drawn();
  tell(mirror, 1, 'lamp', { Color: {} });
  heard.length = 0;
  mirror.reset();
  tell(mirror, 1, 'tree', { Color: {} });
  mirror.sweep();
  assert.deepEqual(heard, ['despawn 1', 'spawn 1', 'change 1 Color']);
});

test('what came and went between two snapshots is not taken away twice', () => {
  const { mirror, heard } = drawn();
  tell(mirror, 5, 'guest', {});
  mirror.change({ kind: 'despawn', id: 5 });
  heard.length = 0;
  mirror.reset();
  mirror.sweep();
  assert.deepEqual(heard, []);
});
