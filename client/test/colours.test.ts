import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { heatColour } from '../src/ui/panels/chart/palette.ts';

type Colour = readonly [number, number, number];

// How those who lack one kind of cone see linear RGB: Machado, Oliveira and Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009,
// severity 1.0 of their table.
const EYES: Record<string, readonly Colour[]> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
// So far apart in CIELAB two colours of lines are told from each other without looking twice: a
// just noticeable difference is about 2.3 (Mahy, Van Eycken and Oosterlinck, 1994).
const APART = 12;

const linear = (share: number) =>
  share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
const held = (share: number) => Math.min(1, Math.max(0, share));

function seenBy(eyes: readonly Colour[], colour: Colour): Colour {
  const [r, g, b] = colour.map((part) => linear(part / 255)) as unknown as Colour;
  return eyes.map(([x, y, z]) => held(x * r + y * g + z * b)) as unknown as Colour;
}

/** CIELAB of linear sRGB, white D65. */
function lab([r, g, b]: Colour): Colour {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const apart = (one: Colour, other: Colour) => Math.hypot(...one.map((v, i) => v - other[i]!));

/** The colours of lines in the light and the dark theme, as the page's own file has them. */
function themes(): Colour[][] {
  const css = readFileSync(new URL('../src/ui/css/panel-frame.css', import.meta.url), 'utf8');
  const found = [...css.matchAll(/--series-(\d): #([0-9a-f]{6});/g)].map(
    ([, , hex]) => [0, 2, 4].map((at) => parseInt(hex!.slice(at, at + 2), 16)) as unknown as Colour,
  );
  assert.equal(found.length, 12);
  return [found.slice(0, 6), found.slice(6)];
}

for (const [kind, eyes] of Object.entries(EYES)) {
  test(`lines of charts are told apart by ${kind} eyes, on light and dark ground`, () => {
    for (const colours of themes()) {
      const seen = colours.map((colour) => lab(seenBy(eyes, colour)));
      seen.forEach((one, i) =>
        seen.slice(i + 1).forEach((other, j) => {
          const far = apart(one, other);
          assert.ok(far >= APART, `lines ${i + 1} and ${i + j + 2} are ${far.toFixed(1)} apart`);
        }),
      );
    }
  });

  test(`a heat map grows lighter at every step for ${kind} eyes`, () => {
    const steps = Array.from({ length: 33 }, (_, at) => {
      const colour = heatColour(at / 32).match(/\d+/g)!.map(Number) as unknown as Colour;
      return lab(seenBy(eyes, colour))[0];
    });
    steps.slice(1).forEach((light, at) => assert.ok(light > steps[at]!, `step ${at + 1}`));
  });
}

test('colours that only the eyes of most tell apart are found', () => {
  const [red, green]: Colour[] = [
    [200, 60, 60],
    [113, 113, 50],
  ];
  const far = (kind: string) =>
    apart(lab(seenBy(EYES[kind]!, red!)), lab(seenBy(EYES[kind]!, green!)));
  assert.ok(far('all') > 40 && far('deutan') < 25, `${far('all')} ${far('deutan')}`);
});
