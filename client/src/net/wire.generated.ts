// Generated from worldloom/sync/messages.py and wire.py by `python tools/generate_types.py`. Do not edit.

export const VERSION = 2;
export const SUBPROTOCOL = "worldloom.2";
export const MESSAGE = 0;
export const POSE = 1;
export const MOTION = 2;
export const LIVE = 3;
export const LIVE_HEAD_BYTES = 2;
export const REACH_NUMBER = 3;
export const REACH_BYTES = 26;
export const REACH_RECORD_BYTES = 28;
export const POSE_BYTES = 16;
export const FRAME_HEAD_BYTES = 8;
export const SECTION_HEAD_BYTES = 8;
export const RECORD_BYTES = 12;
export const FIRST_MARK = 1;
export const BODIES = 2;
export const SHOWN = 4;
export const BODY_BYTES = 16;
export const CELL_M = 32;
export const FAR_TICKS = 4;
export const HEIGHT_MIN_M = -128;
export const HEIGHT_STEPS_PER_M = 128;
export const EXTENT_M_MAX = 10000;
export const MESSAGE_BYTES_MAX = 262144;

/** WebSocket close codes that the server uses, and what each asks of the client. */
export const CLOSE = {
  NOT_ALLOWED: 4001,
  BAD_MESSAGE: 4002,
  TOO_SLOW: 4003,
  UNKNOWN_WORLD: 4004,
  HELLO_TIMEOUT: 4005,
  RATE: 4008,
  BANNED: 4009,
  VERSION: 4010,
  RESTARTING: 1012,
  TRY_LATER: 1013,
} as const;

/** The one wire form of an error: a stable code, what happened, how to mend it. */
export interface ErrorRow {
  code: string;
  message: string;
  fix: string;
}

/**
 * The first message, within five seconds; with a seq and its head it asks to resume.
 *
 * Without an avatar and a VRM the visitor looks as the account did last, or has a figure that is
 * the account's own until it chooses. `copy`: which copy of the world it would like to be in,
 * where there are some and that one has room.
 */
export interface Hello {
  type: "hello";
  version: number;
  name?: string | null;
  avatar?: string | null;
  vrm?: string | null;
  resume_seq?: number | null;
  resume_head?: Uint8Array | null;
  copy?: number | null;
}

/** Asks for an action; the answer or the refusal carries the same id. */
export interface Do {
  type: "do";
  id: number;
  action: string;
  args?: Record<string, unknown>;
  key?: string;
  dry_run?: boolean;
}

/** Takes back the long request of a seq, if it is not answered yet; answered as an action. */
export interface Cancel {
  type: "cancel";
  id: number;
  seq: number;
}

/** Asks for a pong with the same id, to measure the way there and back. */
export interface Ping {
  type: "ping";
  id: number;
}

/**
 * A hand on a widget: its value under way, or the last one, when it lets go (`done`).
 *
 * `n` counts from 1 per connection and widget. The answer comes in a `panelpatch`.
 */
export interface PanelValue {
  type: "panelvalue";
  panel: string;
  widget: string;
  value: unknown;
  n: number;
  done?: boolean;
}

/** An action that this visitor may ask for: its name, docstring, role and JSON Schema. */
export interface ActionRow {
  name: string;
  doc: string;
  role: string;
  schema: Record<string, unknown>;
}

/**
 * Answers hello: who you are here, where you stand and how the world is to be followed.
 *
 * `position` is metres (x, y, z), `yaw` radians; 0 looks to -Z, counter-clockwise from above.
 * `resumed`: records go on after your seq. `history_lost`: what you remember is not in this
 * log any more; forget it and take the snapshot. `copy`: in which one you are of at most `copies`
 * copies of the world, each of `places` places.
 */
export interface Welcome {
  type: "welcome";
  version: number;
  visitor: string;
  account: string;
  name: string;
  avatar: string;
  vrm: string;
  role: string;
  slot: number;
  generation: number;
  position: [number, number, number];
  yaw: number;
  world: string;
  title: string;
  tick_hz: number;
  seq: number;
  resumed: boolean;
  history_lost: boolean;
  actions: ActionRow[];
  copy: number;
  copies: number;
  places: number;
}

/**
 * Answers hello where there is no room yet: your place in the queue, 1 is next.
 *
 * `why`: `full` (somebody has to leave first) or `busy` (in some `seconds` it is your turn).
 * Welcome follows by itself.
 */
export interface Queued {
  type: "queued";
  place: number;
  why: string;
  seconds: number | null;
}

/** What you may ask for from now on: your role or the world's code is another. */
export interface Actions {
  type: "actions";
  role: string;
  actions: ActionRow[];
}

/** One component of an entity: its name, its version and its msgpack bytes. */
export type ComponentRow = [component: string, version: number, data: Uint8Array];

/** One entity: its id, name, parent's id and public components. */
export type EntityRow = [id: number, name: string, parent: number | null, components: ComponentRow[]];

/** A part of the world's public state at `seq`; the first and the last are marked. */
export interface Snapshot {
  type: "snapshot";
  seq: number;
  head: Uint8Array;
  private_root: Uint8Array;
  entities: EntityRow[];
  first: boolean;
  last: boolean;
}

/** One record of a group; without a payload where you may not read it. */
export type RecordRow = [seq: number, kind: string, version: number, payload: Uint8Array | null];

/**
 * The records of one cause, which stand or fall together.
 *
 * `head` is the hash of the last record. `private_root` is set in the last group of a message
 * at least: with the public root it makes the state hash at that group.
 */
export interface GroupRow {
  time: number;
  actor: string;
  cause: string;
  records: RecordRow[];
  head: Uint8Array;
  private_root: Uint8Array | null;
}

/** Whole groups in the order of the log, without a gap after what was sent before. */
export interface Records {
  type: "records";
  groups: GroupRow[];
}

/** A visitor who is here: the slot its motion is under, who it is and how it looks. */
export type JoinedRow = [slot: number, generation: number, visitor: string, name: string, avatar: string, vrm: string, agent: boolean, copy: number];

/** A visitor who went. */
export type LeftRow = [slot: number, generation: number, visitor: string];

/** Who holds an entity in which hand; nobody does where `visitor` is empty. */
export type HoldRow = [entity: number, visitor: string, hand: string];

/** What came into hands and went out; the first one after a welcome names all that is held. */
export interface Holds {
  type: "holds";
  rows: HoldRow[];
}

/** Who sits on a seat; nobody does where `visitor` is empty. */
export type SeatRow = [seat: number, visitor: string];

/** Who sat down and stood up; the first one after a welcome names all who sit. */
export interface Seats {
  type: "seats";
  rows: SeatRow[];
}

/** Who came, who went and who looks otherwise; after a welcome all who are here have come. */
export interface Visitors {
  type: "visitors";
  joined: JoinedRow[];
  left: LeftRow[];
  changed: JoinedRow[];
}

/**
 * The server set your place: you asked to go there, or it refused your last pose.
 *
 * Poses that you send from now on bear `mark`, so that those under way from before are known.
 */
export interface Placed {
  type: "placed";
  position: [number, number, number];
  yaw: number;
  reason: string;
  mark: number;
}

/**
 * Whom of those here (visitors' ids) you may come near to, have muted, have as a friend.
 *
 * `blocked` and `muted_accounts` name accounts: the ones are not here for you, the others may
 * speak from elsewhere. `distance`: strangers keep away from you.
 */
export interface Bonded {
  type: "bonded";
  near: string[];
  muted: string[];
  friends: string[];
  blocked: string[];
  distance: boolean;
  muted_accounts: string[];
}

/** The result of an action; every record up to `seq` is durable and was sent before. */
export interface Answer {
  type: "answer";
  id: number;
  seq: number;
  result: unknown;
}

/** The action was refused and left no trace. */
export interface Refusal {
  type: "refusal";
  id: number;
  error: ErrorRow;
}

/**
 * How far the long request of a seq is, to who asked for it; at last it is `done` or `failed`.
 *
 * So much is `done` of `total`, if that is known; `text` says it in words.
 */
export interface Progress {
  type: "progress";
  seq: number;
  action: string;
  state: string;
  done: number;
  total: number | null;
  text: string;
  error: ErrorRow | null;
}

/** A line for you alone; `about` is `approval` where it waits for your word, or empty. */
export interface Told {
  type: "told";
  text: string;
  about: string;
}

/** Answers a ping, with the server's present tick and its time (UTC microseconds). */
export interface Pong {
  type: "pong";
  id: number;
  tick: number;
  time: number;
}

/** Why the socket is about to be closed. */
export interface Bye {
  type: "bye";
  error: ErrorRow;
}

/**
 * A whole panel, new or in the place of what it was: `root` is its tree of widgets.
 *
 * A node is a map: `k` its kind, `id`, its props, `c` its children; arrays of numbers are the
 * bytes of little-endian float64. `at`: page, wall, wrist or entity; `place` metres, in the world
 * or from the entity's middle; `turn` radians; `width` metres; `rank` its place among the world's
 * panels, from 0, wherever it comes in time.
 */
export interface PanelTree {
  type: "paneltree";
  panel: string;
  title: string;
  at: string;
  entity: number | null;
  place: [number, number, number];
  turn: number;
  width: number;
  dir: string;
  rank: number;
  root: Record<string, unknown>;
}

/**
 * What changed in a panel: widget's id → props.
 *
 * Beside props stand `append` (more data), `n` (all values up to it are taken in) and `error`
 * (the last value was refused, and `value` is what counts).
 */
export interface PanelPatch {
  type: "panelpatch";
  panel: string;
  set: Record<string, Record<string, unknown>>;
}

/** A panel that you do not see any more. */
export interface PanelGone {
  type: "panelgone";
  panel: string;
}

export type ToServer = Hello | Do | Cancel | Ping | PanelValue;
export type ToClient = Welcome | Queued | Actions | Snapshot | Records | Visitors | Placed | Bonded | Answer | Refusal | Progress | Told | Pong | Bye | PanelTree | PanelPatch | PanelGone | Holds | Seats;
