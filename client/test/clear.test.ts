// What a panel's painter takes for nothing to paint.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isClear } from '../src/view/panels/clear.ts';

test('a colour is clear by its alpha, and not by the blue in it', () => {
  for (const clear of ['transparent', 'rgba(0, 0, 0, 0)', 'rgba(192, 77, 0, 0)', 'rgb(1 2 3 / 0)'])
    assert.equal(isClear(clear), true, clear);
  for (const seen of ['rgb(192, 77, 0)', 'rgb(0, 0, 0)', 'rgba(0, 0, 0, 0.5)', 'rgb(1 2 0)'])
    assert.equal(isClear(seen), false, seen);
});
