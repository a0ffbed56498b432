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

/** Makes a Problem of whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Problem({ code: 'client_error', message, fix: 'Try again, or reload the page.' });
}
