// Promise: a code stands for the same choice here and in Python, and any text is some choice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAvatar, encodeAvatar, lchOf, randomAvatar } from '../src/world/avatar.ts';
import { recallSelf, rememberSelf } from '../src/net/memory.ts';
import { FIELDS, PRESETS } from '../src/world/wardrobe.generated.ts';

test('a code is a choice and back again', () => {
  for (const code of PRESETS) assert.equal(encodeAvatar(decodeAvatar(code)), code);
  for (let i = 0; i < 300; i++) {
    const code = randomAvatar();
    assert.match(code, /^[\w-]{0,64}$/);
    assert.equal(encodeAvatar(decodeAvatar(code)), code);
  }
});

test('any text is some choice inside the wardrobe', () => {
  for (const text of ['', '<b>', '_'.repeat(90), '日本', PRESETS[0].slice(0, 5)]) {
    const choice = decodeAvatar(text);
    for (const [key, choices] of FIELDS) assert.ok(choice[key] >= 0 && choice[key] < choices);
    assert.equal(lchOf(choice, 'skin').length, 3);
  }
});

test('a browser remembers who its person wants to be, and how far that is kept', () => {
  const kept = new Map<string, string>();
  const drawer = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  assert.deepEqual(recallSelf(drawer), { name: '', avatar: null, vrm: '', state: 'random' });
  for (const state of ['random', 'chosen', 'kept'] as const)
    for (const vrm of ['', 'a'.repeat(64)])
      for (const avatar of ['', PRESETS[1]]) {
        rememberSelf({ name: 'Ann', avatar, vrm, state }, drawer);
        assert.deepEqual(recallSelf(drawer), { name: 'Ann', avatar, vrm, state });
      }
  kept.set('worldloom.avatar', 'nonsense with spaces');
  assert.equal(recallSelf(drawer).avatar, null);
});
