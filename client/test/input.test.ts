// Promise: what is near is offered in the order of use; dropped files get names of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placedName, readGlb } from '../src/input/glb.ts';
import { isPlacedName, spokenName } from '../src/world/naming.ts';
import { answering, within } from '../src/input/reach.ts';
import { titleOf, verbOf } from '../src/world/naming.ts';
import { encodeBytes } from '../src/net/wire.ts';
import { WorldState } from '../src/world/state.ts';

function world(
  ...entities: [id: number, name: string, components: Record<string, unknown>][]
): WorldState {
  const state = new WorldState();
  const rows = entities.map(
    ([id, name, components]): [number, string, null, [string, number, Uint8Array][]] => [
      ...([id, name, null] as [number, string, null]),
      Object.entries(components).map(([component, value]) => [component, 1, encodeBytes(value)]),
    ],
  );
  const head = new Uint8Array(32);
  state.load({
    type: 'snapshot',
    seq: 9,
    head,
    private_root: head,
    entities: rows,
    first: true,
    last: true,
  });
  return state;
}

const here = [0, 0, 0] as const;

test('what does something comes before what may only be looked at', () => {
  const state = world(
    [1, 'stone', { Shape: {} }],
    [2, 'board', { Shape: {}, Use: { label: 'Leave a note' } }],
  );
  const things = within(
    state,
    here,
    (id) => [id, 0, 0],
    () => 0,
  );
  assert.deepEqual(
    things.map(({ title, verb }) => [title, verb]),
    [
      ['Leave a note', 'use'],
      ['stone', 'click'],
    ],
  );
});

test('a figure of many parts is offered once, and beside it what answers for itself', () => {
  const state = world([1, 'instructor', { Annotation: { title: 'The instructor', text: '' } }]);
  const shapeless = encodeBytes({});
  const part = (id: number, name: string, parent: number, components: string[]) => {
    const cells = components.map((component) => [component, 1, shapeless]);
    return [id, 'Spawned', 1, encodeBytes([id, name, parent, cells])] as [
      number, string, number, Uint8Array,
    ]; // prettier-ignore
  };
  state.fold({
    ...{ time: 0, actor: '', cause: '', head: new Uint8Array(32), private_root: null },
    records: [
      part(10, 'instructor body', 1, ['Shape']),
      part(11, 'instructor hand', 10, ['Shape']),
      part(12, 'whistle', 11, ['Shape', 'Grab']),
    ],
  });
  const things = within(state, here, (id) => [id / 10, 0, 0], () => 0); // prettier-ignore
  assert.deepEqual(
    things.map(({ title, verb }) => [title, verb]),
    [
      ['The instructor', 'read'],
      ['whistle', 'take'],
    ],
  );
});

test('buildings, far things and bare places are not offered', () => {
  const state = world(
    [1, 'hall', { Model: {} }],
    [2, 'tree', { Model: {} }],
    [3, 'start', { Spawn: {} }],
  );
  const places: Record<number, readonly [number, number, number]> = {
    1: [0, 0, 0],
    2: [0, 0, 30],
    3: [0, 0, 0],
  };
  assert.deepEqual(
    within(
      state,
      here,
      (id) => places[id]!,
      (id) => (id === 1 ? 20 : 0.5),
    ),
    [],
  );
});

test('a card that does nothing is told of when its picture is gone', () => {
  const state = world([1, 'poster', { Image: { alt: 'A poster' } }], [2, 'lamp', { Shape: {} }]);
  const place = (id: number): [number, number, number] => [id, 0, 0];
  const near = () => 0;
  const titles = (lost: number) =>
    within(state, here, place, near, (id) => id === lost).map(({ title }) => title);
  assert.deepEqual(titles(0), ['lamp']);
  assert.deepEqual(titles(1), ['A poster', 'lamp']);
});

test('a part without an answer of its own answers for what it stands on', () => {
  const state = world(
    [1, 'board', { Use: { label: 'Note' } }],
    [2, 'gate', { Portal: { world: 'mall' } }],
  );
  state.fold({
    ...{ time: 0, actor: '', cause: '', head: new Uint8Array(32), private_root: null },
    records: [[10, 'Spawned', 1, encodeBytes([10, 'pin', 1, []])]],
  });
  assert.equal(answering(state, 10), 1);
  assert.equal(verbOf(state, 2), 'enter');
  assert.equal(titleOf(state, 2), 'mall');
});

test('writing on a thing answers as the thing, and beside things as itself', () => {
  const state = world([1, 'slate', { Model: {} }], [2, 'rack', { Transform: {} }]);
  const text = { value: 'Out', size: 0.1, color: '#000000', width: 1, billboard: false };
  state.fold({
    ...{ time: 0, actor: '', cause: '', head: new Uint8Array(32), private_root: null },
    records: [
      [10, 'Spawned', 1, encodeBytes([10, 'line', 1, [['Text', 1, encodeBytes(text)]]])],
      [11, 'Spawned', 1, encodeBytes([11, 'title', 2, [['Text', 1, encodeBytes(text)]]])],
    ],
  });
  assert.equal(answering(state, 10), 1);
  assert.equal(answering(state, 11), 11);
});

test('a dropped file gets a name of its own that people can read', () => {
  const name = placedName('My Fox (2).glb', () => 0.5);
  assert.ok(isPlacedName(name));
  assert.equal(spokenName(name), 'my fox 2');
  assert.ok(!isPlacedName('model-shop'));
});

function glb(gltf: object): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(gltf));
  const bytes = new Uint8Array(20 + json.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x46546c67, true);
  view.setUint32(12, json.length, true);
  view.setUint32(16, 0x4e4f534a, true);
  bytes.set(json, 20);
  return bytes.buffer;
}

test('a GLB tells its size, and other bytes are no GLB', () => {
  const bytes = glb({
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
    accessors: [{ min: [-1, 0, -0.5], max: [1, 3, 0.5] }],
  });
  assert.deepEqual(readGlb(bytes)?.size, [2, 3, 1]);
  assert.equal(readGlb(new ArrayBuffer(100)), null);
  assert.equal(readGlb(bytes.slice(0, 40)), null);
});

test('a GLB of packed numbers and nested nodes has the size that it is drawn in', () => {
  const packed = { componentType: 5122, normalized: true };
  const size = readGlb(
    glb({
      scenes: [{ nodes: [] }, { nodes: [0] }],
      scene: 1,
      nodes: [
        { scale: [2, 2, 2], children: [1] },
        { mesh: 0, translation: [0, 5, 0] },
        { mesh: 1 },
      ],
      meshes: [
        { primitives: [{ attributes: { POSITION: 0 } }] },
        { primitives: [{ attributes: { POSITION: 1 } }] },
      ],
      accessors: [
        { ...packed, min: [-32767, 0, -32767], max: [32767, 32767, 32767] },
        { min: [0, 0, 0], max: [9, 9, 9] }, // its node stands in no scene
      ],
    }),
  )!.size;
  assert.deepEqual(size, [4, 2, 4]);
  const loop = { scenes: [{ nodes: [0] }], nodes: [{ children: [0] }] };
  assert.deepEqual(readGlb(glb(loop))?.size, [1, 1, 1]);
});
