// Promise: films stay in step by small rates, leap only when far off; the clock is the server's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerClock } from '../src/net/clock.ts';
import { Steering } from '../src/view/media/steering.ts';

const LOOK_MS = 90;

/** A repeatable stream of numbers between 0 and 1 (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Run {
  errors: number[];
  leaps: number;
  rates: number[];
}

/** A player with a clock of its own, that leaps slowly, told of a target for some seconds. */
function run(seed: number, seconds: number, more: { drift?: number; stall?: number } = {}): Run {
  const random = chance(seed);
  const steering = new Steering();
  const drift = 1 + (more.drift ?? 0);
  const found: Run = { errors: [], leaps: 0, rates: [] };
  let position = 40 * random();
  let rate = 1;
  let seeking = 0;
  let goal = 0;
  for (let ms = 0; ms < seconds * 1000; ms += LOOK_MS) {
    const target = 100 + ms / 1000;
    const stalled = more.stall !== undefined && Math.floor(ms / 1000) === more.stall;
    if (seeking > 0) {
      seeking -= LOOK_MS;
      if (seeking <= 0) {
        position = goal;
        steering.landed(ms);
      }
    } else if (!stalled) {
      position += (LOOK_MS / 1000) * rate * drift;
      const seen = position + (random() - 0.5) * 0.008; // what a player says of itself is not exact
      const order = steering.look(seen, target, 1, ms);
      rate = order.rate;
      found.rates.push(rate);
      if (order.leap !== null) {
        found.leaps += 1;
        goal = order.leap;
        seeking = 60 + random() * 240;
      }
    }
    found.errors.push(Math.abs(position - target));
  }
  return found;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

test('twenty players come within 20 milliseconds and stay there', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { errors, leaps } = run(seed, 60, { drift: 0.0004 });
    assert.ok(median(errors) <= 0.02, `player ${seed}: ${median(errors)} s`);
    assert.ok(leaps <= 3, `player ${seed} leapt ${leaps} times`);
  }
});

test('no rate is ever more than five percent off, and one in step runs plainly', () => {
  const { rates } = run(7, 40, { stall: 20 });
  assert.ok(rates.every((rate) => rate >= 0.95 && rate <= 1.05));
  assert.equal(run(3, 30).rates.at(-1), 1);
});

test('a stall of a second is made good, by a leap if that is quicker', () => {
  const { errors } = run(5, 40, { stall: 15 });
  assert.ok(Math.max(...errors.slice(-20)) < 0.05);
});

test('what stands is put on the very frame and left alone', () => {
  const steering = new Steering();
  assert.deepEqual(steering.look(3, 12, 0, 0), { rate: 1, leap: 12 });
  steering.landed(80);
  assert.deepEqual(steering.look(12.005, 12, 0, 400), { rate: 1, leap: null });
});

test('a film that goes round is not leapt back by its own end', () => {
  const steering = new Steering();
  const order = steering.look(23.99, 0.01, 1, 0, 24);
  assert.equal(order.leap, null);
  assert.ok(Math.abs(steering.error + 0.02) < 1e-9);
});

test('the clock believes the quickest of the last answers', () => {
  const clock = new ServerClock();
  clock.add(0, 400, 1_000_380); // held up on the way back: half the way is a poor guess
  assert.ok(Math.abs(clock.at(400) - 1_000_580) < 1e-6);
  clock.add(1000, 1010, 1_001_205);
  assert.ok(Math.abs(clock.at(1010) - 1_001_210) < 1e-6);
  assert.equal(clock.doubt_ms, 5);
  for (let n = 0; n < 8; n++) clock.add(2000 + n, 2100 + n, 1_002_262 + n);
  assert.equal(clock.doubt_ms, 50, 'an old answer is forgotten: clocks drift');
});
