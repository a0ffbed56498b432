import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Strides } from '../src/world/strides.ts';

const [WALKS, RUNS, AIR, SITS, STANDS] = [1, 2, 4, 5, 0];

/** Walks east at a speed and counts what is heard. */
function heardOf(anim: number, metres: number, step = 0.05): Record<string, number> {
  const strides = new Strides();
  const found: Record<string, number> = {};
  for (let x = 0; x <= metres; x += step) {
    const heard = strides.move({ x, z: 0, anim });
    if (heard) found[heard] = (found[heard] ?? 0) + 1;
  }
  return found;
}

test('a foot comes down once a stride, and a running one less often', () => {
  assert.equal(heardOf(WALKS, 7.3)['step'], 10);
  assert.equal(heardOf(RUNS, 11.6)['step'], 10);
  assert.deepEqual(heardOf(STANDS, 10), {});
});

test('how often one looks does not change how many steps there are', () => {
  assert.equal(heardOf(WALKS, 14.5, 0.01)['step'], heardOf(WALKS, 14.5, 0.3)['step']);
});

test('a leap to another place is no step', () => {
  const strides = new Strides();
  strides.move({ x: 0, z: 0, anim: WALKS });
  assert.equal(strides.move({ x: 50, z: 0, anim: WALKS }), null);
});

test('who jumped lands, and who sits down is heard once', () => {
  const strides = new Strides();
  const doing = [STANDS, AIR, AIR, STANDS, SITS, SITS];
  const heard = doing.map((anim) => strides.move({ x: 0, z: 0, anim }));
  assert.deepEqual(heard, [null, null, null, 'land', 'sit', null]);
});
