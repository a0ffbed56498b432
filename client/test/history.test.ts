// Promise: the history tells every group as a person would, newest first, whole and in pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrackRow } from '../src/net/past.ts';
import { Feed } from '../src/ui/history/feed.ts';
import { EVERYTHING, groupsOf, passes } from '../src/ui/history/groups.ts';
import { Names } from '../src/ui/history/names.ts';
import { sentence, spaced } from '../src/ui/history/sentences.ts';
import { ago } from '../src/ui/history/times.ts';
import { fieldChanges, movedBy, swatchOf, wordOf } from '../src/ui/history/values.ts';
import { Archive, PAGE_RECORDS } from '../src/world/archive.ts';
import type { LogRecord } from '../src/world/moment.ts';
import { Track, poseAt } from '../src/world/track.ts';

type Told = [kind: string, data?: Record<string, unknown>];
const DO = 'do:v1:1';

/** A log that Ada and Bob wrote, group by group. */
function logOf(...groups: [actor: string, cause: string, ...records: Told[]][]): LogRecord[] {
  const records: LogRecord[] = [];
  for (const [actor, cause, ...told] of groups) {
    const group = records.length + 1;
    for (const [kind, data = {}] of told)
      records.push({
        ...{ seq: records.length + 1, hash: '', group, time: group * 1e6, version: 1 },
        ...{ actor, cause, kind, data },
      });
  }
  return records;
}

const ENTERED: Told = ['Entered', { visitor: 1, account: 'guest:ada0', name: 'Ada' }];
const BOB: Told = ['Entered', { visitor: 2, account: 'guest:bob0', name: 'Bob' }];
const LAMP: Told = [
  'Spawned',
  { id: 3, name: 'lamp', parent: null, components: { Color: { value: '#000000' } } },
];
const painted = (previous: number): Told => [
  'Changed',
  { id: 3, component: 'Color', data: { value: '#ffffff' }, previous },
];

function told(...more: [actor: string, cause: string, ...records: Told[]][]): string {
  const records = logOf(
    ['guest:ada0', 'enter:v1', ENTERED],
    ['guest:bob0', 'enter:v2', BOB],
    ['guest:ada0', DO, LAMP],
    ...more,
  );
  const names = new Names({ look: (seq) => records[seq - 1] });
  for (const record of records) names.learn(record);
  const before = ({ data }: LogRecord) => {
    const earlier = records[(data!['previous'] as number) - 1]?.data;
    return earlier?.['data'] ?? (earlier?.['components'] as object | undefined);
  };
  return sentence(groupsOf(records).at(-1)!, names, before);
}

test('a group is told as a person would tell it', () => {
  assert.equal(told(), 'Ada made the lamp');
  assert.equal(told(['guest:bob0', 'do:v2:1', painted(3)]), 'Bob painted the lamp');
  assert.equal(told(['guest:ada0', DO, ['Despawned', { id: 3 }]]), 'Ada removed the lamp');
  const removed: Told = ['Removed', { id: 3, component: 'Color' }];
  assert.equal(told(['guest:ada0', DO, removed]), 'Ada took Color off the lamp');
  const said: Told = ['Said', { name: 'Ada', text: 'hello' }];
  assert.equal(told(['guest:ada0', DO, said]), 'Ada said “hello”');
  assert.equal(told(['guest:ada0', DO, ['Click', { entity: 3 }]]), 'Ada clicked the lamp');
  assert.equal(told(['guest:bob0', 'leave:v2', ['Left', { visitor: 2 }]]), 'Bob left');
});

test('what is made along with a thing, and a word that its name says, is not told twice', () => {
  const note: Told = ['Spawned', { id: 4, name: 'note 1', parent: 3, components: {} }];
  const ink: Told = ['Spawned', { id: 5, name: 'writing 1', parent: 4, components: {} }];
  assert.equal(told(['guest:ada0', DO, note, ink]), 'Ada made the note 1');
  const kept = (component: string): Told => ['Changed', { id: 3, component, data: {} }];
  assert.equal(told(['guest:ada0', DO, kept('kit.Lamp')]), 'Ada changed the lamp');
  const oil = told(['guest:ada0', DO, kept('kit.OilLevel')]);
  assert.equal(oil, 'Ada changed the oil level of the lamp');
});

test('a move, a turn and a new size are told apart', () => {
  const at = { position: [0, 0, 0], rotation: [0, 0, 0, 1], scale: [1, 1, 1] };
  const placed = (data: object, previous: number): Told => [
    'Changed',
    { id: 3, component: 'Transform', data, previous },
  ];
  const first: [string, string, Told] = ['guest:ada0', DO, placed(at, 0)];
  const then = (change: object) => told(first, ['guest:ada0', DO, placed({ ...at, ...change }, 4)]);
  assert.equal(then({ position: [1, 0, 0] }), 'Ada moved the lamp');
  assert.equal(then({ scale: [2, 2, 2] }), 'Ada resized the lamp');
  assert.equal(then({ rotation: [0, 1, 0, 0] }), 'Ada turned the lamp');
});

test('undoing is told with what it touched, and whose it was', () => {
  const undone = (actor: string, data: object, ...more: Told[]) =>
    told([actor, DO, ['Undone', { group: 3, ...data }], ...more]);
  const own = { undone: true, by: 'guest:ada0' };
  assert.equal(undone('guest:ada0', own, painted(3)), 'Ada undid a change to the lamp');
  assert.equal(undone('guest:ada0', own), 'Ada undid a change');
  assert.equal(
    undone('guest:ada0', { undone: false, by: 'guest:ada0' }, painted(3)),
    'Ada redid a change to the lamp',
  );
  assert.equal(
    undone('guest:ada0', { undone: true, by: 'guest:bob0' }, painted(3)),
    'Ada undid Bob’s change to the lamp',
  );
});

test('a mark that a group reached beyond the world does not hide what it did', () => {
  const granted: Told = ['Granted', { account: 'guest:bob0', role: 'builder' }];
  const bound: Told = ['Bound', { what: 'Granted', fix: '' }];
  assert.equal(told(['guest:ada0', DO, bound, granted]), 'Ada made Bob a builder');
});

test('what a forgotten person said is told without it', () => {
  const forgotten: Told = ['Said', { visitor: 2, name: null, text: null }];
  assert.equal(
    told(['guest:bob0', 'do:v9:1', forgotten]),
    'Bob said something that is forgotten',
  );
});

test('what a program read, where it went and what it was refused is told in few words', () => {
  const helper = 'guest:ada0/agent:helper';
  const ways = [['look', 1200], ['find', 1]];
  assert.equal(
    told([helper, 'look:guest:ada0', ['Looked', { seconds: 60, ways }]]),
    'helper for Ada read this world: look 1,200 times, find once',
  );
  assert.equal(
    told([helper, DO.replace('v1', 'v9'), ['Went', { visitor: 9, position: [1, 0, -2.04] }]]),
    'helper for Ada went to 1, 0, -2',
  );
  const refused = { call: 'go', code: 'missing_scope', missing: 'act' };
  assert.equal(
    told([helper, 'call:guest:ada0', ['CallRefused', refused]]),
    'helper for Ada was refused go: it lacks act',
  );
});

test('a recording is told as what it is: who began and ended it, and who agreed', () => {
  const sign: Told = ['Spawned', { id: 4, name: 'recording', parent: null, components: {} }];
  const turned = (on: boolean): Told => [
    'Changed',
    { id: 4, component: 'Recording', data: { on } },
  ];
  assert.equal(told(['guest:ada0', DO, sign, turned(true)]), 'Ada began a recording of motion');
  assert.equal(told(['guest:ada0', DO, turned(false)]), 'Ada ended the recording of motion');
  const both = told(['guest:ada0', DO, LAMP, turned(true)]);
  assert.equal(both, 'Ada made the lamp and began a recording of motion');
  const agreed = (on: boolean): Told => ['Consented', { visitor: 2, on }];
  assert.equal(told(['guest:bob0', 'do:v2:1', agreed(true)]), 'Bob agreed to be recorded');
  assert.equal(told(['guest:bob0', 'do:v2:1', agreed(false)]), 'Bob is recorded no longer');
});

test('a kit’s own fact is told by its name', () => {
  assert.equal(spaced('mall.OrderPaid'), 'order paid (mall)');
  assert.equal(told(['guest:ada0', DO, ['mall.OrderPaid']]), 'Ada: order paid (mall)');
});

test('groups are found by person, by kind and by thing', () => {
  const [lamp, said] = groupsOf(
    logOf(['guest:ada0', DO, LAMP, painted(1)], ['guest:bob0', DO, ['Said', { text: 'a' }]]),
  );
  assert.ok(passes(lamp!, EVERYTHING) && passes(said!, EVERYTHING));
  const bobs = { ...EVERYTHING, actor: 'guest:bob0' };
  assert.ok(!passes(lamp!, bobs) && passes(said!, bobs));
  assert.ok(passes(lamp!, { ...EVERYTHING, category: 'changed' }), 'one of its records is one');
  assert.ok(!passes(said!, { ...EVERYTHING, thing: 3 }));
});

test('a long log is read in pages from its end, and no group is torn at a page’s edge', async () => {
  const records = logOf(
    ...Array.from({ length: 400 }, (_, i): [string, string, Told, Told] => [
      ...(['guest:ada0', DO] as const),
      ...([painted(i), painted(i)] as const),
    ]),
  );
  const archive = new Archive(async (after, limit) => records.slice(after, after + limit), 800);
  const feed = new Feed(archive, () => undefined);
  await feed.older();
  assert.ok(feed.shown.length <= PAGE_RECORDS / 2, 'one page is not the whole');
  while (!feed.whole) await feed.older();
  assert.deepEqual(
    feed.shown.map(({ first, last }) => [first, last]),
    Array.from({ length: 400 }, (_, i) => [799 - 2 * i, 800 - 2 * i]),
  );
});

test('what is written meanwhile comes at the top', async () => {
  const records = logOf(['guest:ada0', DO, LAMP]);
  const archive = new Archive(async (after, limit) => records.slice(after, after + limit), 1);
  const feed = new Feed(archive, () => undefined);
  await feed.older();
  records.push({ ...records[0]!, seq: 2, group: 2, kind: 'Said', data: { text: 'new' } });
  archive.head = 2;
  assert.equal(await feed.newer(), 1);
  assert.equal(feed.shown[0]?.category, 'talk');
  assert.equal(await feed.newer(), 0);
});

test('values are told in few words, colours by a swatch', () => {
  assert.equal(wordOf([1, 0.123456, -2]), '1, 0.12, -2');
  assert.match(wordOf(1_796_257_220_986_132), /^\w{3} 3 Dec, \d\d:\d\d:20$/, 'UTC microseconds');
  assert.equal(wordOf(9_007_199_254_740_991), '9,007,199,254,740,991', 'and a number is a number');
  assert.equal(wordOf([0, Math.SQRT1_2, 0, Math.SQRT1_2], 'rotation'), '90°');
  assert.equal(swatchOf({ value: '#ff8800', glow: 1 }), '#ff8800');
  assert.equal(swatchOf('no colour', 'value'), null);
  const [black, white] = ['#000000', '#ffffff'].map((value) => ({ value, glow: 0 }));
  const changes = fieldChanges('Color', black, white);
  assert.deepEqual(changes, [
    { component: 'Color', field: 'value', before: '#000000', after: '#ffffff' },
  ]);
  assert.equal(movedBy({ position: [0, 0, 0] }, { position: [3, 0, 4] }), 5);
});

test('how long ago something was is told in the unit that fits', () => {
  const now = 1_800_000_000_000;
  assert.equal(ago(now - 1000, now), 'just now');
  assert.equal(ago(now - 3 * 60_000, now), '3 minutes ago');
  assert.equal(ago(now - 86_400_000, now), 'yesterday');
});

const WAY: TrackRow = {
  visitor: 'v1',
  name: 'Ada',
  looks: [
    { t_ms: 0, avatar: 'coat', vrm: '' },
    { t_ms: 200, avatar: 'coat', vrm: 'f00d' },
  ],
  t_ms: [0, 100, 200, 5000],
  x: [0, 1, 2, 2],
  y: [0, 0, 0, 0],
  z: [0, 0, 0, 1],
  heading: [0, 0, 3.1, -3.1],
};

test('a recorded person walks between samples, stands in a pause, and is gone before and after', () => {
  assert.equal(poseAt(WAY, 50)?.x, 0.5);
  assert.equal(poseAt(WAY, 50)?.anim, 2);
  assert.equal(poseAt(WAY, 3000)?.z, 0);
  assert.equal(poseAt(WAY, 3000)?.anim, 0);
  assert.equal(poseAt(WAY, 4900)?.z, 0.5);
  assert.ok(Math.abs(poseAt(WAY, 4900)!.yaw) > 3, 'turns the shorter way');
  assert.equal(poseAt(WAY, -1), null);
  assert.equal(poseAt(WAY, 5001), null);
});

test('evidence tells what they did and where head and hands were', () => {
  const head = [0, 1.7, 0, 0, 0, 0, 1, 0];
  const fist = [0.3, 1.5, -0.4, 0, 0, 0, 1, 1];
  const limbs = [null, [head, null, fist], [head, null, fist], null] as const;
  const way: TrackRow = { ...WAY, animation: [0, 3, 3, 5], limbs };
  const track = new Track({ id: 'r1', start_us: 0, tracks: [way] });
  assert.equal(track.at(90).get('v1')?.pose.anim, 3);
  assert.equal(track.at(90).get('v1')?.limbs, null);
  assert.equal(track.at(4999).get('v1')?.pose.anim, 5);
  assert.deepEqual(track.at(150).get('v1')?.limbs, {
    head: { place: [0, 1.7, 0], turn: [0, 0, 0, 1], grip: 0 },
    left: null,
    right: { place: [0.3, 1.5, -0.4], turn: [0, 0, 0, 1], grip: 1 },
  });
  assert.equal(track.at(5000).get('v1')?.limbs, null);
});

test('a recording has everyone of whom something was kept', () => {
  const empty = { ...WAY, visitor: 'v2', t_ms: [] };
  const track = new Track({ id: 'r1', start_us: 1_000_000, tracks: [WAY, empty] });
  assert.deepEqual([track.from_ms, track.until_ms], [1000, 6000]);
  assert.deepEqual([...track.at(1050).keys()], ['v1']);
  assert.equal(track.at(1050).get('v1')?.name, 'Ada');
  assert.equal(track.at(1050).get('v1')?.vrm, '');
  assert.equal(track.at(1250).get('v1')?.vrm, 'f00d', 'in what they changed into');
  assert.equal(track.at(1250).get('v1')?.avatar, 'coat');
});
