// Promise: what a door refuses with is shown to people in whole sentences, and is not bent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentence, sentences } from '../src/net/problem.ts';

test('a message begins with a capital and ends with a stop', () => {
  assert.equal(sentence('this token was revoked'), 'This token was revoked.');
  assert.equal(sentence('say needs a role; you are 2'), 'Say needs a role; you are 2.');
  assert.equal(sentence('Is it on?'), 'Is it on?');
  assert.equal(sentence('élan is missing'), 'Élan is missing.');
  assert.equal(sentence(''), '');
});

test('names, ids, addresses and commands stay as they are written', () => {
  assert.equal(sentence('guest:3f2a is banned'), 'guest:3f2a is banned.');
  assert.equal(sentence('my-world is full'), 'my-world is full.');
  assert.equal(sentence('/openapi.json has it'), '/openapi.json has it.');
  assert.equal(sentence('loom run --port 0'), 'loom run --port 0');
});

test('what happened and how to mend it are two sentences', () => {
  const problem = { message: 'the pump would break', fix: 'go slower' };
  assert.equal(sentences(problem), 'The pump would break. Go slower.');
  assert.equal(sentences({ message: 'eco is for winter', fix: '' }), 'Eco is for winter.');
});
