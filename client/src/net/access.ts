import { api } from './api.ts';

/** Who may come into a world, and how many at once (0: as many as any world takes). */
export interface Entry {
  visibility: 'public' | 'unlisted' | 'private';
  capacity: number;
}

/** A link that gives a role, without its secret. */
export interface Invitation {
  id: string;
  role: string;
  /** How often it may be used; 0: always. */
  uses: number;
  used: number;
  /** Microseconds since 1970; 0: never. */
  expires: number;
}

/** What a new link gives. */
export interface NewInvitation {
  role: string;
  uses: number;
  seconds?: number;
}

/** A token, without its secret. */
export interface TokenCard {
  id: string;
  label: string;
  role: string;
  scopes: string[];
  worlds: string[];
  /** Microseconds since 1970; 0: never. */
  expires: number;
  budget: number | null;
  spent: number;
  agent: boolean;
  /** The machine that came for it, or nothing. */
  device: string;
  /** The agent whose deeds are told apart from its person's, or nothing. */
  acts_as: string;
}

/** What a token, or all of an agent together, allows. */
export type Allowance = Pick<TokenCard, 'scopes' | 'worlds' | 'expires' | 'budget' | 'spent'>;

/** An agent of the realm, with all that it comes in by together. */
export interface AgentCard extends Allowance {
  account: string;
  label: string;
  /** What the account is called. */
  person: string;
  /** Of whom an account is kept: which agent of theirs; nothing where it is the account's own. */
  name: string;
}

/** What a new token allows at most. */
export interface NewToken {
  label: string;
  role: string;
  scopes: string[];
  worlds: string[];
  seconds?: number;
  budget?: number;
  agent: boolean;
}

/** A machine that may ask for tokens. */
export interface DeviceCard {
  id: string;
  label: string;
  role: string;
  public_key: string;
  budget: number;
  spent: number;
}

const worldAt = (world: string) => `/api/worlds/${encodeURIComponent(world)}`;
const of = (account: string) => (account ? `?account=${encodeURIComponent(account)}` : '');
const by = (account: string) => (account ? { account } : {});

export const entryOf = (world: string) =>
  api<Entry & { roles: string[] }>('GET', worldAt(world));

export const setEntry = (world: string, entry: Entry) =>
  api('POST', `${worldAt(world)}/actions/set_entry`, entry);

export const invitationsOf = (world: string) =>
  api<{ invitations: Invitation[] }>('GET', `${worldAt(world)}/invitations`);

/** Makes a link; its address holds the secret, which is told this once. */
export const invite = (world: string, wish: NewInvitation) =>
  api<{ url: string }>('POST', `${worldAt(world)}/invitations`, wish);

export const uninvite = (world: string, id: string) =>
  api('DELETE', `${worldAt(world)}/invitations/${encodeURIComponent(id)}`);

/** The tokens of an account; an empty one is one's own. */
export const tokensOf = (account: string) =>
  api<{ tokens: TokenCard[] }>('GET', `/api/auth/tokens${of(account)}`);

/** Makes a token; the answer has its secret, which is told this once. */
export const makeToken = (account: string, wish: NewToken) =>
  api<{ token: string }>('POST', '/api/auth/tokens', { ...by(account), ...wish });

export const revokeToken = (id: string) =>
  api('DELETE', `/api/auth/tokens/${encodeURIComponent(id)}`);

/** Every agent of the realm, for who owns it. */
export const everyAgent = () =>
  api<{ agents: AgentCard[] }>('GET', '/api/auth/agents?all=1').then(({ agents }) => agents);

/** Ends all that one agent of an account comes in by; without a name all that are the account's. */
export const stopAgent = (account: string, name: string) =>
  api('DELETE', `/api/auth/agents${name && `/${encodeURIComponent(name)}`}${of(account)}`);

export const stopAllAgents = () => api('DELETE', '/api/auth/agents?all=1');

export const devicesOf = (account: string) =>
  api<{ devices: DeviceCard[] }>('GET', `/api/auth/devices${of(account)}`);

export const addDevice = (
  account: string,
  wish: { public_key: string; label: string; budget: number },
) => api('POST', '/api/auth/devices', { ...by(account), ...wish });

/** Lets a machine spend so much in all; what it spent counts on. */
export const setDeviceBudget = (id: string, budget: number) =>
  api('PATCH', `/api/auth/devices/${encodeURIComponent(id)}`, { budget });

export const removeDevice = (id: string) =>
  api('DELETE', `/api/auth/devices/${encodeURIComponent(id)}`);
