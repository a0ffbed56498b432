import type { ErrorRow } from './wire.generated.ts';

/**
 * A refusal or a failure in the one form that every door uses: what happened and how to mend it.
 */
export class Problem extends Error {
  readonly code: string;
  readonly fix: string;
  readonly status: number;

  constructor(row: ErrorRow, status = 0) {
    super(row.message);
    this.name = 'Problem';
    this.code = row.code;
    this.fix = row.fix;
    this.status = status;
  }
}

/** Commands that a sentence may begin with; they are written as they are typed. */
const COMMANDS = /^(loom|worldloom|pip|python3?|make)\b/;

/** What a door says, as a page shows it to people: a whole sentence. */
export function sentence(said: string): string {
  const text = said.trim();
  // What is no plain word, as an id or an address, stays as it is.
  const plain = /^\p{Ll}[\p{L}'’]*(?=[,.:;]?(\s|$))/u.test(text) && !COMMANDS.test(text);
  const begun = plain ? text[0]!.toUpperCase() + text.slice(1) : text;
  const open = !COMMANDS.test(text) && /[\p{L}\p{N})\]"'’”]$/u.test(begun);
  return open ? `${begun}.` : begun;
}

/** All of a problem in sentences: what happened, and how to mend it. */
export const sentences = ({ message, fix }: Pick<Problem, 'message' | 'fix'>): string =>
  [message, fix].map(sentence).filter(Boolean).join(' ');

/** Makes a Problem of whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Problem({ code: 'client_error', message, fix: 'Try again, or reload the page.' });
}
