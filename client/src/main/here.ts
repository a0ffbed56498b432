import type { Walker } from '../input/walker.ts';
import type { Problem } from '../net/problem.ts';
import { problemOf } from '../net/problem.ts';
import type { Toasts } from '../ui/toasts.ts';
import type { Stage } from '../view/stage.ts';
import type { Session } from '../world/session.ts';
import type { Hands } from './hands.ts';
import type { Hud } from './hud.ts';
import type { Mirror } from './mirror.ts';
import type { Panels } from './panels/panels.ts';
import type { Sounding } from './sounding.ts';
import type { Time } from './time.ts';
import type { Worn } from './xr/worn.ts';

/** What the parts of the running page share. `session` is null on the front page. */
export interface Here {
  readonly stage: Stage;
  readonly mirror: Mirror;
  readonly walker: Walker;
  readonly hud: Hud;
  readonly time: Time;
  readonly hands: Hands;
  session: Session | null;
  /** The headset that we wear, or null. */
  worn: Worn | null;
  /** The panels of this world; null before the first one comes. */
  panels: Panels | null;
  /** Steps, touches and doors; null before the first gesture allows them. */
  sounding: Sounding | null;
  /** Lets the next person begin at a device that many people use; null at any other. */
  nextPerson: (() => void) | null;
  /** Goes to another world without a reload. */
  enter(world: string): Promise<void>;
}

/** What asking needs of a page: the one in 3D, or the one in words. */
export interface Asking {
  readonly session: Session | null;
  readonly hud: { readonly toasts: Pick<Toasts, 'note' | 'problem'> };
}

/** Asks for an action and shows a refusal; null when it was refused. */
export async function ask(
  here: Asking,
  action: string,
  args: Record<string, unknown>,
): Promise<unknown> {
  if (!here.session) return null;
  try {
    const { result } = await here.session.do(action, args);
    return result ?? true;
  } catch (error) {
    here.hud.toasts.problem(problemOf(error));
    return null;
  }
}

/** Runs something that may fail and shows why it did. */
export async function attempt<T>(
  here: Pick<Asking, 'hud'>,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    const problem: Problem = problemOf(error);
    here.hud.toasts.problem(problem);
    return null;
  }
}
