"""Live talk beside the log: what a feature says to clients and hears from them, never logged.

A channel is attached to one hub. Its messages are types of `messages`, or frames of raw bytes
under its own number for what comes many times a second. What it must keep, it keeps by an action
of the realm like everyone else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.entity import Stance
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.live import Sealed
from worldloom.sync import wire
from worldloom.sync.messages import Message
from worldloom.sync.session import Session

if TYPE_CHECKING:
    from worldloom.sync.hub import Hub


class Channel:
    """One feature's talk with all who are in one world; every method may be left as it is.

    Whatever a client sends has passed its rate and its size. `BadMessage` ends the session; any
    other error for a visitor ends nobody: who wants to tell it, answers by a message.
    """

    takes: ClassVar[tuple[type[Message], ...]] = ()
    """The messages that clients send to it; no other channel of the hub takes them too."""
    number: ClassVar[int] = 0
    """The second byte of its frames of raw bytes, 1 to 255; 0 where it has none."""

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub

    def entered(self, session: Session) -> None:
        """Hear that someone is inside; what they have to know is sent now, after the snapshot."""

    def left(self, session: Session) -> None:
        """Hear that someone who was admitted is gone; session.visitor and slot still stand."""

    def receive(self, session: Session, message: Message) -> None:
        """Take a message of one of the types in `takes`."""

    def receive_bytes(self, session: Session, data: bytes | memoryview) -> None:
        """Take what follows the two head bytes of a raw frame; the bytes are not kept."""

    def tick(self, now_us: int) -> None:
        """Take one 50 ms step, after the poses of this tick were judged."""

    def stance(self, session: Session, stance: Stance) -> Stance:
        """Return where someone is and looks, with what this channel knows of it."""
        return stance

    def worn(self) -> NDArray[np.int64] | None:
        """Return what this channel knows of heads and hands, for evidence: rows of whole numbers.

        The first column is a visitor's row, the others are as a recording's track keeps them.
        """
        return None

    def heard(self, kept: Sequence[Sealed]) -> None:
        """Hear which groups of this world have just become durable and were sent to all."""

    def frame(self, payload: bytes) -> bytes:
        """Return a raw frame of this channel; `Session.send_motion` sends it latest-wins."""
        return wire.live_head(self.number) + payload


@contextmanager
def nobody_ends() -> Iterator[None]:
    """Let what a channel could not do be left undone; bytes that are none still end a session."""
    try:
        yield
    except wire.BadMessage:
        raise
    except WorldloomError:
        pass
