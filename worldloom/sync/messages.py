"""Every message of the live socket as a typed struct; TypeScript is generated from these.

A message is a msgpack map whose field `type` names it. Rows that come in great numbers are
msgpack arrays. Poses and motion frames are binary and live in `wire`.
"""

from typing import Annotated, Any

import msgspec

from worldloom.kernel.limits import LIMITS

VERSION = 2
"""The version of the wire; a client of another version is refused with close code 4010."""

SUBPROTOCOL = "worldloom.2"
"""The WebSocket subprotocol that carries the version in its name."""


class Close:
    """WebSocket close codes that the server uses, and what each asks of the client."""

    NOT_ALLOWED = 4001
    BAD_MESSAGE = 4002
    TOO_SLOW = 4003
    UNKNOWN_WORLD = 4004
    HELLO_TIMEOUT = 4005
    RATE = 4008
    BANNED = 4009
    VERSION = 4010
    RESTARTING = 1012
    TRY_LATER = 1013


Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A whole number that a browser holds exactly."""

Name = Annotated[str, msgspec.Meta(max_length=LIMITS.name_characters_max)]
"""What something is called."""


class Message(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower):
    """A message of the live socket; its tag is its class name in lower case."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A part of a message that travels as a msgpack array, in the order of its fields."""


class ErrorRow(msgspec.Struct, frozen=True):
    """The one wire form of an error: a stable code, what happened, how to mend it."""

    code: str
    message: str
    fix: str


# Client to server


class Hello(Message, frozen=True):
    """The first message, within five seconds; with a seq and its head it asks to resume.

    Without an avatar and a VRM the visitor looks as the account did last, or has a figure that is
    the account's own until it chooses. `copy`: which copy of the world it would like to be in,
    where there are some and that one has room.
    """

    version: Whole
    name: str | None = None
    avatar: str | None = None
    vrm: str | None = None
    resume_seq: Whole | None = None
    resume_head: bytes | None = None
    copy: Whole | None = None


class Do(Message, frozen=True):
    """Asks for an action; the answer or the refusal carries the same id."""

    id: Whole
    action: str
    args: dict[str, Any] = {}
    key: str = ""
    """An Idempotency-Key, so that asking again after a cut line does it once; empty: none."""
    dry_run: bool = False
    """Whether it is only decided: the answer tells what would come."""


class Cancel(Message, frozen=True):
    """Takes back the long request of a seq, if it is not answered yet; answered as an action."""

    id: Whole
    seq: Whole


class Ping(Message, frozen=True):
    """Asks for a pong with the same id, to measure the way there and back."""

    id: Whole


class PanelValue(Message, frozen=True):
    """A hand on a widget: its value under way, or the last one, when it lets go (`done`).

    `n` counts from 1 per connection and widget. The answer comes in a `panelpatch`.
    """

    panel: Name
    widget: Name
    value: Any
    n: Whole
    done: bool = False


# Server to client


class ActionRow(msgspec.Struct, frozen=True):
    """An action that this visitor may ask for: its name, docstring, role and JSON Schema."""

    name: str
    doc: str
    role: str
    schema: dict[str, Any]


class Welcome(Message, frozen=True):
    """Answers hello: who you are here, where you stand and how the world is to be followed.

    `position` is metres (x, y, z), `yaw` radians; 0 looks to -Z, counter-clockwise from above.
    `resumed`: records go on after your seq. `history_lost`: what you remember is not in this
    log any more; forget it and take the snapshot. `copy`: in which one you are of at most `copies`
    copies of the world, each of `places` places.
    """

    version: int
    visitor: str
    account: str
    name: str
    avatar: str
    vrm: str
    role: str
    slot: int
    generation: int
    position: tuple[float, float, float]
    yaw: float
    world: str
    title: str
    tick_hz: int
    seq: int
    resumed: bool
    history_lost: bool
    actions: tuple[ActionRow, ...]
    copy: int = 1
    copies: int = 1
    places: int = 0


class Queued(Message, frozen=True):
    """Answers hello where there is no room yet: your place in the queue, 1 is next.

    `why`: `full` (somebody has to leave first) or `busy` (in some `seconds` it is your turn).
    Welcome follows by itself.
    """

    place: int
    why: str
    seconds: int | None


class Actions(Message, frozen=True):
    """What you may ask for from now on: your role or the world's code is another."""

    role: str
    actions: tuple[ActionRow, ...]


class ComponentRow(Row, frozen=True):
    """One component of an entity: its name, its version and its msgpack bytes."""

    component: str
    version: int
    data: bytes


class EntityRow(Row, frozen=True):
    """One entity: its id, name, parent's id and public components."""

    id: int
    name: str
    parent: int | None
    components: tuple[ComponentRow, ...]


class Snapshot(Message, frozen=True):
    """A part of the world's public state at `seq`; the first and the last are marked."""

    seq: int
    head: bytes
    private_root: bytes
    entities: tuple[EntityRow, ...]
    first: bool
    last: bool


class RecordRow(Row, frozen=True):
    """One record of a group; without a payload where you may not read it."""

    seq: int
    kind: str
    version: int
    payload: bytes | None


class GroupRow(msgspec.Struct, frozen=True):
    """The records of one cause, which stand or fall together.

    `head` is the hash of the last record. `private_root` is set in the last group of a message
    at least: with the public root it makes the state hash at that group.
    """

    time: int
    actor: str
    cause: str
    records: tuple[RecordRow, ...]
    head: bytes
    private_root: bytes | None


class Records(Message, frozen=True):
    """Whole groups in the order of the log, without a gap after what was sent before."""

    groups: tuple[GroupRow, ...]


class JoinedRow(Row, frozen=True):
    """A visitor who is here: the slot its motion is under, who it is and how it looks."""

    slot: int
    generation: int
    visitor: str
    name: str
    avatar: str
    vrm: str
    agent: bool
    copy: int = 1


class LeftRow(Row, frozen=True):
    """A visitor who went."""

    slot: int
    generation: int
    visitor: str


class HoldRow(Row, frozen=True):
    """Who holds an entity in which hand; nobody does where `visitor` is empty."""

    entity: int
    visitor: str
    hand: str


class Holds(Message, frozen=True):
    """What came into hands and went out; the first one after a welcome names all that is held."""

    rows: tuple[HoldRow, ...]


class SeatRow(Row, frozen=True):
    """Who sits on a seat; nobody does where `visitor` is empty."""

    seat: int
    visitor: str


class Seats(Message, frozen=True):
    """Who sat down and stood up; the first one after a welcome names all who sit."""

    rows: tuple[SeatRow, ...]


class Visitors(Message, frozen=True):
    """Who came, who went and who looks otherwise; after a welcome all who are here have come."""

    joined: tuple[JoinedRow, ...] = ()
    left: tuple[LeftRow, ...] = ()
    changed: tuple[JoinedRow, ...] = ()


class Placed(Message, frozen=True):
    """The server set your place: you asked to go there, or it refused your last pose.

    Poses that you send from now on bear `mark`, so that those under way from before are known.
    """

    position: tuple[float, float, float]
    yaw: float
    reason: str
    mark: int = 0


class Bonded(Message, frozen=True):
    """Whom of those here (visitors' ids) you may come near to, have muted, have as a friend.

    `blocked` and `muted_accounts` name accounts: the ones are not here for you, the others may
    speak from elsewhere. `distance`: strangers keep away from you.
    """

    near: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    friends: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    distance: bool = True
    muted_accounts: tuple[str, ...] = ()


class Answer(Message, frozen=True):
    """The result of an action; every record up to `seq` is durable and was sent before."""

    id: int
    seq: int
    result: Any


class Refusal(Message, frozen=True):
    """The action was refused and left no trace."""

    id: int
    error: ErrorRow


class Progress(Message, frozen=True):
    """How far the long request of a seq is, to who asked for it; at last it is `done` or `failed`.

    So much is `done` of `total`, if that is known; `text` says it in words.
    """

    seq: int
    action: str
    state: str
    done: float
    total: float | None
    text: str
    error: ErrorRow | None


class Told(Message, frozen=True):
    """A line for you alone; `about` is `approval` where it waits for your word, or empty."""

    text: str
    about: str = ""


class Pong(Message, frozen=True):
    """Answers a ping, with the server's present tick and its time (UTC microseconds)."""

    id: int
    tick: int
    time: int


class Bye(Message, frozen=True):
    """Why the socket is about to be closed."""

    error: ErrorRow


class PanelTree(Message, frozen=True):
    """A whole panel, new or in the place of what it was: `root` is its tree of widgets.

    A node is a map: `k` its kind, `id`, its props, `c` its children; arrays of numbers are the
    bytes of little-endian float64. `at`: page, wall, wrist or entity; `place` metres, in the world
    or from the entity's middle; `turn` radians; `width` metres; `rank` its place among the world's
    panels, from 0, wherever it comes in time.
    """

    panel: str
    title: str
    at: str
    entity: int | None
    place: tuple[float, float, float]
    turn: float
    width: float
    dir: str
    rank: int
    root: dict[str, Any]


class PanelPatch(Message, frozen=True):
    """What changed in a panel: widget's id → props.

    Beside props stand `append` (more data), `n` (all values up to it are taken in) and `error`
    (the last value was refused, and `value` is what counts).
    """

    panel: str
    set: dict[str, dict[str, Any]]


class PanelGone(Message, frozen=True):
    """A panel that you do not see any more."""

    panel: str


ToServer = (
    Hello
    | Do
    | Cancel
    | Ping
    | PanelValue
)  # fmt: skip
ToClient = (
    Welcome
    | Queued
    | Actions
    | Snapshot
    | Records
    | Visitors
    | Placed
    | Bonded
    | Answer
    | Refusal
    | Progress
    | Told
    | Pong
    | Bye
    | PanelTree
    | PanelPatch
    | PanelGone
    | Holds
    | Seats
)  # fmt: skip
