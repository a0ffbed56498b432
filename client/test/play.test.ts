// Promise: the past is played at the rate that was chosen, group by group; silence is cut short.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Play } from '../src/main/history/play.ts';
import { RATES } from '../src/ui/history/bar.ts';
import { Archive } from '../src/world/archive.ts';
import type { LogRecord } from '../src/world/moment.ts';

const START_MS = 1_700_000_000_000;
const FRAME_S = 1 / 64; // its multiples add up without rounding
const FRAME_MS = FRAME_S * 1000;

/** A log whose groups are written at these times, in milliseconds after the start. */
function logAt(groups: readonly (readonly [at_ms: number, records: number])[]): LogRecord[] {
  const found: LogRecord[] = [];
  for (const [at, count] of groups) {
    const group = found.length + 1;
    for (let i = 0; i < count; i++)
      found.push({
        ...{ seq: found.length + 1, hash: '', group, time: (START_MS + at) * 1000, version: 1 },
        ...{ actor: 'guest:ada0', cause: 'do:v1:1', kind: 'Said', data: { text: String(at) } },
      });
  }
  return found;
}

interface Stage {
  play: Play;
  /** What was shown, and the time that the clock showed then. */
  shown: { seq: number; ms: number; said: number }[];
  ended(): boolean;
}

/** A clock at a log's first record, running; all of the log is at hand. */
async function playing(
  records: LogRecord[],
  rate: number,
  recorded: (ms: number) => boolean = () => false,
  begins: (ms: number) => number = () => Infinity,
): Promise<Stage> {
  const load = async (after: number, limit: number) => records.slice(after, after + limit);
  const archive = new Archive(load, records.length);
  await archive.ensure(0, records.length);
  const shown: Stage['shown'] = [];
  let over = false;
  const play = new Play(archive, {
    covers: recorded,
    begins,
    show: (seq, said) => shown.push({ seq, ms: play.ms, said: said.length }),
    end: () => (over = true),
  });
  play.set(1, START_MS);
  play.rate = rate;
  play.playing = true;
  return { play, shown, ended: () => over };
}

test('a quarter to sixteen times the speed are offered', () => {
  assert.equal(RATES[0], 0.25);
  assert.equal(RATES.at(-1), 16);
  assert.ok((RATES as readonly number[]).includes(1));
});

for (const rate of RATES) {
  test(`at ${rate} times the speed, so much of the log's time goes by in a second`, async () => {
    const busy = logAt(Array.from({ length: 400 }, (_, i) => [i * 100, 1] as const));
    const { play, shown, ended } = await playing(busy, rate);
    for (let i = 0; i < 64; i++) play.frame(FRAME_S);
    assert.equal(play.ms - START_MS, rate * 1000);
    assert.equal(shown.at(-1)!.seq, 1 + Math.floor((rate * 1000) / 100));
    for (const { seq, ms } of shown) {
      const at = START_MS + (seq - 1) * 100;
      assert.ok(at <= ms, 'nothing is shown before its time');
      assert.ok(ms - at < 100 + FRAME_MS * rate, 'and nothing later than the frame after it');
    }
    for (let i = 0; i < 16_000 && !ended(); i++) play.frame(FRAME_S);
    assert.equal(shown.at(-1)!.seq, busy.length, 'the end is reached');
    assert.ok(!play.playing);
  });

  test(`at ${rate} times the speed, an hour of silence is half a second long`, async () => {
    const quiet = logAt([[0, 1], [3_600_000, 1], [3_600_100, 1]]);
    const { play, shown } = await playing(quiet, rate);
    let frames = 0;
    for (; frames < 640 && shown.length === 0; frames++) play.frame(FRAME_S);
    assert.ok(Math.abs(frames * FRAME_S - 0.5) < 3 * FRAME_S, `${frames} frames`);
  });
}

test('the rate can be changed while it plays', async () => {
  const busy = logAt(Array.from({ length: 400 }, (_, i) => [i * 100, 1] as const));
  const { play } = await playing(busy, 16);
  for (let i = 0; i < 32; i++) play.frame(FRAME_S);
  play.rate = 0.25;
  for (let i = 0; i < 64; i++) play.frame(FRAME_S);
  assert.equal(play.ms - START_MS, 8250);
});

test('a leap over much shows the newest whole group and tells all that was said', async () => {
  const records = logAt([[0, 1], [1000, 3], [1010, 1], [2000, 2]]);
  const { play, shown } = await playing(records, 16);
  play.frame(0.1);
  assert.deepEqual(
    shown.map(({ seq, said }) => [seq, said]),
    [[5, 4]],
  );
});

test('where people’s motion was recorded, silence is played through', async () => {
  const quiet = logAt([[0, 1], [60_000, 1]]);
  const { play, shown } = await playing(quiet, 1, (ms) => ms < START_MS + 60_000);
  for (let i = 0; i < 640; i++) play.frame(FRAME_S);
  assert.deepEqual(shown, []);
  assert.equal(play.ms - START_MS, 10_000);
});

test('what is not at hand is waited for: the clock stands, and then goes on', async () => {
  const records = logAt([[0, 1], [100, 1], [200, 1]]);
  let give = () => undefined as void;
  const gate = new Promise<void>((resolve) => (give = resolve));
  const archive = new Archive(async (after, limit) => {
    await gate;
    return records.slice(after, after + limit);
  }, records.length);
  const shown: number[] = [];
  const play = new Play(archive, {
    covers: () => false,
    begins: () => Infinity,
    show: (seq) => shown.push(seq),
    end: () => undefined,
  });
  play.set(1, START_MS);
  play.playing = true;
  for (let i = 0; i < 60; i++) play.frame(FRAME_S);
  assert.equal(play.ms, START_MS);
  give();
  await archive.ensure(0, records.length);
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 60; i++) play.frame(FRAME_S);
  assert.deepEqual(shown, [2, 3]);
});

test('a stretch is played up to its end and no further, and then waits there', async () => {
  const busy = logAt(Array.from({ length: 40 }, (_, i) => [i * 100, 1] as const));
  const { play, shown, ended } = await playing(busy, 1);
  play.until = 12;
  for (let i = 0; i < 640; i++) play.frame(FRAME_S);
  assert.equal(shown.at(-1)!.seq, 12);
  assert.equal(play.playing, false);
  assert.equal(ended(), false);
  assert.equal(play.until, null, 'who goes on from there goes on to the end');
});

test('silence ends where recorded motion begins, not only where something happens next', async () => {
  const quiet = logAt([[0, 1], [60_000, 1]]);
  const recorded = (ms: number) => ms - START_MS >= 40_000 && ms - START_MS <= 60_000;
  const begins = (ms: number) => (ms < START_MS + 40_000 ? START_MS + 40_000 : Infinity);
  const { play } = await playing(quiet, 1, recorded, begins);
  for (let i = 0; i < 64; i++) play.frame(FRAME_S);
  const at = play.ms - START_MS;
  assert.ok(at >= 39_500 && at < 42_000, `the clock stands at ${at}`);
});

test('a stretch that ends inside a group is played to the end of that group, and ends', async () => {
  const groups = logAt([[0, 1], [100, 4], [200, 1], [300, 1]]);
  const { play, shown } = await playing(groups, 1);
  play.until = 3;
  for (let i = 0; i < 64; i++) play.frame(FRAME_S);
  assert.deepEqual(shown.map(({ seq }) => seq), [5]);
  assert.equal(play.playing, false);
});

test('a stretch that ends with something hidden is played until its time is over', async () => {
  const hidden = (seq: number): LogRecord => ({ seq, hash: '', redacted: true });
  const [first, second] = logAt([[0, 1], [100, 1]]);
  const [last] = logAt([[2_000, 1]]);
  const recorded = (ms: number) => ms - START_MS < 4_000;
  for (const [after, over_ms] of [
    [[{ ...last!, seq: 4, group: 4 }], 2_000],
    [[], 4_000],
  ] as const) {
    const { play, shown } = await playing([first!, second!, hidden(3), ...after], 1, recorded);
    play.until = 3;
    for (let i = 0; i < 64; i++) play.frame(FRAME_S);
    assert.equal(shown.at(-1)!.seq, 3);
    assert.equal(play.playing, true, 'its motion is still shown');
    for (let i = 0; i < 320; i++) play.frame(FRAME_S);
    assert.equal(play.playing, false);
    assert.ok(play.ms - START_MS >= over_ms && play.ms - START_MS < over_ms + 100);
    assert.equal(shown.at(-1)!.seq, 3);
  }
});
