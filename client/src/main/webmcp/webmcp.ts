// Offers what one may do here to an agent in the browser (WebMCP). The server puts this script into
// the page for who opens it with `?webmcp`; nobody else loads it. It knows the page by its probe.

import { words } from './words.ts';

const LOOKED_MS = 2000;
const TEXT_MOST = 20_000;
const FIT = /^[A-Za-z0-9_.-]{1,64}$/;
const READS = 'look';

type Args = Record<string, unknown>;

interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: object;
  annotations: {
    readOnlyHint: boolean;
    untrustedContentHint: boolean;
    /** Chromium's own, beside the draft: more than a moment's matter. */
    consequentialHint: boolean;
  };
  execute(input: Args): Promise<string>;
}

/** What the browser offers: `document.modelContext`, and `navigator.modelContext` before. */
interface Host {
  registerTool(tool: Tool, options: { signal: AbortSignal }): unknown;
}

/** An action as `GET /api/worlds/{w}/actions` tells it. */
interface Offered {
  name: string;
  doc: string;
  schema: object;
  cost: number;
  /** Whether the server says that one's person is asked first. */
  confirm: boolean;
}

interface Probe {
  readonly world: string | null;
  readonly me: { role: string } | null;
  do(action: string, args: Args, how: Args): Promise<{ seq: number; result?: unknown }>;
  entities(): Record<string, { name: string; components: Record<string, Args> }>;
}

const probe = () => (window as unknown as { worldloom?: Probe }).worldloom;

const titled = (name: string) => {
  const text = name.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};

async function look(world: string): Promise<string> {
  const answer = await fetch(`/w/${encodeURIComponent(world)}/text`);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const texts = page.createTreeWalker(page.querySelector('main') ?? page, NodeFilter.SHOW_TEXT);
  let text = '';
  while (texts.nextNode()) text += `${texts.currentNode.textContent} `;
  const plain = text.replaceAll(/\s+/g, ' ').trim().slice(0, TEXT_MOST);
  return JSON.stringify({ untrusted: { text: plain } });
}

/** Whether a person is asked: taking back another's doing is like removing it. */
const needsYes = ({ name, confirm }: Offered, { by, group }: Args) =>
  confirm || ((name === 'undo' || name === 'redo') && (by != null || group != null));

/** The action that a thing offers, if `use` leads to one. */
function offerOf({ name }: Offered, { entity }: Args, all: Offered[]): Offered | undefined {
  if (name !== 'use') return undefined;
  const things = Object.entries(probe()!.entities());
  const found = things.find(([id, thing]) => id === entity || thing.name === entity);
  const does = found?.[1].components['Use']?.['action'];
  return all.find((one) => one.name === does);
}

/** Beside an action's own arguments: whether it is only tried, and by which key it is done once. */
const HOW = {
  dry_run: { type: 'boolean', default: false, description: words.dryRun },
  idempotency_key: { type: 'string', maxLength: 128, description: words.key },
};

/** Parts what an action takes from how it is asked for; what it calls so itself is its own. */
function partsOf({ schema }: Offered, input: Args): [args: Args, how: Args] {
  const own = Object.keys((schema as { properties?: object }).properties ?? {});
  const { dry_run, idempotency_key, ...args } = input;
  const how: Args = {};
  if (own.includes('dry_run')) args['dry_run'] = dry_run;
  else if (dry_run !== undefined) how['dry_run'] = dry_run;
  if (own.includes('idempotency_key')) args['idempotency_key'] = idempotency_key;
  else if (idempotency_key !== undefined) how['key'] = idempotency_key;
  return [args, how];
}

/** Does an action as the person whose page it is; what needs a yes is asked of them here. */
async function act(offered: Offered, input: Args, all: Offered[]) {
  const { name } = offered;
  const [args, how] = partsOf(offered, input);
  if (needsYes(offered, args) && !how['dry_run']) {
    const real = offerOf(offered, args, all);
    const does = [name, ...(real ? [real.name] : [])].map((one) => titled(one).toLowerCase());
    const cost = offered.cost + (real?.cost ?? 0);
    const said = words.confirm(does.join(': '), JSON.stringify(args), cost);
    if (!confirm(said)) return JSON.stringify({ error: { code: 'denied' } });
  }
  try {
    const { seq, result = null } = await probe()!.do(name, args, how);
    return JSON.stringify({ seq, untrusted: { result } });
  } catch (error) {
    const { code = 'failed', message } = error as { code?: string; message: string };
    return JSON.stringify({ error: { code }, untrusted: { message } });
  }
}

function toolOf(offered: Offered, _: number, all: Offered[]): Tool {
  const parts = [offered.doc, words.untrusted];
  if (offered.cost) parts.push(words.costs(offered.cost));
  if (offered.confirm) parts.push(words.asks);
  return {
    // Of our own tools' name there may be an action of the world's.
    name: offered.name === READS ? `do_${READS}` : offered.name,
    title: titled(offered.name),
    description: parts.join('\n\n'),
    inputSchema: {
      type: 'object',
      ...offered.schema,
      properties: { ...HOW, ...(offered.schema as { properties?: object }).properties },
    },
    annotations: {
      readOnlyHint: false,
      untrustedContentHint: true,
      consequentialHint: offered.confirm,
    },
    execute: (input) => act(offered, input, all),
  };
}

/** What one may do in a world by now; undefined where the server did not say. */
async function listOf(world: string): Promise<Offered[] | undefined> {
  const address = `/api/worlds/${encodeURIComponent(world)}/actions`;
  try {
    const answer = await fetch(address);
    if (answer.ok) return ((await answer.json()) as { actions: Offered[] }).actions;
    return answer.status < 500 && answer.status !== 429 ? [] : undefined;
  } catch {
    return undefined;
  }
}

async function offer(host: Host, world: string, actions: Offered[], signal: AbortSignal) {
  const tools = actions.filter(({ name }) => FIT.test(name)).map(toolOf);
  tools.unshift({
    name: READS,
    title: titled(READS),
    description: `${words.look}\n\n${words.untrusted}`,
    inputSchema: { type: 'object', properties: {} },
    annotations: { readOnlyHint: true, untrustedContentHint: true, consequentialHint: false },
    execute: () => look(world),
  });
  for (const tool of tools) await host.registerTool(tool, { signal });
}

/** Keeps the tools those of the world that one is in and of what one may do there by now: a role, a
 * rule or the world's own code may change at any time, and not all of it is told to the page. */
async function watch(host: Host): Promise<never> {
  let known = '';
  let ends = new AbortController();
  for (;;) {
    const { world, me } = probe() ?? { world: null, me: null };
    const here = me && world;
    const actions = here ? await listOf(here) : [];
    const now = JSON.stringify([here, actions]);
    if (actions && now !== known) {
      known = now;
      ends.abort();
      ends = new AbortController();
      if (here && actions.length) {
        await offer(host, here, actions, ends.signal).catch(() => (known = ''));
      }
    }
    await new Promise((wake) => setTimeout(wake, LOOKED_MS));
  }
}

type Offering = { modelContext?: Host };
const host = (document as Offering).modelContext ?? (navigator as Offering).modelContext;
if (host) void watch(host);
