import { mixOklch, type Oklch } from './oklch.ts';
import { hours, type Palette } from './palette.ts';
import { Color, DataTexture, Vector3, Vector4 } from './three.ts';

const POINTS = 8;

function vectors(): Vector4[] {
  return Array.from({ length: POINTS }, () => new Vector4(0, 0, 0, 1));
}

/** Uniforms that every material of one stage shares; changing a value here changes all of them. */
export function lightUniforms() {
  const dark = new DataTexture(new Uint8Array([0, 0, 0, 255]), 1, 1);
  dark.needsUpdate = true;
  return {
    uSun: { value: new Vector3(0, 1, 0) },
    uSunColor: { value: new Color() },
    uGlow: { value: new Color() },
    uFog: { value: new Color() },
    uZenith: { value: new Color() },
    uMiddle: { value: new Color() },
    uHorizon: { value: new Color() },
    uGround: { value: new Color() },
    uCloud: { value: new Color() },
    uCloudShade: { value: new Color() },
    uSkyFill: { value: new Color() },
    uGroundFill: { value: new Color() },
    uRoom: { value: new Color() },
    uGlowPower: { value: 0 },
    uLamp: { value: 0 },
    uTime: { value: 0 },
    uFogDensity: { value: 0.002 },
    uExposure: { value: 1 },
    uVeil: { value: 1 },
    uGlass: { value: 1 },
    uStars: { value: 0 },
    uCover: { value: 0.5 },
    uDisc: { value: 1 },
    uLampMap: { value: dark },
    uLampArea: { value: new Vector4(0, 0, 0, 0) },
    uPoint: { value: vectors() },
    uPointColor: { value: vectors() },
    uPointCone: { value: vectors() },
    uPoints: { value: 0 },
  };
}

export type LightUniforms = ReturnType<typeof lightUniforms>;

/** What the hour asks of three's own lights. */
export interface HourLight {
  sunPower: number;
  sunColor: Color;
  skyLight: Color;
  groundLight: Color;
  fillPower: number;
  environment: number;
  exposure: number;
}

type ColorKey = {
  [K in keyof Palette]: Palette[K] extends number ? never : K;
}[keyof Palette];
type NumberKey = Exclude<keyof Palette, ColorKey>;

/** Writes the light of an hour (0..24) into the uniforms; clouds 0..1 shifts the cover. */
export function setHour(uniforms: LightUniforms, hour: number, clouds: number): HourLight {
  const h = ((hour % 24) + 24) % 24;
  const after = Math.max(
    1,
    hours.findIndex((entry) => entry.hour > h),
  );
  const a = hours[after - 1]!;
  const b = hours[after]!;
  const linear = (h - a.hour) / (b.hour - a.hour);
  const t = linear * linear * (3 - 2 * linear);
  const number = (key: NumberKey) => a.palette[key] + (b.palette[key] - a.palette[key]) * t;
  const color = (key: ColorKey, target?: Color) =>
    mixOklch(a.palette[key] as Oklch, b.palette[key] as Oklch, t, target);

  const elevation = radians(a.sun[0] + (b.sun[0] - a.sun[0]) * linear);
  const azimuth = radians(a.sun[1] + (b.sun[1] - a.sun[1]) * linear);
  uniforms.uSun.value
    .set(
      Math.sin(azimuth) * Math.cos(elevation),
      Math.sin(elevation),
      -Math.cos(azimuth) * Math.cos(elevation),
    )
    .normalize();
  color('zenith', uniforms.uZenith.value);
  color('middle', uniforms.uMiddle.value);
  color('horizon', uniforms.uHorizon.value);
  color('ground', uniforms.uGround.value);
  color('glow', uniforms.uGlow.value);
  color('cloud', uniforms.uCloud.value);
  color('cloudShade', uniforms.uCloudShade.value);
  color('fog', uniforms.uFog.value);
  uniforms.uGlowPower.value = number('glowPower');
  uniforms.uFogDensity.value = number('fogDensity');
  uniforms.uLamp.value = number('lamp');
  uniforms.uVeil.value = number('veil');
  uniforms.uGlass.value = number('glass');
  uniforms.uStars.value = number('stars');
  uniforms.uExposure.value = number('exposure');
  uniforms.uCover.value = number('cover') + (0.5 - clouds) * 0.42;

  const sunPower = number('sunPower') * (1 - 0.35 * Math.max(0, clouds - 0.6));
  const light: HourLight = {
    sunPower,
    sunColor: color('sun'),
    skyLight: color('skyLight'),
    groundLight: color('groundLight'),
    fillPower: number('fillPower'),
    environment: number('environment'),
    exposure: number('exposure'),
  };
  uniforms.uDisc.value = Math.min(1, sunPower);
  uniforms.uSunColor.value.copy(light.sunColor).multiplyScalar(sunPower / Math.PI);
  fillWithoutIbl(uniforms, light);
  lightRooms(uniforms);
  return light;
}

/**
 * The low tier has no image-based light: its average is folded into the hemisphere's two colours.
 */
function fillWithoutIbl(uniforms: LightUniforms, light: HourLight): void {
  const sky = uniforms.uMiddle.value
    .clone()
    .multiplyScalar(0.5)
    .add(uniforms.uZenith.value.clone().multiplyScalar(0.3))
    .add(uniforms.uHorizon.value.clone().multiplyScalar(0.2));
  const ground = uniforms.uGround.value
    .clone()
    .multiplyScalar(0.6)
    .add(sky.clone().multiplyScalar(0.22));
  const fill = light.fillPower / Math.PI;
  uniforms.uSkyFill.value
    .copy(light.skyLight)
    .multiplyScalar(fill)
    .add(sky.multiplyScalar(light.environment));
  uniforms.uGroundFill.value
    .copy(light.groundLight)
    .multiplyScalar(fill)
    .add(ground.multiplyScalar(light.environment));
}

/** What comes in through doors and paper windows: the sky, and the sun off the ground outside. */
function lightRooms(uniforms: LightUniforms): void {
  const sun = uniforms.uSunColor.value.clone().multiplyScalar(Math.max(0, uniforms.uSun.value.y));
  uniforms.uRoom.value.copy(uniforms.uSkyFill.value).multiplyScalar(1.1).add(sun.multiplyScalar(1.2));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
