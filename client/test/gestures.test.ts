// Promise: what somebody does is seen of their figure: steps, a seat, each gesture, and own hands.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EMOTES, Gait } from '../src/view/avatars/gait.ts';
import { type Held, Rig } from '../src/view/avatars/rig.ts';
import { type Listing, Skeleton } from '../src/view/avatars/skeleton.ts';

type Place = [number, number, number];
const baked = new URL('../../worldloom/studio/baked/avatars/wardrobe.json', import.meta.url);
const skeleton = new Skeleton(JSON.parse(readFileSync(baked, 'utf8')) as Listing);
const build = { stretch: new Float32Array(skeleton.count * 3).fill(1), scale: 1 };
const NUMBERS = Object.fromEntries(Object.entries(EMOTES).map(([at, name]) => [name, Number(at)]));
const [STAND, WALK, RUN, SIT] = [0, 1, 2, 5];
const FRAME_S = 1 / 60;
const JOINTS = [
  'hips', 'head', 'mouth', 'rUpArm', 'lHand', 'rHand', 'lFingers', 'rFingers', 'lLoLeg', 'lFoot',
  'rFoot',
] as const; // prettier-ignore
type Seen = Record<(typeof JOINTS)[number], Place[]>;

/** Where joints are, frame by frame, once someone has done something for a second (+Z ahead). */
function frames(anim: number, speed = 0, seconds = 2): Seen {
  const [gait, rig] = [new Gait(0), new Rig(skeleton)];
  const out = new Float32Array(skeleton.count * 12);
  const seen = Object.fromEntries(JOINTS.map((joint) => [joint, [] as Place[]])) as Seen;
  for (let t = 0; t < 1 + seconds; t += FRAME_S) {
    gait.goal({ x: 0, y: 0, z: -t * speed, yaw: 0, anim });
    gait.step(FRAME_S);
    rig.pose(gait.motion, build, out, 0);
    if (t >= 1) for (const joint of JOINTS) seen[joint].push(rig.place(joint));
  }
  return seen;
}

/** How far a joint moves along an axis: across, up or ahead. */
function sway(places: readonly Place[], axis: 0 | 1 | 2): number {
  const along = places.map((place) => place[axis]);
  return Math.max(...along) - Math.min(...along);
}

const mean = (places: readonly Place[], axis: 0 | 1 | 2) =>
  places.reduce((sum, place) => sum + place[axis], 0) / places.length;

const away = (one: Place, other: Place) => Math.hypot(...one.map((part, k) => part - other[k]!));

test('who stands stands still; who walks steps foot by foot, and who runs steps farther', () => {
  const stride = (anim: number, speed: number) => {
    const { lFoot, rFoot } = frames(anim, speed);
    const ahead = lFoot.map((place, at) => place[2] - rFoot[at]![2]);
    return [Math.min(...ahead), Math.max(...ahead)] as const;
  };
  const [stood, walked, ran] = [stride(STAND, 0), stride(WALK, 1.4), stride(RUN, 4)];
  assert.ok(stood[1] - stood[0] < 0.01);
  assert.ok(walked[0] < -0.2 && walked[1] > 0.2, `${walked}`);
  assert.ok(ran[1] - ran[0] > (walked[1] - walked[0]) * 1.2, `${ran}`);
});

test('who sits has the hips at the height of a seat, and the knees before them', () => {
  const { hips, lLoLeg } = frames(SIT);
  assert.ok(Math.abs(mean(hips, 1) - 0.525) < 0.06, `${mean(hips, 1)}`);
  assert.ok(mean(lLoLeg, 2) - mean(hips, 2) > 0.25);
});

test('each gesture moves the figure as it is called', () => {
  const rest = frames(STAND);
  const [shoulder, height] = [mean(rest.rUpArm, 1), mean(rest.head, 1)];
  const does = (name: string) => frames(NUMBERS[name]!);
  const higher = ({ lHand, rHand }: Seen) => (mean(lHand, 1) > mean(rHand, 1) ? lHand : rHand);
  const said: Record<string, (seen: Seen) => boolean> = {
    wave: (seen) => mean(higher(seen), 1) > shoulder && sway(higher(seen), 0) > 0.1,
    point: (seen) => mean(higher(seen), 2) > 0.35 && mean(higher(seen), 1) > shoulder - 0.25,
    dance: ({ hips, lHand }) => sway(hips, 0) + sway(hips, 1) > 0.05 && sway(lHand, 1) > 0.1,
    clap: ({ lFingers, rFingers }) => {
      const apart = lFingers.map((place, at) => away(place, rFingers[at]!));
      return Math.min(...apart) < 0.18 && Math.max(...apart) > Math.min(...apart) + 0.1;
    },
    nod: ({ mouth }) => sway(mouth, 1) > 0.02 && sway(mouth, 0) < 0.01,
    'shake the head': ({ mouth }) => sway(mouth, 0) > 0.03 && sway(mouth, 1) < 0.01,
    cheer: ({ lHand, rHand }) => mean(lHand, 1) > height && mean(rHand, 1) > height,
    bow: ({ head }) => sway(head, 2) > 0.15 && Math.min(...head.map(([, y]) => y)) < height - 0.1,
  };
  assert.deepEqual(Object.keys(said).sort(), Object.values(EMOTES).sort());
  for (const [name, shows] of Object.entries(said)) {
    assert.ok(shows(does(name)), name);
    assert.ok(!shows(rest), `who stands does not ${name}`);
  }
});

/** A hand as a headset has it, half a metre before the chest. */
const held = (x: number, grip: number): Held => ({
  place: [x, 1.2, 0.4],
  turn: [0, 0, 0, 1],
  grip,
});

test('wrists are where a headset has the hands, and fingers are held as there', () => {
  const rig = new Rig(skeleton);
  const out = new Float32Array(skeleton.count * 12);
  const head: Held = { place: [0, 1.52, 0], turn: [0, 0, 0, 1], grip: 0 };
  const bent = (grip: number, joint: string) => {
    const { motion } = new Gait(0);
    motion.worn = { head, left: held(0.2, grip), right: held(-0.2, grip), share: 1 };
    rig.pose(motion, build, out, 0);
    for (const [side, x] of [['lHand', 0.2], ['rHand', -0.2]] as const) // prettier-ignore
      assert.ok(away(rig.place(side), [x, 1.2, 0.4]) < 0.01, `${side}: ${rig.place(side)}`);
    const [hand, finger] = ['lHand', `l${joint}`].map((name) => skeleton.at(name) * 4);
    const { turns } = rig;
    const dot = [0, 1, 2, 3].reduce((sum, k) => sum + turns[hand! + k]! * turns[finger! + k]!, 0);
    return 2 * Math.acos(Math.min(1, Math.abs(dot)));
  };
  const [OPEN, FIST, POINT] = [3, 1, 2];
  assert.ok(bent(FIST, 'Fingers') > 1.2 && bent(FIST, 'Index') > 1.2, 'a fist');
  assert.ok(bent(POINT, 'Fingers') > 1.2 && bent(POINT, 'Index') < 0.1, 'a finger points');
  assert.ok(bent(OPEN, 'Fingers') < 0.1 && bent(OPEN, 'Index') < 0.1, 'a flat hand');
});
