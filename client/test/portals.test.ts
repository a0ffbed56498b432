// Promise: who walks into a portal goes through it once; who arrives in one stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Vector3 } from 'three';
import type { Here } from '../src/main/here.ts';
import { Portals } from '../src/main/portals.ts';

/** A page in a world with one portal around the origin, and what was entered from there. */
class Page {
  readonly entered: string[] = [];
  readonly position = new Vector3(9, 0, 0);
  readonly body = { position: this.position, held: false };
  drawn = true;
  told = true;
  private readonly portals = new Portals();

  arrive(): void {
    this.body.held = true; // as frame.ts has it until all that is solid is there
    this.portals.arrived(this.position);
  }

  look(): string[] {
    const here = {
      session: {
        world: 'garden',
        state: {
          having: () => (this.told ? [1] : []),
          value: () => ({ world: 'hall', radius: 2 }),
        },
      },
      stage: { worldPosition: () => (this.drawn ? [0, 0, 0] : null) },
      walker: { body: this.body },
      enter: (world: string) => Promise.resolve(void this.entered.push(world)),
    };
    this.portals.check(here as unknown as Here);
    return this.entered;
  }
}

test('who walks into a portal enters its world once', () => {
  const page = new Page();
  assert.deepEqual(page.look(), []);
  page.position.x = 1.5;
  assert.deepEqual(page.look(), [], 'the rim does not count');
  page.position.x = 0.5;
  page.look();
  assert.deepEqual(page.look(), ['hall']);
});

test('a portal overhead is not one that is walked into', () => {
  const page = new Page();
  page.look();
  Object.assign(page.position, { x: 0, y: 4 });
  assert.deepEqual(page.look(), []);
});

test('who arrives outside goes through, however soon it is in the portal', () => {
  const page = new Page();
  page.arrive();
  page.position.x = 0; // carried there before the first look
  page.body.held = false;
  assert.deepEqual(page.look(), ['hall']);
});

for (const late of ['drawn', 'told'] as const)
  test(`who arrives in a portal stays, also where it is ${late} late`, () => {
    const page = new Page();
    page.position.x = 0;
    page.arrive();
    page[late] = false;
    assert.deepEqual(page.look(), []);
    page[late] = true;
    assert.deepEqual(page.look(), []);
    page.body.held = false;
    assert.deepEqual(page.look(), [], 'thrown back into the world that one came from');
    page.position.x = 3;
    page.look();
    page.position.x = 0;
    assert.deepEqual(page.look(), ['hall'], 'who has stepped out may go');
  });
