import type { Problem } from '../../net/problem.ts';
import type { ActionRow } from '../../net/wire.generated.ts';
import type { Hold } from './hold.ts';

export type Props = Readonly<Record<string, unknown>>;

/** A widget as it is declared: its kind, its id, its props, and the widgets in it. */
export interface Node extends Props {
  readonly k: string;
  readonly id: string;
  readonly c?: readonly Node[];
}

/**
 * Lets a widget be painted anew where it hangs in the world: after what the document does not tell
 * of by itself, such as a control's value that code has set.
 */
export function repaint(inside: Element): void {
  inside.dispatchEvent(new Event('panel-paint', { bubbles: true }));
}

/** A file that was uploaded. */
export interface Upload {
  readonly sha256: string;
  readonly name: string;
  readonly media: string;
  readonly bytes: number;
}

/** What the widgets of one panel ask of the page. */
export interface Desk {
  /** Tells what a hand does to a widget's value; false when there is no open line. */
  send(widget: string, value: unknown, n: number, done: boolean): boolean;
  /** Presses a widget or an item of it; resolves with the refusal, or null when it was done. */
  press(widget: string, item?: string | number): Promise<Problem | null>;
  /** Does an action; resolves with the refusal, or null when it was done. */
  act(action: string, args: Readonly<Record<string, unknown>>): Promise<Problem | null>;
  /** An action that one may ask for. */
  action(name: string): ActionRow | undefined;
  /** Gives a file to a door of the world; returns what is said of it. */
  sendTo(to: string, file: File, progress: (share: number) => void): Promise<string>;
  upload(file: File, progress: (share: number) => void): Promise<Upload>;
}

/** A widget that stands on the page. */
export interface Shown {
  readonly root: HTMLElement;
  /** Takes props that are other than before; undefined where one is gone. */
  set(props: Props): void;
  /** Guards the value while a hand is on it. */
  readonly hold?: Hold;
  /** Puts the widgets in it in order. */
  place?(children: readonly Child[]): void;
  dispose?(): void;
}

/** A widget in another one. */
export interface Child {
  readonly node: Node;
  readonly root: HTMLElement;
}

export type Make = (node: Node, desk: Desk) => Shown;

export function textOf(props: Props, name: string, other = ''): string {
  const value = props[name];
  return typeof value === 'string' ? value : other;
}

export function numberOf<T>(props: Props, name: string, other: T): number | T {
  const value = props[name];
  return typeof value === 'number' ? value : other;
}

export function listOf<T>(props: Props, name: string): readonly T[] {
  const value = props[name];
  return Array.isArray(value) ? (value as T[]) : [];
}

let made = 0;

/** An id that no other element of the page has. */
export function newId(): string {
  made += 1;
  return `panel-${made}`;
}
