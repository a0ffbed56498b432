import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lightUniforms, setHour } from '../src/view/light.ts';
import { avatarColors } from '../src/view/looks.ts';
import { randomAvatar } from '../src/world/avatar.ts';
import { mixOklch, oklch } from '../src/view/oklch.ts';

test('white in OKLCH is white in linear sRGB', () => {
  const white = oklch(1, 0, 0);
  for (const channel of [white.r, white.g, white.b]) assert.ok(Math.abs(channel - 1) < 1e-3);
});

test('half way from blue to orange is no greener than both ends', () => {
  const half = mixOklch([0.7, 0.1, 250], [0.7, 0.1, 70], 0.5);
  assert.ok(Math.max(half.r, half.g, half.b) - Math.min(half.r, half.g, half.b) < 0.05);
});

test('every hour has a sun or a moon above the horizon and finite light', () => {
  const uniforms = lightUniforms();
  for (let hour = 0; hour <= 24; hour += 0.05) {
    const light = setHour(uniforms, hour, 0.5);
    assert.ok(uniforms.uSun.value.y > 0, `hour ${hour}`);
    assert.ok(Number.isFinite(light.sunPower) && light.sunPower >= 0);
    assert.ok(light.exposure > 0.5 && light.exposure < 2);
  }
});

test('light changes without a jump, and the light source moves only while it is dark', () => {
  const uniforms = lightUniforms();
  let before = setHour(uniforms, 0, 0.5);
  let sun = uniforms.uSun.value.clone();
  for (let hour = 0.02; hour <= 24; hour += 0.02) {
    const light = setHour(uniforms, hour, 0.5);
    assert.ok(Math.abs(light.sunPower - before.sunPower) < 0.6, `power at ${hour}`);
    if (sun.angleTo(uniforms.uSun.value) > 0.1) assert.ok(light.sunPower < 0.2, `sun at ${hour}`);
    before = light;
    sun = uniforms.uSun.value.clone();
  }
});

test('midnight joins the next day', () => {
  const uniforms = lightUniforms();
  const late = setHour(uniforms, 23.999, 0.5).sunPower;
  assert.ok(Math.abs(late - setHour(uniforms, 24.001, 0.5).sunPower) < 0.01);
});

test('every figure has six colours inside the gamut', () => {
  for (let i = 0; i < 400; i++) {
    const colors = avatarColors(randomAvatar());
    assert.equal(colors.length, 6);
    for (const { r, g, b } of colors)
      assert.ok(Math.min(r, g, b) >= 0 && Math.max(r, g, b) <= 1.001);
  }
});
