// Promise: all who are here are drawn, the nearest best, and nobody flickers between two ways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gait } from '../src/view/avatars/gait.ts';
import { type Level, levelOf, rank } from '../src/view/avatars/levels.ts';
import { bob, motions, POSES, poseOf } from '../src/view/avatars/poses.ts';
import { seenFromAfar, Shelf } from '../src/view/avatars/shelf.ts';
import type { Tier } from '../src/view/change.ts';

const TIERS: Tier[] = ['low', 'medium', 'high'];
const ORDER: Level[] = ['figure', 'far', 'flat'];

/** How many of a crowd, a tenth of a metre behind one another, are drawn in each way. */
function counts(people: number, tier: Tier): number[] {
  const levels = Array.from({ length: people }, (_, at) => levelOf(at, 1 + at * 0.1, tier));
  return ORDER.map((one) => levels.filter((level) => level === one).length);
}

test('of any number each is drawn in some way, and only so many in costly ones', () => {
  for (const tier of TIERS) {
    const [few, many] = [counts(500, tier), counts(5000, tier)];
    assert.deepEqual(many.slice(0, 2), few.slice(0, 2), tier);
    assert.equal(many[0]! + many[1]! + many[2]!, 5000);
    assert.ok(few[0]! > 0 && few[1]! > 0 && few[2]! > 300);
  }
});

test('a better device draws more of them better, and nobody behind is drawn better', () => {
  const [low, medium, high] = TIERS.map((tier) => counts(300, tier)) as [
    number[],
    number[],
    number[],
  ];
  assert.ok(low[0]! < medium[0]! && medium[0]! < high[0]!);
  assert.ok(low[2]! > medium[2]! && medium[2]! > high[2]!);
  for (const tier of TIERS) {
    let last = 0;
    for (let at = 0; at < 300; at++) {
      const level = ORDER.indexOf(levelOf(at, 1 + at * 0.1, tier));
      assert.ok(level >= last);
      last = level;
    }
  }
});

test('who stands alone is a figure as far as one can tell, and a picture beyond', () => {
  assert.equal(levelOf(0, 11, 'low'), 'figure');
  assert.equal(levelOf(0, 13, 'low'), 'flat');
  assert.equal(levelOf(0, 25, 'medium'), 'figure');
  assert.equal(levelOf(0, 60, 'high'), 'flat');
});

test('who sways on an edge keeps what they are', () => {
  for (const tier of TIERS) {
    let level: Level = 'flat';
    let changes = 0;
    for (let step = 0; step < 200; step++) {
      const edge = { low: 12, medium: 26, high: 40 }[tier];
      const next = levelOf(0, rank(level, edge + Math.sin(step) * 0.4), tier);
      if (next !== level) changes += 1;
      level = next;
    }
    assert.ok(changes <= 1, `${changes} in ${tier}`);
  }
});

test('of two who change places again and again the figure stays a figure', () => {
  const held: Level[] = ['figure', 'flat'];
  for (let step = 0; step < 100; step++) {
    const metres = [4 + Math.sin(step) * 0.1, 4 - Math.sin(step) * 0.1];
    const order = [0, 1].sort(
      (a, b) => rank(held[a]!, metres[a]!) - rank(held[b]!, metres[b]!),
    );
    // Five others stand nearer: one place with joints is left.
    order.forEach((one, at) => {
      held[one] = levelOf(5 + at, rank(held[one]!, metres[one]!), 'low');
    });
    assert.deepEqual(held, ['figure', 'far']);
  }
});

const worn = (hair: string, top: string) => ['face-long', hair, top, 'glasses-round', 'hands'];

test('all who wear the same share a picture, whatever their face', () => {
  const parts = seenFromAfar(worn('hair-bob', 'top-tee'));
  assert.deepEqual(parts, ['face-oval', 'hair-bob', 'top-tee', 'hands']);
  assert.deepEqual(seenFromAfar(['face-soft', 'hair-bob', 'top-tee', 'hands']), parts);
});

test('who has no picture yet is shown by the one most like them, and by the plain one at first', () => {
  const shelf = new Shelf(4);
  const drawn: number[] = [];
  const draw = (_: readonly string[], row: number) => drawn.push(row) > 0;
  shelf.begin(0);
  const [a, b, c] = [
    ['hair-bob', 'top-tee', 'hands'],
    ['hair-bun', 'top-robe', 'hands'],
    ['hair-bun', 'top-tee', 'hat-cap', 'hands'],
  ] as const;
  assert.equal(shelf.rowOf('a', a), 0);
  shelf.drawNext(draw);
  const first = shelf.rowOf('a', a);
  assert.equal(first, drawn[0]);
  assert.equal(shelf.rowOf('b', b), first, 'not drawn yet');
  shelf.drawNext(() => false);
  assert.equal(shelf.rowOf('b', b), first, 'nor when its parts have not come');
  shelf.drawNext(draw);
  assert.equal(shelf.rowOf('b', b), drawn[1]);
  shelf.rowOf('c', c);
  shelf.drawNext(draw);
  assert.equal(new Set([...drawn, 0]).size, 4, 'each has a row of its own');
  assert.equal(shelf.rowOf('d', ['hair-bob', 'top-tee', 'hat-cap', 'hands']), first, 'full');
});

test('a picture that nobody needs any more makes room', () => {
  const shelf = new Shelf(2);
  const draw = () => true;
  shelf.begin(0);
  shelf.rowOf('a', ['top-tee']);
  shelf.drawNext(draw);
  shelf.begin(4);
  assert.equal(shelf.rowOf('b', ['top-robe']), 0);
  shelf.begin(6);
  shelf.rowOf('b', ['top-robe']);
  shelf.drawNext(draw);
  assert.equal(shelf.rowOf('b', ['top-robe']), 1);
});

test('from afar, too, feet go by turns, who stands stands and who sits sits', () => {
  const gait = new Gait(0);
  gait.goal({ x: 0, y: 0, z: 0, yaw: 0, anim: 0 });
  const seen: number[] = [];
  const heights: number[] = [];
  for (let i = 1; i <= 240; i++) {
    gait.goal({ x: i * 0.024, y: 0, z: 0, yaw: 0, anim: 1 });
    gait.step(1 / 60);
    const pose = poseOf(gait.motion);
    if (pose !== seen.at(-1)) seen.push(pose);
    heights.push(bob(gait.motion));
  }
  assert.match(seen.join(''), /1020102/);
  assert.ok(Math.max(...heights) > 0.015 && Math.min(...heights) < -0.015);
  motions().forEach((motion, at) => assert.equal(poseOf(motion), at));
  assert.equal(motions().length, POSES);
  assert.equal(bob(motions()[3]!), 0);
});
