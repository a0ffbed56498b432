// Promise: poses come just before the server's tick, on any way and at any frame rate, and find
// back there after the server stood still.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PhaseLock } from '../src/net/phase-lock.ts';
import { PoseSender } from '../src/net/pose-sender.ts';

interface Way {
  fps: number;
  way_ms: number;
  jitter_ms?: number;
  /** Parts per million by which the server's clock goes faster. */
  drift?: number;
  /** When the server stands still for how long. */
  stall?: { at: number; for: number };
  locked?: boolean;
}

interface Wait {
  at: number;
  ms: number;
}

/** A page that walks and a server that ticks, for ten seconds; waits of poses for their tick. */
function play(conditions: Way, seconds = 10): { waits: Wait[]; lock: PhaseLock } {
  const { fps, way_ms, jitter_ms = 0, drift = 0, stall, locked = true } = conditions;
  let seed = 7;
  const chance = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const lock = new PhaseLock();
  const under: { arrives: number; x: number }[] = [];
  const back: { arrives: number; x: number; phase: number }[] = [];
  const waits: Wait[] = [];
  let [now, lastUp, lastDown, x, tickAt, ticked] = [0, 0, 0, 0, 13, -37];
  const sender = new PoseSender(() => {
    // In order, as TCP has it; the server looks at its sockets every 3 ms.
    lastUp = Math.max(lastUp, now + way_ms + jitter_ms * chance() ** 2);
    under.push({ arrives: Math.ceil(lastUp / 3) * 3, x });
    return true;
  });
  if (locked) sender.lock = lock;
  let [nextFrame, stalled] = [0, false];
  for (now = 0; now < seconds * 1000; now += 0.5) {
    if (now >= tickAt) {
      const came = under.filter(({ arrives }) => arrives <= now);
      under.splice(0, came.length);
      for (const { arrives } of came) waits.push({ at: now, ms: now - arrives });
      const newest = came.at(-1);
      if (newest) {
        lastDown = Math.max(lastDown, now + way_ms + jitter_ms * chance() ** 2);
        const phase = Math.min(49.75, Math.round((newest.arrives - ticked) * 4) / 4);
        back.push({ arrives: lastDown, x: newest.x, phase });
      }
      ticked = now;
      tickAt += 50 * (1 - drift / 1e6);
      if (stall && now >= stall.at && !stalled) [tickAt, stalled] = [now + stall.for, true];
    }
    while (back[0] && back[0].arrives <= now) {
      const { x: seenX, phase: phase_ms } = back.shift()!;
      lock.heard({ slot: 0, generation: 0, x: seenX, y: 0, z: 0, yaw: 0, anim: 1, phase_ms });
    }
    if (now >= nextFrame) {
      nextFrame += 1000 / fps;
      x += 0.05;
      sender.offer({ x, y: 0, z: 0, yaw: 0, anim: 1 }, now + chance());
    }
  }
  return { waits, lock };
}

/** The wait that so many of a hundred poses stay under, from a moment on. */
function under(waits: Wait[], percent: number, from = 2000): number {
  const all = waits.filter(({ at }) => at > from).map(({ ms }) => ms);
  assert.ok(all.length > 20, `${all.length} poses`);
  return all.sort((a, b) => a - b)[Math.floor((all.length * percent) / 100)]!;
}

for (const fps of [60, 72, 90, 120, 144])
  for (const way_ms of [0.2, 12, 40, 95, 180])
    test(`poses come just in time at ${fps} frames a second, ${way_ms} ms away`, () => {
      const { waits, lock } = play({ fps, way_ms, jitter_ms: 2 });
      const most = 1000 / fps + 20; // a frame, the lead, and a look at the sockets
      assert.ok(under(waits, 99) < most, `${under(waits, 99)} ms`);
      assert.ok(lock.locked);
    });

test('without the lock they lie there for as long as chance has it', () => {
  const ways = [3, 13, 23, 33, 43].map((way_ms) => play({ fps: 60, way_ms, locked: false }));
  assert.ok(Math.max(...ways.map(({ waits }) => under(waits, 50))) > 35);
});

test('hardly any tick goes without a pose', () => {
  const { waits } = play({ fps: 60, way_ms: 30, jitter_ms: 4 });
  const ticks = new Set(waits.filter(({ at }) => at > 2000).map(({ at }) => at)).size;
  assert.ok(ticks > 0.97 * 160, `${ticks} of 160`);
});

test('a way that jitters makes poses leave earlier, within bounds', () => {
  const calm = play({ fps: 60, way_ms: 20 }).lock.lead_ms;
  const rough = play({ fps: 60, way_ms: 20, jitter_ms: 20 });
  assert.ok(calm < rough.lock.lead_ms && rough.lock.lead_ms <= 20);
  assert.ok(under(rough.waits, 50) < 35, `${under(rough.waits, 50)} ms`);
});

test('a clock that goes faster is followed', () => {
  const { waits } = play({ fps: 60, way_ms: 20, jitter_ms: 1, drift: 300 }, 30);
  assert.ok(under(waits, 99) < 37, `${under(waits, 99)} ms`);
});

test('after the server stood still the lock is found again within a second', () => {
  const stall = { at: 4000, for: 227 };
  const { waits, lock } = play({ fps: 60, way_ms: 20, jitter_ms: 1, stall });
  assert.ok(under(waits, 99, 5300) < 37, `${under(waits, 99, 5300)} ms`);
  assert.ok(lock.locked);
});

test('a slow page sends with every frame', () => {
  const { waits } = play({ fps: 8, way_ms: 20 });
  assert.ok(waits.length > 75, `${waits.length}`);
});

test('what the server did not take from us teaches nothing', () => {
  const lock = new PhaseLock();
  lock.sent({ x: 1, y: 0, z: 1, yaw: 0, anim: 0 }, 0);
  lock.heard({ slot: 0, generation: 0, x: 5, y: 0, z: 1, yaw: 0, anim: 0, phase_ms: 10 });
  assert.equal(lock.locked, false);
  lock.heard({ slot: 0, generation: 0, x: 1, y: 0, z: 1, yaw: 0, anim: 0, phase_ms: 10 });
  assert.equal(lock.locked, true);
});
