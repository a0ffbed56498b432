// Promise: nobody's body fills the picture of who looks over their own shoulder.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hides } from '../src/view/avatars/hiding.ts';

test('who stands between us and an eye behind our shoulder is not in the way', () => {
  assert.equal(hides(false, false, 1.9, 4.5), true);
  assert.equal(hides(false, false, 2.3, 4.5), false);
});

test('whom we face stays, however near the eye has come behind us', () => {
  assert.equal(hides(false, false, 1.8, 1.2), false);
  assert.equal(hides(false, false, 1.1, 1.2), false, 'nor who stands beside us');
  assert.equal(hides(false, false, 0.9, 0), false, 'where we are not there');
});

test('our own body is not in the way either', () => {
  assert.equal(hides(true, false, 0.7, 0.7), true);
  assert.equal(hides(true, false, 1, 1), false);
});

test('who looks out of their own eyes sees everyone but themselves, however near', () => {
  assert.equal(hides(false, true, 0.4, 0.2), false);
  assert.equal(hides(true, true, 3, 3), true);
});
