"""Every message of the live socket as a typed struct; TypeScript is generated from these.

A message is a msgpack map whose field `type` names it. Rows that come in great numbers are
msgpack arrays. Poses and motion frames are binary and live in `wire`.
"""

from typing import Annotated, Any

import msgspec

VERSION = 1
"""The version of the wire; a client of another version is refused with close code 4010."""

SUBPROTOCOL = "worldloom.1"
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
    """The first message, within five seconds; with a seq and its head it asks to resume."""

    version: Whole
    name: str | None = None
    look: Whole | None = None
    resume_seq: Whole | None = None
    resume_head: bytes | None = None


class Do(Message, frozen=True):
    """Asks for an action; the answer or the refusal carries the same id."""

    id: Whole
    action: str
    args: dict[str, Any] = {}


class Ping(Message, frozen=True):
    """Asks for a pong with the same id, to measure the way there and back."""

    id: Whole


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
    log any more; forget it and take the snapshot.
    """

    version: int
    visitor: str
    account: str
    name: str
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
    """A visitor who came: the slot its motion is under, who it is and how it looks."""

    slot: int
    generation: int
    visitor: str
    name: str
    look: int
    agent: bool


class LeftRow(Row, frozen=True):
    """A visitor who went."""

    slot: int
    generation: int
    visitor: str


class Visitors(Message, frozen=True):
    """Who came and who went; the first one after a welcome names all who are here."""

    joined: tuple[JoinedRow, ...] = ()
    left: tuple[LeftRow, ...] = ()


class Placed(Message, frozen=True):
    """The server set your place: you asked to go there, or it refused your last pose."""

    position: tuple[float, float, float]
    yaw: float
    reason: str


class Answer(Message, frozen=True):
    """The result of an action; every record up to `seq` is durable and was sent before."""

    id: int
    seq: int
    result: Any


class Refusal(Message, frozen=True):
    """The action was refused and left no trace."""

    id: int
    error: ErrorRow


class Told(Message, frozen=True):
    """A line for you alone."""

    text: str


class Pong(Message, frozen=True):
    """Answers a ping, with the server's present tick."""

    id: int
    tick: int


class Bye(Message, frozen=True):
    """Why the socket is about to be closed."""

    error: ErrorRow


ToServer = Hello | Do | Ping
ToClient = (
    Welcome | Actions | Snapshot | Records | Visitors | Placed
    | Answer | Refusal | Told | Pong | Bye
)  # fmt: skip
