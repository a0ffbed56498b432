// Promise: what could not be loaded is told with the reason that is known, and no longer than that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../src/view/context.ts';
import { say } from '../src/ui/lost/words.ts';
import { Lacking, reasonOf, type Loss } from '../src/view/media/loss.ts';

test('the reason is what the server answered, the line, or the file itself', () => {
  const answered = (cause: number) => reasonOf(new Error('/assets/0', { cause }));
  assert.deepEqual([404, 403, 500].map(answered), ['gone', 'forbidden', 'refused']);
  assert.equal(reasonOf(new TypeError('Failed to fetch')), 'offline');
  assert.equal(reasonOf(new TypeError('x is undefined')), 'unreadable');
  assert.equal(reasonOf(new DOMException('no picture', 'EncodingError')), 'unreadable');
});

test('a part that lacks its file tells it once, and takes it back when it has come', () => {
  const lost = new Set<Loss>();
  const lacking = new Lacking({ id: 7 } as Node, 'picture', { lost });
  lacking.tell(new Error('', { cause: 404 }));
  lacking.tell(new Error('', { cause: 500 }));
  assert.deepEqual([...lost], [{ entity: 7, what: 'picture', why: 'refused' }]);
  assert.equal(
    say.named('vase', [...lost].map(say.lost)),
    'vase (its picture could not be loaded: the server does not give its file)',
  );
  lacking.over();
  assert.equal(lost.size, 0);
});
