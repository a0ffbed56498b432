import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBytes } from '../src/net/wire.ts';
import type { EntityRow } from '../src/net/wire.generated.ts';
import { WorldState } from '../src/world/state.ts';
import { floorBeside } from '../src/main/text/floor.ts';
import { around, directionOf, placeOf } from '../src/world/surroundings.ts';

function cells(components: Record<string, object>): EntityRow[3] {
  return Object.entries(components).map(([name, value]) => [name, 1, encodeBytes(value)]);
}

const rows: EntityRow[] = [
  [1, 'tower', null, cells({ Shape: {}, Transform: { position: [0, 0, -9] } })],
  [2, 'bell', 1, cells({ Shape: {}, Push: {}, Transform: { position: [0, 12, 0] } })],
  [3, 'way-out', null, cells({ Portal: { world: 'plaza' }, Transform: { position: [-20, 0, 0] } })],
  [
    4,
    'sign_post',
    null,
    cells({ Text: { value: 'Mind the step' }, Transform: { position: [3, 0, 4] } }),
  ],
  [5, 'sky', null, cells({ Sky: {} })],
  [6, 'paper', null, cells({ Image: { asset: 'a' }, Transform: { position: [0, 0, 1] } })],
];

function place(): WorldState {
  const state = new WorldState();
  const head = new Uint8Array(32);
  state.load({
    type: 'snapshot',
    seq: 5,
    head,
    private_root: head,
    entities: rows,
    first: true,
    last: true,
  });
  return state;
}

test('things are told nearest first, with their direction and what they offer', () => {
  const told = around(place(), [0, 0, 0], 0).map(({ title, verb, direction }) => [
    title,
    verb,
    direction,
  ]);
  assert.deepEqual(told, [
    ['sign post', 'click', 'behindRight'],
    ['tower', 'click', 'ahead'],
    ['bell', 'push', 'ahead'],
    ['plaza', 'enter', 'left'],
  ]);
});

test('writing is told and cannot be pressed; what hangs on a parent is where that puts it', () => {
  const state = place();
  assert.deepEqual(placeOf(state, 2), [0, 12, -9]);
  const sign = around(state, [0, 0, 0], 0)[0]!;
  assert.equal(sign.solid, false);
  assert.equal(sign.about, 'Mind the step');
});

test('a picture and a film are told of by what they show', () => {
  const state = place();
  const show = (component: string, alt: string) =>
    state.load({
      type: 'snapshot',
      seq: 5,
      head: new Uint8Array(32),
      private_root: new Uint8Array(32),
      entities: [[7, 'round x 1', null, cells({ [component]: { alt } })]],
      first: true,
      last: true,
    });
  for (const component of ['Image', 'Video']) {
    show(component, 'A canteen that burns');
    const [told] = around(state, [0, 0, 0], 0);
    assert.deepEqual([told?.title, told?.solid], ['A canteen that burns', false]);
    show(component, '');
    assert.deepEqual(around(state, [0, 0, 0], 0), []);
  }
});

test('a part that neither answers nor says anything is the thing that it is pressed with', () => {
  const state = place();
  const head = new Uint8Array(32);
  const figure: EntityRow[] = [
    [1, 'figure', null, cells({ Annotation: { title: 'The instructor', text: 'Shows how.' } })],
    [2, 'chest', 1, cells({ Shape: {} })],
    [3, 'hand', 2, cells({ Shape: {} })],
    [4, 'rope', 1, cells({ Path: {} })],
    [5, 'badge', 2, cells({ Text: { value: 'Ada' } })],
    [6, 'medal', 2, cells({ Shape: {}, Image: { alt: 'A lion' } })],
    [7, 'whistle', 2, cells({ Shape: {}, Grab: {} })],
    [8, 'rack', null, cells({ Shape: {} })],
    [9, 'hook', 8, cells({ Shape: {} })],
  ];
  const one = { seq: 5, head, private_root: head, first: true, last: true };
  state.load({ type: 'snapshot', ...one, entities: figure });
  const told = around(state, [0, 0, 0], 0).map(({ title }) => title);
  assert.deepEqual(told, ['The instructor', 'badge', 'A lion', 'whistle', 'rack', 'hook']);
});

test('what answers and is seen by its parts alone is told of once', () => {
  const state = place();
  const head = new Uint8Array(32);
  const cart: EntityRow[] = [
    [1, 'cart', null, cells({ Grab: {} })],
    [2, 'wheel left', 1, cells({ Shape: {} })],
    [3, 'wheel right', 1, cells({ Shape: {} })],
    [4, 'air', null, cells({ Body: {} })],
  ];
  const one = { seq: 5, head, private_root: head, first: true, last: true };
  state.load({ type: 'snapshot', ...one, entities: cart });
  const told = around(state, [0, 0, 0], 0).map(({ title, verb }) => [title, verb]);
  assert.deepEqual(told, [['cart', 'take']]);
});

test('a seat and a film are told of, whatever stands for them, with what they offer', () => {
  const state = place();
  const head = new Uint8Array(32);
  const cinema: EntityRow[] = [
    [8, 'seat 1', null, cells({ Seat: {} })],
    [9, 'wall', null, cells({ Screen: { title: 'The lighthouse', playing: true } })],
  ];
  const one = { seq: 5, head, private_root: head, first: true, last: true };
  state.load({ type: 'snapshot', ...one, entities: cinema });
  const told = around(state, [0, 0, 0], 0).map(({ title, verb }) => [title, verb]);
  assert.deepEqual(told, [
    ['seat 1', 'sit'],
    ['The lighthouse', 'pause'],
  ]);
});

test('whoever turns left sees the same thing further to the right', () => {
  const quarter = Math.PI / 2;
  assert.equal(directionOf([0, 0, 0], [0, 0, -9], 0), 'ahead');
  assert.equal(directionOf([0, 0, 0], [0, 0, -9], quarter), 'right');
  assert.equal(directionOf([0, 0, 0], [0, 0, -9], -quarter), 'left');
  assert.equal(directionOf([0, 0, 0], [0, 0, -9], 20 * quarter), 'ahead');
  assert.equal(directionOf([0, 0, 0], [1, 9, 1], 0), 'here');
});

test('who goes to a thing stands on the floor that it is on, upstairs and downstairs', () => {
  const state = new WorldState();
  const head = new Uint8Array(32);
  const slab = (id: number, y: number, size: number[]): EntityRow => [
    id,
    `slab-${id}`,
    null,
    cells({ Shape: { size }, Transform: { position: [0, y, 0] } }),
  ];
  const entities = [slab(1, -0.1, [20, 0.2, 20]), slab(2, 3.9, [8, 0.2, 8])];
  entities.push(slab(3, 4.4, [1.5, 0.8, 1.5])); // a table upstairs: nobody stands on it
  const first = { type: 'snapshot', first: true, last: true } as const;
  state.load({ ...first, seq: 5, head, private_root: head, entities });
  assert.equal(floorBeside(state, [0, 4.8, 0], [0.5, 0, 0], 0), 4);
  assert.equal(floorBeside(state, [0, 1, 0], [1, 4, 0], 4), 0);
  assert.equal(floorBeside(state, [6, 4.2, 0], [4.8, 0, 0], 0), 0); // hangs beyond the gallery
  assert.equal(floorBeside(state, [0, 1.2, 0], [1, 0.6, 0], 0.6), 0.6); // a hill nobody told us of
  assert.equal(floorBeside(state, [50, 12, 0], [49, 0, 0], 0), 12); // nothing known is under it
});
