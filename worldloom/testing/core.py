"""A robot without a socket: the client's whole protocol, driven by bytes.

`Robot` gives it a real socket and asyncio; the simulator gives it a bad network.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from worldloom.kernel.errors import Refused, Unavailable, WorldloomError
from worldloom.kernel.schema import plain
from worldloom.presence import limbs
from worldloom.presence.limbs import Limbs
from worldloom.sync import wire
from worldloom.sync.messages import (
    VERSION,
    Actions,
    Answer,
    Bye,
    Cancel,
    Do,
    ErrorRow,
    Hello,
    JoinedRow,
    Message,
    PanelGone,
    PanelPatch,
    PanelTree,
    Ping,
    Placed,
    Pong,
    Progress,
    Queued,
    Records,
    Refusal,
    Snapshot,
    Told,
    Visitors,
    Welcome,
)
from worldloom.testing.copy import Copy, Gap
from worldloom.testing.panels import ShownPanels

Outcome = Answer | WorldloomError
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that was said here: by whom (empty: the world itself) and what."""

    visitor: str
    name: str
    text: str


@dataclass(slots=True)
class Other:
    """A visitor as this robot sees it; `position` in metres, None until it was seen to move."""

    visitor: str
    name: str
    avatar: str
    """A code of the wardrobe."""
    vrm: str
    """The sha256 of a VRM, or nothing."""
    agent: bool
    copy: int = 1
    """In which copy of the world they are."""
    position: Point | None = None
    yaw: float = 0.0
    animation: int = 0
    limbs: Limbs | None = None
    """Head and hands, while a headset is worn nearby."""


class RobotCore:
    """One client's memory and rules; `send` takes the bytes of one frame."""

    def __init__(
        self, name: str = "Robot", avatar: str | None = None, vrm: str | None = None
    ) -> None:
        self.name = name
        self.avatar, self.vrm = avatar, vrm
        self.asked_copy: int | None = None
        """Which copy of the world it would like to be in."""
        self.copy = Copy()
        self.welcome: Welcome | None = None
        """The last welcome; None while not inside."""
        self.visitors: dict[str, Other] = {}
        self.said: deque[Heard] = deque(maxlen=1000)
        self.told: deque[str] = deque(maxlen=1000)
        self.outcomes: dict[int, Outcome] = {}
        """What came of each command, by its id."""
        self.history_lost = False
        """A log once did not know what this robot remembered of it."""
        self.queued: Queued | None = None
        """Where it waits at the door, while it does."""
        self.ended: ErrorRow | None = None
        """Why the server ended the last connection."""
        self.position: Point = (0.0, 0.0, 0.0)
        self.yaw = 0.0
        self.ticks: deque[int] = deque(maxlen=100)
        """The ticks of the last motion frames."""
        self.live: deque[Message] = deque(maxlen=1000)
        """What channels said, newest last."""
        self.live_bytes: dict[int, bytes] = {}
        """Channel number → its newest raw frame, without its head."""
        self.progress: dict[int, Progress] = {}
        """What it was told last of each long request that it waits for, by its seq."""
        self.panels = ShownPanels()
        """The panels that it is shown."""
        self._send: Callable[[bytes], None] | None = None
        self._slots: dict[tuple[int, int], str] = {}
        self._next_id = 1
        self._waiting: set[int] = set()
        self._pose_sequence = 0
        self._mark = wire.FIRST_MARK

    @property
    def inside(self) -> bool:
        """Whether the world was entered and its state is here."""
        return self.welcome is not None and self.copy.seq >= self.welcome.seq

    @property
    def seq(self) -> int:
        """The seq of the last record that was folded."""
        return self.copy.seq

    # The connection

    def opened(self, send: Callable[[bytes], None]) -> None:
        """Hear that a connection is open; says hello, resuming what is remembered."""
        self._send = send
        self.welcome = None
        self.queued = None
        self.ended = None
        known = self.copy.seq > 0
        self._post(
            Hello(
                VERSION,
                self.name,
                self.avatar,
                self.vrm,
                self.copy.seq if known else None,
                self.copy.head if known else None,
                self.asked_copy,
            )
        )

    def closed(self) -> None:
        """Hear that the connection is gone; what was not answered may or may not have happened."""
        self._send = None
        self.welcome = None
        for id in self._waiting:
            self.outcomes[id] = Unavailable(
                "the connection was lost before the answer came", code="not_connected"
            )
        self._waiting.clear()

    def receive(self, data: bytes | memoryview) -> None:
        """Take one frame from the server; raises Gap or BadMessage where it is not as promised."""
        if len(data) and data[0] == wire.MOTION:
            self._see(wire.decode_motion(data))
        elif len(data) and data[0] == wire.LIVE:
            self.live_bytes[data[1]] = payload = bytes(data[wire.LIVE_HEAD_BYTES :])
            if data[1] == limbs.NUMBER:
                self._see_limbs(payload)
        else:
            self._take(wire.decode_from_server(data))

    # What a robot does

    def do(self, action: str, args: dict[str, Any], key: str = "", dry_run: bool = False) -> int:
        """Ask for an action; its outcome will stand under the id that is returned."""
        id = self._next_id
        self._next_id += 1
        if self.welcome is None:
            self.outcomes[id] = Unavailable("not in the world", code="not_connected")
        else:
            self._waiting.add(id)
            self._post(Do(id, action, args, key, dry_run))
        return id

    def cancel(self, seq: int) -> int:
        """Take a long request back; its outcome will stand under the id that is returned."""
        id = self._next_id
        self._next_id += 1
        self._waiting.add(id)
        self._post(Cancel(id, seq))
        return id

    def pose(self, x: float, y: float, z: float, yaw: float = 0.0, animation: int = 1) -> None:
        """Claim to stand somewhere: metres and radians."""
        self._pose_sequence += 1
        self.position, self.yaw = (x, y, z), yaw
        if self._send is not None and self.welcome is not None:
            pose = wire.Pose(x, y, z, yaw, animation, self._pose_sequence, self._mark)
            self._send(wire.encode_pose(pose))

    def reach(self, held: Limbs) -> None:
        """Claim where a headset's wearer has head and hands, in metres from the feet."""
        self.send_live(limbs.NUMBER, limbs.encode_reach(held))

    def ping(self) -> None:
        """Ask for a pong."""
        self._post(Ping(0))

    def enter_value(self, panel: str, widget: str, value: Any, done: bool = True) -> int:
        """Move a widget as a hand does; returns the number that the answer in its props has."""
        message = self.panels.value(panel, widget, value, done)
        self._post(message)
        return message.n

    def send_live(self, number: int, data: bytes) -> None:
        """Send raw bytes to the channel of a number."""
        assert self._send is not None
        self._send(wire.live_head(number) + data)

    def _post(self, message: Message) -> None:
        assert self._send is not None
        self._send(wire.encode(message))

    # What a robot is sent

    def _take(self, message: Message) -> None:
        match message:
            case Welcome():
                self._enter(message)
            case Actions():
                assert self.welcome is not None, "the welcome comes first"
                self.welcome = msgspec.structs.replace(
                    self.welcome, role=message.role, actions=message.actions
                )
            case Snapshot():
                self.copy.take_snapshot(message)
            case Records():
                self._fold(message)
            case Visitors():
                self._meet(message)
            case Answer():
                if message.seq > self.copy.seq:
                    raise Gap(f"an answer at {message.seq} came before its records")
                self._settle(message.id, message)
            case Refusal():
                error = message.error
                self._settle(message.id, Refused(error.message, error.fix, code=error.code))
            case Placed():
                self.position, self.yaw = message.position, message.yaw
                self._mark = message.mark
            case Progress():
                self.progress[message.seq] = message
            case Told():
                self.told.append(message.text)
            case Queued():
                self.queued = message
            case Bye():
                self.ended = message.error
            case Pong():
                pass
            case PanelTree() | PanelPatch() | PanelGone():
                self.panels.take(message)
            case _:
                self.live.append(message)

    def _enter(self, welcome: Welcome) -> None:
        self.welcome, self.queued = welcome, None
        self._mark = wire.FIRST_MARK
        self.panels.clear()
        self.history_lost |= welcome.history_lost
        if not welcome.resumed:
            self.copy = Copy()
        self.position, self.yaw = welcome.position, welcome.yaw
        self.visitors.clear()
        self._slots.clear()

    def _fold(self, message: Records) -> None:
        for record in self.copy.take_records(message):
            if record.kind == "Said":
                said = plain(record.payload)
                self.said.append(Heard(said["visitor"], said["name"] or "", said["text"] or ""))

    def _settle(self, id: int, outcome: Outcome) -> None:
        if id not in self._waiting:
            raise wire.bad(f"an outcome of {id}, which nobody waits for")
        self._waiting.discard(id)
        self.outcomes[id] = outcome

    def _meet(self, message: Visitors) -> None:
        for gone in message.left:
            self.visitors.pop(gone.visitor, None)
            if self._slots.get((gone.slot, gone.generation)) == gone.visitor:
                del self._slots[gone.slot, gone.generation]
        for row in message.changed:
            other = self.visitors[row.visitor]
            other.name, other.avatar, other.vrm = row.name, row.avatar, row.vrm
            other.copy = row.copy
        for row in message.joined:
            self.visitors[row.visitor] = _other(row)
            self._slots[row.slot, row.generation] = row.visitor
        me = self.visitors.get("" if self.welcome is None else self.welcome.visitor)
        for other in self.visitors.values():
            if me is not None and other.copy != me.copy:
                other.position = None

    def _see(self, frame: wire.MotionFrame) -> None:
        self.ticks.append(frame.tick)
        for section in frame.sections:
            for slot, x, y, z, yaw, flags in section.records.tolist():
                other = self.visitors.get(self._slots.get((slot, flags >> 4 & 0xF), ""))
                if other is None:
                    continue
                other.position = (
                    wire.metres(section.cell_x, x), wire.height(y), wire.metres(section.cell_z, z)
                )  # fmt: skip
                other.yaw = wire.radians(yaw)
                other.animation = flags & 0xF

    def _see_limbs(self, payload: bytes) -> None:
        _, records = limbs.decode_frame(payload)
        for record in records:
            generation = int(record["flags"]) >> limbs.GENERATION_SHIFT
            other = self.visitors.get(self._slots.get((int(record["slot"]), generation), ""))
            if other is not None:
                seen = limbs.limbs_of(record)
                other.limbs = seen if seen.head else None


def _other(row: JoinedRow) -> Other:
    return Other(row.visitor, row.name, row.avatar, row.vrm, row.agent, row.copy)
