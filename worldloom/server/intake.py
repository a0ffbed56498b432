"""The poses of a crowd, read from all its sockets together.

In a crowd nearly all that comes is poses: frames of 22 bytes, twenty a second from each. Read and
handled one by one by the loop and picows they took a third of a server's time. Here one epoll has
the sockets that send poses: these are read in a row, and unmasked and handed to their world's
arrays together. A socket from which anything else comes is the loop's again, with what came, until
its next pose.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from select import EPOLLET, EPOLLIN, EPOLLRDHUP, epoll
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.motion import CLAIM, Motion
from worldloom.sync.session import Session

HEAD: Final = bytes((0x82, 0x80 | wire.POSE_BYTES))
"""How the frame of a pose begins: whole, binary, masked, of that length (RFC 6455, 5.2)."""
FRAME: Final = np.dtype([("head", "<u2"), ("mask", "<u4"), ("words", "<u4", wire.POSE_BYTES // 4)])
FRAME_BYTES: Final = FRAME.itemsize
READ_BYTES: Final = 64 * FRAME_BYTES
WATCHED: Final = EPOLLIN | EPOLLRDHUP | EPOLLET
"""Told once of what comes: else the system looks at each socket again that was read already."""


class Owner(Protocol):
    """Whose socket it is, and who takes what is no pose."""

    def feed(self, data: bytes) -> None:
        """Take bytes as if the loop had read them."""
        ...


class Inbox:
    """What has come for one world since the last look."""

    __slots__ = ("frames", "rows", "senders")

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.frames: list[bytes] = []
        self.senders = 0


class Sender:
    """A socket that is read here."""

    __slots__ = ("fd", "inbox", "line", "owner", "paid", "row", "session")

    def __init__(
        self, owner: Owner, line: asyncio.Transport, session: Session, row: int, inbox: Inbox
    ) -> None:
        self.owner, self.line, self.session, self.row = owner, line, session, row
        self.fd: int = line.get_extra_info("socket").fileno()
        self.inbox = inbox
        self.paid = 0
        """So many poses more are within the session's rate."""

    def pay(self, count: int) -> bool:
        """Say whether so many poses are within the session's rate."""
        if self.paid < count:
            self.paid += self.session.prepay()
        if self.paid < count:
            return False
        self.paid -= count
        return True


class Intake:
    """Reads those sockets of a crowd that send poses."""

    def __init__(self, loop: asyncio.AbstractEventLoop, now_us: Callable[[], int]) -> None:
        self._loop = loop
        self._now_us = now_us
        self._epoll = epoll()
        self._senders: dict[int, Sender] = {}
        """By the socket's number in this process."""
        self._owners: dict[Owner, Sender] = {}
        self._inboxes: dict[Motion, Inbox] = {}
        # One epoll wakes another: the loop's own.
        loop.add_reader(self._epoll.fileno(), self.run)

    def __len__(self) -> int:
        return len(self._owners)

    def adopt(self, owner: Owner, line: asyncio.Transport, session: Session) -> None:
        """Read a socket here, and no more by the loop; all that came until now has been taken."""
        assert session.slot is not None and owner not in self._owners
        motion = session.hub.motion
        inbox = self._inboxes.setdefault(motion, Inbox())
        sender = Sender(owner, line, session, session.slot.index, inbox)
        # One of that number that was closed a moment ago has left the epoll by itself.
        stale = self._senders.get(sender.fd)
        if stale is not None:
            self._forget(stale)
        line.pause_reading()
        inbox.senders += 1
        self._senders[sender.fd] = self._owners[owner] = sender
        self._epoll.register(sender.fd, WATCHED)

    def release(self, owner: Owner) -> None:
        """Leave a socket to the loop, if it is read here."""
        sender = self._owners.get(owner)
        if sender is None:
            return
        self._forget(sender)
        with suppress(OSError):  # it is closed
            self._epoll.unregister(sender.fd)
        if not sender.line.is_closing():
            sender.line.resume_reading()

    def _forget(self, sender: Sender) -> None:
        del self._owners[sender.owner]
        del self._senders[sender.fd]
        sender.inbox.senders -= 1

    def run(self) -> None:
        """Read once from each socket that has something."""
        senders, read, size, pose = self._senders, os.read, FRAME_BYTES, wire.POSE
        others: list[tuple[Sender, bytes]] = []
        for fd, event in self._epoll.poll(0, LIMITS.sockets_max):
            sender = senders[fd]
            try:
                data = read(fd, READ_BYTES)
            except OSError:
                data = b""  # the loop finds out what it is
            if event != EPOLLIN or len(data) == READ_BYTES:
                others.append((sender, data))  # one is not told again of the end, or of the rest
                continue
            if len(data) == size and data.startswith(HEAD) and data[2] ^ data[6] == pose:
                if sender.paid:
                    sender.paid -= 1
                elif not sender.pay(1):
                    others.append((sender, data))
                    continue
            elif not ((count := poses_in(data)) and sender.pay(count)):
                others.append((sender, data))
                continue
            inbox = sender.inbox
            inbox.rows.append(sender.row)
            inbox.frames.append(data[-size:])  # the newest wins
        self._hand_over()
        # Last: what they ask for may send somebody away whose pose has just come.
        for sender, data in others:
            if sender.owner in self._owners:
                self.release(sender.owner)
                if data:
                    sender.owner.feed(data)

    def _hand_over(self) -> None:
        now = self._now_us()
        for motion, inbox in tuple(self._inboxes.items()):
            if inbox.frames:
                motion.claim_many(inbox.rows, claims_of(inbox.frames), now)
                inbox.rows, inbox.frames = [], []
            if not inbox.senders:
                del self._inboxes[motion]

    def close(self) -> None:
        """Leave all sockets to the loop."""
        for owner in tuple(self._owners):
            self.release(owner)
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()


def poses_in(data: bytes) -> int:
    """Return how many frames with poses these bytes are, or 0: they are something else."""
    count, rest = divmod(len(data), FRAME_BYTES)
    if rest:
        return 0
    for at in range(0, len(data), FRAME_BYTES):
        if not data.startswith(HEAD, at) or data[at + 2] ^ data[at + 6] != wire.POSE:
            return 0
    return count


def claims_of(frames: list[bytes]) -> NDArray[np.void]:
    """Return the poses of as many masked frames, one row each."""
    masked = np.frombuffer(b"".join(frames), FRAME)
    words = masked["words"] ^ masked["mask"][:, None]
    claims: NDArray[np.void] = words.view(CLAIM)[:, 0]
    return claims
