import { Color, type Vector3Tuple } from './three.ts';

/** A colour as written by hand: lightness 0..1, chroma 0..0.4, hue in degrees. */
export type Oklch = readonly [L: number, C: number, h: number];

export function toLab([L, C, h]: Oklch): Vector3Tuple {
  const a = (h * Math.PI) / 180;
  return [L, C * Math.cos(a), C * Math.sin(a)];
}

/** OKLab to linear sRGB, clipped at zero but not at one (light may exceed white). */
export function labToLinear([L, a, b]: Vector3Tuple, target = new Color()): Color {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  target.r = Math.max(0, 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  target.g = Math.max(0, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  target.b = Math.max(0, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  return target;
}

export function oklch(L: number, C: number, h: number): Color {
  return labToLinear(toLab([L, C, h]));
}

/**
 * Mixes in OKLab: from blue to orange it passes through grey, not through green as a hue arc would.
 */
export function mixOklch(a: Oklch, b: Oklch, t: number, target?: Color): Color {
  const p = toLab(a);
  const q = toLab(b);
  return labToLinear(
    [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t, p[2] + (q[2] - p[2]) * t],
    target,
  );
}
