import type { Node, ViewContext } from '../context.ts';

/** What could not be loaded, and why where the page knows it. */
export type LossKind = 'model' | 'picture' | 'film' | 'sound';
export type LossReason = 'gone' | 'forbidden' | 'refused' | 'offline' | 'unreadable';

export interface Loss {
  readonly entity: number;
  readonly what: LossKind;
  readonly why: LossReason;
}

/** What one part of an entity lacks, told to the view for as long as it lacks it. */
export class Lacking {
  private readonly node: Node;
  private readonly what: LossKind;
  private readonly all: Set<Loss>;
  private told: Loss | null = null;

  constructor(node: Node, what: LossKind, { lost }: Pick<ViewContext, 'lost'>) {
    this.node = node;
    this.what = what;
    this.all = lost;
  }

  /** It could not be loaded, for this reason. */
  tell(error: unknown): void {
    this.is(reasonOf(error));
  }

  is(why: LossReason): void {
    this.over();
    this.told = { entity: this.node.id, what: this.what, why };
    this.all.add(this.told);
  }

  /** It has come, or is not asked for any more. */
  over(): void {
    if (this.told) this.all.delete(this.told);
    this.told = null;
  }
}

/** Why a file could not be had: an Error's `cause` is the status that the server answered with. */
export function reasonOf(error: unknown): LossReason {
  const { cause, message = '' } = (error ?? {}) as { cause?: unknown; message?: string };
  if (typeof cause === 'number') return reasonOfStatus(cause);
  const fetched = error instanceof TypeError && /fetch|network|load failed/i.test(message);
  return fetched ? 'offline' : 'unreadable';
}

function reasonOfStatus(status: number): LossReason {
  if (status === 404 || status === 410) return 'gone';
  return status === 401 || status === 403 ? 'forbidden' : 'refused';
}

/** Asks the server whether it gives a file; null where it does. */
export async function refusalOf(address: string): Promise<LossReason | null> {
  try {
    const answer = await fetch(address, { method: 'HEAD' });
    return answer.ok ? null : reasonOfStatus(answer.status);
  } catch (error) {
    return reasonOf(error);
  }
}
