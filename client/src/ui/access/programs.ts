import type { AgentCard, Allowance, DeviceCard, NewToken, TokenCard } from '../../net/access.ts';
import { el, openDialog } from '../dom.ts';
import { choice, ender, ends, folded, listOf, named, part } from './parts.ts';
import { row, secondsOf, secret, spanChoice } from './parts.ts';
import { words } from './words.ts';

const SHOWN_MAX = 50;

/** What the dialog asks of the page. */
export interface ProgramEvents {
  show(account: string): void;
  make(wish: NewToken): void;
  revoke(id: string): void;
  /** Ends an agent of the account that is shown, or of another. */
  stop(name: string, account?: string): void;
  stopAll(): void;
  add(wish: { public_key: string; label: string; budget: number }): void;
  allow(id: string, budget: number): void;
  remove(id: string): void;
}

/** What it shows. */
export interface Programs {
  /** Whose: empty for one's own. */
  account: string;
  /** Every other agent of the realm, for who looks after others' tokens; null: not one of these. */
  everyone: AgentCard[] | null;
  /** The roles that one can give. */
  roles: string[];
  /** The world that one is in. */
  world: string | null;
  tokens: TokenCard[];
  devices: DeviceCard[];
  /** The secret of the token that was just made. */
  made: string;
}

/** Shows what programs and machines come in by, and lets one make and end it. */
export function openPrograms(shown: Programs, events: ProgramEvents): HTMLDialogElement {
  return openDialog(
    words.programs,
    words.close,
    el(
      'div',
      { class: 'access stack' },
      el('p', { class: 'dim' }, words.programsText),
      shown.everyone ? whose(shown, events) : null,
      shown.everyone ? everyAgent(shown.everyone, events) : null,
      agentsPart(shown, events),
      tokensPart(shown, events),
      machinesPart(shown, events),
    ),
  );
}

function whose({ account }: Programs, events: ProgramEvents): HTMLElement {
  const field = el('input', {
    value: account,
    placeholder: words.whoseHint,
    ariaLabel: words.whose,
    autocomplete: 'off',
    spellcheck: false,
  });
  const form = el(
    'form',
    { class: 'taking', ariaLabel: words.whose },
    field,
    el('button', {}, words.show),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    events.show(field.value.trim());
  };
  return el('div', { class: 'whose' }, el('span', { class: 'dim' }, words.whose), form);
}

/** Each agent of the realm, and what ends all of them with the machines. */
function everyAgent(agents: AgentCard[], events: ProgramEvents): HTMLElement {
  const stop = ender(words.stopAll, words.stopAllOfRealm, () => events.stopAll());
  const rows = agents.slice(0, SHOWN_MAX).map((agent) => {
    const { account, person, name, label } = agent;
    const title = name ? label || name : person;
    return row(
      badged(title),
      [name ? words.actsFor(person) : label, ...allowed(agent)],
      ender(words.stop, words.stopOne(title), () => events.stop(name, account)),
    );
  });
  if (agents.length > SHOWN_MAX) rows.push(el('li', {}, words.more(agents.length - SHOWN_MAX)));
  return part(words.everyAgent, listOf([...rows, row(words.everyAgentText, [], stop)]));
}

const badged = (title: string) =>
  el('span', {}, title, ' ', el('span', { class: 'badge' }, words.badge));

/** What it comes in by allows, as far as it is bounded. */
const allowed = ({ scopes, worlds, expires, budget, spent }: Allowance) => [
  scopes.includes('*') ? '' : scopes.join(', '),
  worlds.join(', '),
  ends(expires),
  budget === null && !spent ? '' : words.spent(spent, budget),
];

/** The agents that act for the person, each with all that it comes in by. */
function agentsPart({ tokens }: Programs, events: ProgramEvents): HTMLElement | null {
  const names = [...new Set(tokens.map(({ acts_as }) => acts_as).filter(Boolean))];
  if (!names.length) return null;
  const rows = names.map((agent) => {
    const own = tokens.filter(({ acts_as }) => acts_as === agent);
    const title = own.find(({ label }) => label)?.label ?? agent;
    const facts = own.map((token) => allowed(token).filter(Boolean).join(' · '));
    const stop = ender(words.stop, words.stopOne(title), () => events.stop(agent));
    return row(badged(title), [agent, ...facts], stop);
  });
  return part(words.agents, el('p', { class: 'dim' }, words.agentsText), listOf(rows));
}

function tokensPart(shown: Programs, events: ProgramEvents): HTMLElement {
  const rows = shown.tokens.filter(({ acts_as }) => !acts_as).map((token) => {
    const { id, role, agent, device } = token;
    const title = token.label || (device ? words.device : words.unnamed);
    return row(
      agent ? badged(title) : title,
      [role, ...allowed(token)],
      ender(words.revoke, words.revokeOne(title), () => events.revoke(id)),
    );
  });
  return part(
    words.tokens,
    shown.made ? secret(words.tokenMade, shown.made) : null,
    listOf(rows),
    tokenForm(shown, events),
  );
}

function tokenForm({ roles, world }: Programs, events: ProgramEvents): HTMLElement {
  const label = el('input', { maxLength: 60, autocomplete: 'off' });
  const role = choice(
    roles.map((one) => [one, (words.roles as Record<string, string>)[one] ?? one] as const),
    'member',
  );
  const scopes = words.scopes.map(([scope, title]) => {
    const box = el('input', { type: 'checkbox', value: scope, checked: scope === 'look' });
    return { box, line: el('label', { class: 'tick' }, box, title) };
  });
  const first = scopes[0]!.box;
  const chosen = () => scopes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  for (const { box } of scopes)
    box.onchange = () => first.setCustomValidity(chosen().length ? '' : words.noScope);
  const places: [string, string][] = [['', words.everywhere]];
  if (world) places.push([world, words.here(world)]);
  const where = choice(places, world ?? '');
  const lasts = spanChoice(words.spans, 2_592_000);
  const budget = el('input', { type: 'number', min: '0', step: '1' });
  const agent = el('input', { type: 'checkbox' });
  return folded(
    words.makeToken,
    () =>
      events.make({
        label: label.value.trim(),
        role: role.value,
        scopes: chosen(),
        worlds: where.value ? [where.value] : [],
        ...secondsOf(lasts),
        ...(budget.value ? { budget: Number(budget.value) } : {}),
        agent: agent.checked,
      }),
    named(words.label, label),
    named(words.atMost, role),
    el(
      'fieldset',
      {},
      el('legend', {}, words.may),
      el('div', { class: 'ticks' }, ...scopes.map(({ line }) => line)),
    ),
    named(words.where, where),
    named(words.lasts, lasts),
    named(words.budget, budget, words.budgetHint),
    el('label', { class: 'tick' }, agent, words.agent),
  );
}

function machinesPart({ devices }: Programs, events: ProgramEvents): HTMLElement {
  const rows = devices.map(({ id, label, role, public_key, budget, spent }) => {
    const title = label || words.unnamedMachine;
    const line = row(
      title,
      [role, `${public_key.slice(0, 8)}…`, id, budget || spent ? words.spent(spent, budget) : ''],
      ender(words.remove, words.removeOne(title), () => events.remove(id)),
    );
    const most = el('input', { type: 'number', min: '0', step: '1', value: String(budget) });
    const change = folded(
      words.changeBudget,
      () => events.allow(id, Number(most.value)),
      named(words.budget, most, words.machineBudgetHint),
    );
    change.querySelector('form')!.ariaLabel = words.budgetOf(title);
    line.querySelector('div')!.append(change);
    return line;
  });
  const label = el('input', { maxLength: 60, autocomplete: 'off' });
  const key = el('input', {
    required: true,
    pattern: '[0-9a-f]{64}',
    autocomplete: 'off',
    spellcheck: false,
  });
  const budget = el('input', { type: 'number', min: '0', step: '1' });
  return part(
    words.machines,
    el('p', { class: 'dim' }, words.machinesText),
    listOf(rows),
    folded(
      words.addMachine,
      () => 
        events.add({
          public_key: key.value,
          label: label.value.trim(),
          budget: Number(budget.value),
        }),
      named(words.label, label),
      named(words.key, key),
      named(words.budget, budget, words.machineBudgetHint),
    ),
  );
}
