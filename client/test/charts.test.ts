import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extent, nameAxis, numberAxis, timeAxis } from '../src/ui/panels/chart/scales.ts';
import { heatColour } from '../src/ui/panels/chart/palette.ts';

test('marks stand at round numbers and are written with their decimals', () => {
  const written = (low: number, high: number, count: number, tight = false) => {
    const axis = numberAxis(low, high, count, tight);
    return axis.ticks.map((tick) => axis.write(tick));
  };
  assert.deepEqual(written(0, 10, 4), ['0', '2.5', '5.0', '7.5', '10.0']);
  assert.deepEqual(written(0, 1, 5), ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  assert.deepEqual(written(51, 69, 4), ['50', '55', '60', '65', '70']);
  assert.deepEqual(written(51, 69, 4, true), ['55', '60', '65']);
  assert.deepEqual(written(-2e6, 2e6, 4), ['-2M', '-1M', '0', '1M', '2M']);
});

test('an axis holds all that it shows, whatever the numbers are', () => {
  for (let seed = 1; seed < 500; seed++) {
    const low = Math.sin(seed) * 10 ** ((seed % 25) - 8);
    const high = low + Math.abs(Math.cos(seed * 7)) * 10 ** ((seed % 17) - 6);
    const axis = numberAxis(low, high, 4);
    const room = 1e-8 * Math.max(Math.abs(low), high - low);
    assert.ok(axis.low <= low + room && axis.high >= high - room, `${low} to ${high}`);
    assert.ok(axis.low < axis.high);
    assert.ok(axis.ticks.length >= 2 && axis.ticks.length < 20, `${axis.ticks.length} marks`);
    const written = new Set(axis.ticks.map((tick) => axis.write(tick)));
    if (high - low > 1e-3 * Math.abs(low)) assert.ok(written.size > 1, `${low} to ${high}`);
  }
});

test('one value, and none, have an axis too', () => {
  assert.ok(numberAxis(7, 7, 4).high > numberAxis(7, 7, 4).low);
  assert.deepEqual(extent([new Float64Array()]), [0, 1]);
  assert.deepEqual(extent([Float64Array.of(Number.NaN, 3, Infinity, 2)]), [2, 3]);
});

test('marks of time stand at whole minutes, hours and days', () => {
  const day = 86_400;
  assert.deepEqual(timeAxis(0, 240, 4).ticks, [0, 60, 120, 180, 240]);
  for (const tick of timeAxis(1_700_000_123, 1_700_000_123 + 5 * day, 5).ticks) {
    const date = new Date(tick * 1000);
    assert.equal(date.getMinutes() + date.getSeconds(), 0);
  }
});

test('of many names only as many are written as there is room for', () => {
  const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
  assert.equal(nameAxis(names, 5).ticks.length, 5);
  assert.equal(nameAxis(names, 5).write(20), 'n20');
});

test('colours of heat go from dark to light', () => {
  assert.equal(heatColour(0), 'rgb(68 1 84)');
  assert.equal(heatColour(1), 'rgb(253 231 37)');
  assert.equal(heatColour(9), heatColour(1));
});
