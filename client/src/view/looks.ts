import { type FieldKey, decodeAvatar, lchOf } from '../world/avatar.ts';
import { oklch } from './oklch.ts';
import type { Color } from './three.ts';

/** Fields that colour an avatar, in slot order: skin, hair, top, bottom, shoes, trim. */
const COLORED: readonly FieldKey[] = [
  'skin',
  'hair_color',
  'top_color',
  'bottom_color',
  'shoes_color',
  'trim_color',
];

/** Colours of an avatar in slot order. */
export function avatarColors(code: string): Color[] {
  const choice = decodeAvatar(code);
  return COLORED.map((key) => oklch(...lchOf(choice, key)));
}

/** Fields that colour the slots of a figure's parts, in their order. */
const SLOTS: readonly FieldKey[] = [
  'skin',
  'hair_color',
  'top_color',
  'trim_color',
  'bottom_color',
  'shoes_color',
  'eyes',
  'hat_color',
  'extra_color',
];

/** Colours of an avatar in the order of its parts' slots. */
export function avatarSlots(code: string): Color[] {
  const choice = decodeAvatar(code);
  return SLOTS.map((key) => oklch(...lchOf(choice, key)));
}
