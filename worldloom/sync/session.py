"""One connection: what it may send, what waits to be sent to it, and when it must end.

A session knows no socket. A transport hands it bytes and takes bytes from it, so that the
simulator can stand where the network is.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from worldloom.kernel.agents import actor_of
from worldloom.kernel.avatar import Avatar
from worldloom.kernel.bucket import Bucket
from worldloom.kernel.errors import OverLimit, Refused, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Standing, Token
from worldloom.kernel.world import World
from worldloom.sync import wire
from worldloom.sync.messages import (
    Bye,
    Cancel,
    Close,
    Do,
    ErrorRow,
    Hello,
    JoinedRow,
    Message,
    Ping,
    Refusal,
)
from worldloom.sync.motion import Motion, Slot
from worldloom.sync.rates import Rates

REASON_BYTES_MAX: Final = 123
"""A close frame holds two bytes of code and at most so many of reason (RFC 6455, 5.5)."""
POSES_PAID: Final = 20
"""So many poses are taken from their bucket together, where it holds as many."""


Write = Callable[[bytes], None]
"""Writes the bytes of a frame of the socket."""


class RateLimited(OverLimit):
    """More was asked in a second than one session may ask."""

    code = "too_often"


class TooSlow(Unavailable):
    """What waits for this connection is over its bound; connect again and resume."""

    code = "too_slow"


class HelloTimeout(Refused):
    """The connection did not say hello in time."""

    code = "hello_timeout"


class Transport(Protocol):
    """The bytes' way to one client; `paused` while any byte of an earlier send is unsent."""

    def send(self, data: bytes) -> None:
        """Send one binary frame."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after what was sent."""
        ...

    def send_many(self, frames: Sequence[bytes]) -> None:
        """Send several binary frames in order, in one write."""
        ...

    @property
    def paused(self) -> bool:
        """Whether the write buffer holds bytes."""
        ...


class Keeper(Protocol):
    """What a session asks of the world it is in; the hub is one."""

    motion: Motion
    writers: list[Write | None]
    """Row → what takes a motion frame at once; None: its session must be asked."""
    ended: Counter[int]
    """Close code → how many sessions were ended with it."""

    def now_us(self) -> int:
        """Return the present time in microseconds."""
        ...

    def claim(self, slot: Slot, data: bytes | memoryview, now_us: int) -> None:
        """Take a checked pose."""
        ...

    def hello(self, session: "Session", message: Hello) -> None:
        """Admit the session or end it."""
        ...

    def do(self, session: "Session", message: Do) -> None:
        """Decide an action and answer when it is durable."""
        ...

    def pong(self, session: "Session", message: Ping) -> None:
        """Answer a ping."""
        ...

    def hear(self, session: "Session", message: Message) -> None:
        """Take a message that belongs to a channel."""
        ...

    def hear_bytes(self, session: "Session", data: bytes | memoryview) -> None:
        """Take a raw frame that belongs to a channel."""
        ...

    def gone(self, session: "Session") -> None:
        """Forget a session that ended."""
        ...


class Phase(Enum):
    """How far a session is: waiting for hello, or for its turn, being admitted, inside, or gone."""

    WAITING = 1
    QUEUED = 2
    ENTERING = 3
    INSIDE = 4
    CLOSED = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a connection is, as the server's door found out.

    `name` and `avatar` (or what makes one, for those who come in) are what it is shown as until it
    says otherwise; `by` is the token that it
    came by, or the moment of its cookie (UTC microseconds); `agent`: it is software; `shared`: how
    fast all of the same account, or of the same address, may send together.
    """

    account: str
    name: str
    avatar: str | Callable[[], str] = ""
    by: Token | int | None = None
    agent: bool = False
    shared: Rates | None = None

    @property
    def acts_as(self) -> str:
        """The name of the agent that comes for its person; empty: it is nobody's agent."""
        return self.by.acts_as if isinstance(self.by, Token) else ""

    @property
    def actor(self) -> str:
        """Whom the log names for what it does."""
        return actor_of(self.account, self.acts_as)


class Session:
    """One connection of one visitor to one world."""

    __slots__ = (
        "__weakref__", "_claim", "_floods", "_later", "_may", "_now_us", "_poses_paid", "_queue",
        "_ready", "announced", "avatar", "came_as", "copy", "frames_skipped", "hub", "identity",
        "judged", "name", "offered", "opened_us", "phase", "queued_bytes", "sent_seq", "slot",
        "transport", "visitor", "write",
    )  # fmt: skip

    def __init__(self, hub: Keeper, transport: Transport, identity: Identity) -> None:
        now = hub.now_us()
        self.hub = hub
        # What is called for each of fifty thousand poses a second is not looked up each time.
        self._claim, self._now_us = hub.claim, hub.now_us
        self.transport = transport
        self.identity = identity
        self.phase = Phase.WAITING
        self.name = identity.name
        self.came_as = self.avatar = Avatar()
        """What the visitor looked like on entering, and now."""
        self.visitor = ""
        self.announced: JoinedRow | None = None
        """How the others are told of the visitor."""
        self.slot: Slot | None = None
        self.copy = 1
        """In which copy of the world the visitor is."""
        self.offered: tuple[World, Standing] | None = None
        """The code and the standing that the last list of actions was made for."""
        self.judged: tuple[World, int] | None = None
        """The code, and the seq of the people, by which it was last looked what it may do."""
        self.sent_seq = 0
        """Every record up to here was handed to the transport or waits in the queue."""
        self.frames_skipped = 0
        self.write: Write | None = None
        """Where the transport is a socket."""
        self._ready = False
        self.opened_us = now
        self._queue: deque[bytes] = deque()
        self._later: list[bytes] = []
        """What goes with the next tick, or with the next message that cannot wait."""
        self.queued_bytes = 0
        self._may = Rates(now, above=identity.shared)
        self._poses_paid = 0
        self._floods = Bucket(LIMITS.floods_per_second_max, LIMITS.floods_burst_max, now)

    @property
    def ready(self) -> bool:
        """Whether a motion frame may be given to `write` at once: nothing waits before it."""
        return self._ready

    @ready.setter
    def ready(self, ready: bool) -> None:
        """Say so to whoever sends the frames; before there is a slot nobody does."""
        if ready is not self._ready and self.slot is not None:
            self._ready = ready
            self.hub.writers[self.slot.index] = self.write if ready else None

    @property
    def queued(self) -> int:
        """Messages that wait for a slow socket."""
        return len(self._queue)

    # What comes in

    def receive(self, data: bytes | memoryview) -> None:
        """Take one binary frame from the client; the bytes are not kept."""
        if self._poses_paid and len(data) == wire.POSE_BYTES and data[0] == wire.POSE:
            # What comes most by far, and is checked and paid for: fifty thousand a second.
            self._poses_paid -= 1
            if self.slot is not None:
                self._claim(self.slot, data, self._now_us())
            return
        if self.phase is Phase.CLOSED:
            return
        now = self.hub.now_us()
        try:
            if len(data) and data[0] == wire.POSE:
                self._receive_pose(data, now)
                return
            if not self._may.bytes.take(len(data), now):
                raise RateLimited("too many bytes", fix="Send less, and larger things by HTTP.")
            if len(data) and data[0] == wire.LIVE:
                self._receive_live(data, now)
            else:
                self._receive_message(wire.decode_from_client(data), now)
        except RateLimited as error:
            self.end(Close.RATE, error)
        except wire.BadMessage as error:
            self.end(Close.BAD_MESSAGE, error)

    def receive_control(self) -> bool:
        """Take a ping or pong of the socket itself; a flood ends the session. Says if it goes on.

        Nothing else bounds how many come, and a ping is answered.
        """
        try:
            self._count_flood(self.hub.now_us())
        except RateLimited as error:
            self.end(Close.RATE, error)
        return self.phase is not Phase.CLOSED

    def receive_text(self) -> None:
        """Take a text frame: there are none on this wire, so the session ends."""
        self.end(Close.BAD_MESSAGE, wire.bad("a text frame: every frame of this wire is binary"))

    def _receive_pose(self, data: bytes | memoryview, now: int) -> None:
        """Take a pose. It is 16 bytes, so that its rate bounds its bytes, too."""
        wire.check_pose(data)
        if self._may.poses.take(POSES_PAID, now):
            # A look at the bucket costs more than all else here: many poses are paid for at once.
            self._poses_paid = POSES_PAID - 1
        elif not self._may.poses.take(1, now):
            # The newest pose wins anyway: a few too many are dropped, a flood is not borne.
            self._count_flood(now)
            return
        if self.slot is not None:
            self._claim(self.slot, data, now)

    def prepay(self) -> int:
        """Pay for many poses that whoever reads the socket takes by itself; says for how many."""
        return POSES_PAID if self._may.poses.take(POSES_PAID, self._now_us()) else 0

    def _receive_live(self, data: bytes | memoryview, now: int) -> None:
        if len(data) < wire.LIVE_HEAD_BYTES or self.phase is Phase.WAITING:
            raise wire.bad("a raw frame without its head, or before hello")
        if not self._may.live.take(1, now):
            self._count_flood(now)
        else:
            self.hub.hear_bytes(self, data)

    def _count_flood(self, now: int) -> None:
        if not self._floods.take(1, now):
            raise RateLimited("too many messages", fix="Slow down; the limits are in the docs.")

    def _receive_message(self, message: Message, now: int) -> None:
        if isinstance(message, Hello):
            if self.phase is not Phase.WAITING:
                raise wire.bad("hello is said once")
            self.hub.hello(self, message)
        elif self.phase is Phase.WAITING:
            raise wire.bad("say hello first")
        elif self.phase is Phase.QUEUED and not isinstance(message, Ping):
            self._count_flood(now)
            if isinstance(message, Do | Cancel):
                outside = Unavailable("you are not in yet", fix="Wait for your turn.")
                self.send(wire.encode(Refusal(message.id, error_row(outside))))
        elif not isinstance(message, Do | Ping | Cancel):
            if self._may.live.take(1, now):
                self.hub.hear(self, message)
            else:
                self._count_flood(now)
        elif not self._may.commands.take(1, now):
            self._count_flood(now)
            if isinstance(message, Do | Cancel):
                error = RateLimited("too many actions at once", fix="Wait a second.")
                self.send(wire.encode(Refusal(message.id, error_row(error))))
        elif isinstance(message, Do):
            self.hub.do(self, message)
        elif isinstance(message, Cancel):
            self.hub.hear(self, message)
        else:
            self.hub.pong(self, message)

    # What goes out

    def send(self, data: bytes) -> None:
        """Send a reliable message, in order; it waits in the queue while the socket is slow."""
        if self.phase is Phase.CLOSED:
            return
        if self._later:
            self.send_later(data)
            self.flush()
        elif not self._queue and not self.transport.paused:
            self.transport.send(data)
        else:
            self._wait(data)

    def send_later(self, data: bytes) -> bool:
        """Send a reliable message with the next tick; says whether it is the first that waits."""
        if self.phase is Phase.CLOSED:
            return False
        self._later.append(data)
        self.ready = False
        return len(self._later) == 1

    def flush(self) -> None:
        """Send what was to go later, in one write."""
        later, self._later = self._later, []
        if later and not self._queue and not self.transport.paused:
            self.transport.send_many(later)
            return
        for data in later:
            self._wait(data)

    def _wait(self, data: bytes) -> None:
        """Keep a message for a slow socket; a queue over its bound ends the session."""
        if self.phase is Phase.CLOSED:
            return
        self.ready = False
        self._queue.append(data)
        self.queued_bytes += len(data)
        if (
            len(self._queue) > LIMITS.socket_queue_messages_max
            or self.queued_bytes > LIMITS.socket_queue_bytes_max
        ):
            error = TooSlow("this connection is too slow", fix="Connect again and resume.")
            self.end(Close.TOO_SLOW, error)

    def send_motion(self, payload: bytes) -> bool:
        """Send a motion frame unless an earlier byte is still unsent; says whether it went."""
        transport = self.transport
        if not (self._later or self._queue or transport.paused) and self.phase is Phase.INSIDE:
            transport.send(payload)
            self.ready = self.write is not None and not transport.paused
            return True
        if self.phase is not Phase.INSIDE:
            return True
        if self._queue or transport.paused:
            self.frames_skipped += 1
            return False
        later, self._later = self._later, []
        transport.send_many((*later, payload))
        return True

    def drained(self) -> None:
        """Hear from the transport that its buffer is empty; sends what waits."""
        while self._queue and not self.transport.paused and self.phase is not Phase.CLOSED:
            data = self._queue.popleft()
            self.queued_bytes -= len(data)
            self.transport.send(data)

    # How it ends

    def check_time(self, now_us: int) -> None:
        """End the session where hello is overdue."""
        if self.phase is Phase.WAITING and now_us - self.opened_us > LIMITS.hello_seconds_max * 1e6:
            error = HelloTimeout("hello did not come in time", fix="Say hello when connected.")
            self.end(Close.HELLO_TIMEOUT, error)

    def end(self, code: int, error: WorldloomError) -> None:
        """Say why and close; the visitor leaves the world."""
        if self.phase is Phase.CLOSED:
            return
        if self._later and not self._queue and not self.transport.paused:
            self.transport.send_many(self._later)
        self.hub.ended[code] += 1
        self._shut()
        self.transport.send(wire.encode(Bye(error_row(error))))
        self.transport.close(code, short_reason(error.message))

    def disconnected(self) -> None:
        """Hear from the transport that the socket is gone."""
        if self.phase is not Phase.CLOSED:
            self._shut()

    def _shut(self) -> None:
        self.phase = Phase.CLOSED
        self.ready = False
        self._queue.clear()
        self._later = []
        self._poses_paid = 0
        self.queued_bytes = 0
        self.hub.gone(self)


def error_row(error: WorldloomError) -> ErrorRow:
    """Return the wire form of an error."""
    return ErrorRow(error.code, error.message, error.fix)


def short_reason(text: str) -> str:
    """Cut a close reason to what a close frame holds, between characters."""
    return text.encode()[:REASON_BYTES_MAX].decode(errors="ignore")
