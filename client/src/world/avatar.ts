import { DIGITS, FIELDS, PALETTES, PRESETS } from './wardrobe.generated.ts';

export type FieldKey = (typeof FIELDS)[number][0];
export type Palette = keyof typeof PALETTES;
/** Which choice of each field of the wardrobe. */
export type Choice = Record<FieldKey, number>;

/** Someone's figure: a code of the wardrobe, and the VRM (its sha256) that it stands in for. */
export interface Avatar {
  code: string;
  vrm: string;
}

/** The choice of a code, whatever it holds: what is unknown becomes the default. */
export function decodeAvatar(code: string): Choice {
  const rows = FIELDS.map(([key, choices, standard], at) => {
    const index = at < code.length ? DIGITS.indexOf(code[at]!) : -1;
    return [key, index >= 0 && index < choices ? index : standard];
  });
  return Object.fromEntries(rows) as Choice;
}

/** The code of a choice; defaults at its end are left out. */
export function encodeAvatar(choice: Readonly<Choice>): string {
  const given = FIELDS.map(([key]) => choice[key]);
  while (given.length > 0 && given.at(-1) === FIELDS[given.length - 1]![2]) given.pop();
  return given.map((index) => DIGITS[index]).join('');
}

/** A colour of a field's palette in OKLCH. */
export function lchOf(choice: Readonly<Choice>, key: FieldKey): readonly [number, number, number] {
  const palette = FIELDS.find(([name]) => name === key)![3] as Palette;
  return PALETTES[palette][choice[key]]!;
}

/** A figure that nobody chose: a preset in other colours. */
export function randomAvatar(random: () => number = Math.random): string {
  const any = (count: number) => Math.floor(random() * count);
  const choice = decodeAvatar(PRESETS[any(PRESETS.length)]!);
  choice.top_color = any(PALETTES.cloths.length);
  choice.trim_color = any(PALETTES.cloths.length);
  choice.hair_color = any(12);
  return encodeAvatar(choice);
}
