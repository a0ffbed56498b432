// Promise: a world that is built gets a new picture now and then, and nobody is disturbed for it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Here } from '../src/main/here.ts';
import { keepPosters } from '../src/main/poster.ts';

const MINUTE_MS = 60_000;

/** A page with a builder in a world, and how many pictures were taken. */
class Page {
  taken = 0;
  allowed = true;
  readonly state = { seq: 1 };
  readonly here = {
    session: { state: this.state } as object | null,
    worn: null,
    stage: { settled: () => true },
  };
  readonly document = { hidden: false };
  private readonly events = new EventTarget();
  private readonly context: TestContext;

  constructor(context: TestContext, kept: 'own' | 'shipped' | 'drawn' = 'own') {
    this.context = context;
    const { document, events } = this;
    const addEventListener = events.addEventListener.bind(events);
    Object.assign(globalThis, { document, addEventListener });
    context.mock.timers.enable({ apis: ['setInterval'] });
    keepPosters(
      this.here as unknown as Here,
      () => this.allowed,
      () => Promise.resolve(void this.taken++),
      () => Promise.resolve(kept),
    );
  }

  act(): void {
    this.events.dispatchEvent(new Event('keydown'));
  }

  after(minutes: number): number {
    this.state.seq += 1;
    return this.rests(minutes);
  }

  rests(minutes: number): number {
    for (let ms = 0; ms < minutes * MINUTE_MS; ms += 1000) this.context.mock.timers.tick(1000);
    return this.taken;
  }
}

test('a picture is taken after the first minute and then every two', (t) => {
  const page = new Page(t);
  assert.equal(page.after(0.9), 0);
  assert.equal(page.after(0.2), 1);
  assert.equal(page.after(1.8), 1);
  assert.equal(page.after(0.2), 2);
  for (let rest = 0; rest < 60; rest++) page.after(1);
  assert.equal(page.taken, 32, 'an hour of building is thirty pictures and no more');
});

test('it waits for a page that is looked at, at rest, and of a builder', (t) => {
  const page = new Page(t);
  page.document.hidden = true;
  assert.equal(page.after(2), 0);
  page.document.hidden = false;
  page.act();
  assert.equal(page.after(0.05), 0, 'whoever acts is left alone');
  page.allowed = false;
  assert.equal(page.after(1), 0);
  page.allowed = true;
  assert.equal(page.after(0.1), 1);
});

test('none is taken where nothing happened, nor after the visit', (t) => {
  const page = new Page(t);
  page.after(2);
  const { seq } = page.state;
  page.state.seq = seq - 1;
  page.after(11);
  assert.equal(page.taken, 1);
  page.here.session = null;
  assert.equal(page.after(30), 1);
});

test('a world that has only a drawn picture gets a real one at once', async (t) => {
  const page = new Page(t, 'drawn');
  await Promise.resolve();
  page.act();
  assert.equal(page.rests(0.05), 1, 'also while its builder acts');
  assert.equal(page.after(1.8), 1);
  assert.equal(page.after(0.4), 2);
});

test('a picture that came with its kit stays until something happens', async (t) => {
  const page = new Page(t, 'shipped');
  await Promise.resolve();
  assert.equal(page.rests(11), 0);
  assert.equal(page.after(0.05), 1);
});
