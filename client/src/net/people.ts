import { api } from './api.ts';
import { Problem } from './problem.ts';

/** A passkey as its owner sees it. */
export interface PasskeyCard {
  id: string;
  label: string;
  /** Microseconds since 1970. */
  made: number;
}

/** Who the page's person is here. */
export interface Me {
  account: string;
  name: string;
  role: string | null;
  guest: boolean;
  /** The code of what it looks like: as it chose, or a figure of its own. */
  avatar: string;
  /** Whether the account can be opened from another browser too. */
  kept: boolean;
  profile?: { name: string; language: string };
  passkeys?: PasskeyCard[];
  /** Whose people sign in here by its own provider, if anyone's. */
  organisation?: string;
}

/** What an agent asks a person for. */
export interface Asked {
  id: string;
  account: string;
  /** What the agent is called: of a person's own account it says for whom. */
  name: string;
  world: string;
  action: string;
  args: Record<string, unknown>;
  /** The action that it comes to, which is another one by `use`, and what that is asked with. */
  does: string;
  does_args: Record<string, unknown>;
  /** What all of it spends. */
  cost: number;
  /** What may still be spent; null: there is no bound. */
  left: number | null;
  state: string;
}

/** Something long that an agent asked of the outside, which is on its way. */
export interface Working {
  seq: number;
  world: string;
  name: string;
  action: string;
  done: number;
  total: number | null;
  text: string;
}

interface Descriptor {
  id: string;
  type: PublicKeyCredentialType;
}

type Options = Record<string, unknown>;

const AUTH = '/api/auth';

export const whoAmI = () => api<Me>('GET', `${AUTH}/me`);

export const saveProfile = (profile: { name?: string; language?: string }) =>
  api('PUT', `${AUTH}/profile`, profile);

/** Has an account that stays called as its person says it; a guest's name is in the browser. */
export async function keepName(name: string): Promise<void> {
  const { kept, profile } = await whoAmI();
  if (kept && profile?.name !== name) await saveProfile({ name });
}

export const signOut = (everywhere: boolean) => api('POST', `${AUTH}/sign-out`, { everywhere });

export const dropPasskey = (id: string) =>
  freshly(() => api('DELETE', `${AUTH}/passkeys/${encodeURIComponent(id)}`));

/** What agents ask the page's person for and what is not decided yet. */
export async function askedOfMe(): Promise<Asked[]> {
  const { approvals } = await api<{ approvals: Asked[] }>('GET', `${AUTH}/approvals`);
  return approvals.filter(({ state }) => state === 'waiting');
}

/** Lets an agent do what it asked for, or not; resolves with how it stands then. */
export const decideAsked = (id: string, approve: boolean) =>
  api<Asked>('POST', `${AUTH}/approvals/${encodeURIComponent(id)}`, { approve });

/** What agents of the page's person, and those in worlds that they own, still wait for. */
export async function workOfAgents(): Promise<Working[]> {
  const { requests } = await api<{ requests: Working[] }>('GET', `${AUTH}/requests`);
  return requests;
}

/** Takes back something long that was asked of the outside. */
export const takeBack = ({ world, seq }: Working) =>
  api('DELETE', `/api/worlds/${encodeURIComponent(world)}/requests/${seq}`);

/** Forgets the page's person for good. */
export const forgetMe = () => freshly(() => api('POST', `${AUTH}/forget`, {}));

/** Makes a passkey for the account that this browser has; it is the same account from then on. */
export async function keepAccount(name: string, label: string): Promise<void> {
  const options = await freshly(() => api<Options>('POST', `${AUTH}/passkeys/begin`, {}));
  const user = options['user'] as { id: string; name: string; displayName: string };
  const publicKey = {
    ...options,
    challenge: bytesOf(options['challenge'] as string),
    user: { ...user, displayName: name || user.name, id: bytesOf(user.id) },
    excludeCredentials: ((options['excludeCredentials'] ?? []) as Descriptor[]).map(described),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  const { clientDataJSON, attestationObject } = made.response as AuthenticatorAttestationResponse;
  const credential = told(made, { clientDataJSON, attestationObject });
  await api('POST', `${AUTH}/passkeys`, { credential, name, label });
}

/** Comes back to an account by a passkey; resolves with its name. */
export async function signIn(): Promise<string> {
  const credential = await answered(await api<Options>('POST', `${AUTH}/passkeys/challenge`, {}));
  const { name } = await api<{ name: string }>('POST', `${AUTH}/passkeys/sign-in`, { credential });
  return name;
}

/** Asks for what takes more than a cookie; where the server says so, a passkey answers first. */
async function freshly<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'sign_in_again') throw error;
  }
  const options = await api<Options>('POST', `${AUTH}/passkeys/again/begin`, {});
  const credential = await answered(options);
  await api('POST', `${AUTH}/passkeys/again`, { credential });
  return ask();
}

/** What a passkey says to a challenge, as the server reads it. */
async function answered(options: Options) {
  const publicKey = {
    ...options,
    challenge: bytesOf(options['challenge'] as string),
    allowCredentials: ((options['allowCredentials'] ?? []) as Descriptor[]).map(described),
  } as unknown as PublicKeyCredentialRequestOptions;
  const found = await asked(() => navigator.credentials.get({ publicKey }));
  const response = found.response as AuthenticatorAssertionResponse;
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  const parts = { clientDataJSON, authenticatorData, signature };
  return told(found, userHandle ? { ...parts, userHandle } : parts);
}

/** Waits for the browser's own dialog; dismissing it is a Problem like any other. */
async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!('credentials' in navigator) || !isSecureContext) {
    throw new Problem({
      code: 'no_passkeys_here',
      message: 'Passkeys need a secure page',
      fix: 'Open it as http://localhost:…, or by its https:// name.',
    });
  }
  const found = await ask().catch((error: DOMException) => {
    const known = error.name === 'InvalidStateError';
    throw new Problem({
      code: known ? 'known_key' : 'no_passkey',
      message: known ? 'This device has a passkey for this account' : 'No passkey was chosen',
      fix: known ? 'Sign in by it.' : 'Try again when you are ready.',
    });
  });
  return found as PublicKeyCredential;
}

const told = (made: PublicKeyCredential, response: Record<string, ArrayBuffer>) => ({
  id: made.id,
  rawId: textOf(made.rawId),
  type: made.type,
  response: Object.fromEntries(Object.entries(response).map(([key, at]) => [key, textOf(at)])),
  clientExtensionResults: {},
});

const described = ({ id, type }: Descriptor) => ({ type, id: bytesOf(id) });

/** The bytes of base64url. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** Bytes as base64url without padding. */
function textOf(bytes: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
