"""The poses of a crowd, read from all its sockets together.

In a crowd nearly all that comes is poses: frames of 22 bytes, twenty a second from each. Read and
handled one by one by the loop and picows they took a third of a server's time. Here one epoll has
the sockets that send poses: these are read in a row into one buffer, and unmasked and handed to
their world's arrays together. A socket from which anything else comes is the loop's again, with
what came, until its next pose.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
from collections.abc import Callable
from contextlib import suppress
from select import EPOLLET, EPOLLIN, EPOLLRDHUP, epoll
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from worldloom.sync import wire
from worldloom.sync.motion import CLAIM, Motion
from worldloom.sync.session import Session

log = logging.getLogger("worldloom.intake")

HEAD: Final = bytes((0x82, 0x80 | wire.POSE_BYTES))
"""How the frame of a pose begins: whole, binary, masked, of that length (RFC 6455, 5.2)."""
HEAD_WORD: Final = int.from_bytes(HEAD, "little")
FRAME: Final = np.dtype([("head", "<u2"), ("mask", "<u4"), ("words", "<u4", wire.POSE_BYTES // 4)])
FRAME_BYTES: Final = FRAME.itemsize
READ_BYTES: Final = 64 * FRAME_BYTES
"""Who has sent more since the last look is read by the loop."""
WATCHED: Final = EPOLLIN | EPOLLRDHUP | EPOLLET
"""Told once of what comes: else the system looks at each socket again that was read already."""
SWEEP_US: Final = 1_000_000
AT_ONCE: Final = 4_096
"""Sockets read in one go."""


class Owner(Protocol):
    """Whose socket it is, and who takes what is no pose."""

    def feed(self, data: bytes) -> None:
        """Take bytes as if the loop had read them."""
        ...


class Sender:
    """A socket that is read here."""

    __slots__ = ("fd", "line", "owner", "session")

    def __init__(self, owner: Owner, line: asyncio.Transport, session: Session) -> None:
        self.owner, self.line, self.session = owner, line, session
        self.fd: int = line.get_extra_info("socket").fileno()

    def heard(self) -> None:
        """Let picows know that something came: it cuts who is silent and answers no ping.

        Who sends and does not read for a while is slow, not gone.
        """
        protocol: Any = self.line.get_protocol()
        protocol.buffer_updated(0)


class Intake:
    """Reads those sockets of a crowd that send poses."""

    def __init__(self, loop: asyncio.AbstractEventLoop, now_us: Callable[[], int]) -> None:
        self._loop = loop
        self._now_us = now_us
        self._epoll = epoll()
        self._owners: dict[Owner, Sender] = {}
        # By the socket's number in this process: what every pose needs lies side by side.
        self._senders: list[Sender | None] = []
        self._paid = bytearray()
        """So many poses more of each are within its session's rate."""
        self._swept = b""
        """The same, when it was last told who was heard, and the time of that."""
        self._swept_us = 0
        self._rows = np.zeros(0, np.intp)
        self._worlds = np.zeros(0, np.intp)
        self._motions: list[Motion] = []
        """The worlds, by number."""
        self._buffer = bytearray(AT_ONCE * FRAME_BYTES + READ_BYTES)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._buffer))
        # Of `PyDLL`: a read never waits here, and after letting another thread compute one gets
        # the interpreter back up to 5 ms later, at each of thousands of reads.
        self._recv: Any = ctypes.PyDLL(None).recv
        self._recv.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        self._recv.restype = ctypes.c_ssize_t
        # One epoll wakes another: the loop's own.
        loop.add_reader(self._epoll.fileno(), self.run)

    def __len__(self) -> int:
        return len(self._owners)

    def adopt(self, owner: Owner, line: asyncio.Transport, session: Session) -> None:
        """Read a socket here, and no more by the loop; all that came until now has been taken."""
        assert owner not in self._owners
        assert session.slot is not None, "who sends poses is in"
        sender = Sender(owner, line, session)
        fd, motion = sender.fd, session.hub.motion
        if fd >= len(self._senders):
            more = max(fd + 1, 2 * len(self._senders)) - len(self._senders)
            self._senders += [None] * more
            self._paid += bytes(more)
            self._rows = np.concatenate((self._rows, np.zeros(more, np.intp)))
            self._worlds = np.concatenate((self._worlds, np.zeros(more, np.intp)))
        if motion not in self._motions:
            self._motions.append(motion)
        # One of that number that was closed a moment ago has left the epoll by itself.
        stale = self._senders[fd]
        if stale is not None:
            self._forget(stale)
        line.pause_reading()
        self._senders[fd] = self._owners[owner] = sender
        self._paid[fd] = 0
        self._rows[fd], self._worlds[fd] = session.slot.index, self._motions.index(motion)
        self._epoll.register(fd, WATCHED)

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
        self._senders[sender.fd] = None

    def _pay(self, sender: Sender, count: int) -> bool:
        """Say whether so many poses are within the session's rate."""
        paid = self._paid[sender.fd]
        if paid < count:
            paid += sender.session.prepay()
            sender.heard()
        if paid < count:
            return False
        self._paid[sender.fd] = paid - count
        return True

    def run(self) -> None:
        """Read once from each socket that has something."""
        recv, start, paid, size = self._recv, self._start, self._paid, FRAME_BYTES
        fds: list[int] = []
        others: list[tuple[Sender, bytes]] = []
        end = 0
        for fd, event in self._epoll.poll(0, AT_ONCE):
            count = recv(fd, start + end, READ_BYTES, 0)
            if count == size and event == EPOLLIN and paid[fd]:
                paid[fd] -= 1
            else:
                sender = self._senders[fd]
                if sender is None:
                    continue
                data = bytes(self._buffer[end : end + max(count, 0)])
                # One is not told again of the end, or of the rest.
                whole = event == EPOLLIN and 0 < count < READ_BYTES
                poses = poses_in(data) if whole else 0
                if not (poses and self._pay(sender, poses)):
                    others.append((sender, data))
                    continue
                self._buffer[end : end + size] = data[-size:]  # the newest wins
            fds.append(fd)
            end += size
        if fds:
            self._hand_over(np.array(fds), others)
        # Last: what they ask for may send somebody away whose pose has just come.
        for sender, data in others:
            if self._owners.get(sender.owner) is sender:
                self.release(sender.owner)
                if data:
                    self._feed(sender, data)

    def _feed(self, sender: Sender, data: bytes) -> None:
        """Give bytes back; a line whose owner cannot take them ends, and the others go on."""
        try:
            sender.owner.feed(data)
        except Exception:
            log.exception("what a socket sent could not be taken")
            sender.line.abort()

    def _hand_over(self, fds: NDArray[np.intp], others: list[tuple[Sender, bytes]]) -> None:
        """Hand what was read to the arrays of its worlds; what is no pose after all, to others."""
        frames = np.frombuffer(self._buffer, FRAME, len(fds))
        claims, good = claims_of(frames)
        if not good.all():
            for at in np.flatnonzero(~good).tolist():
                sender = self._senders[fds[at]]
                assert sender is not None, "who is read is known"
                others.append((sender, frames[at].tobytes()))
            fds, claims = fds[good], claims[good]
        now = self._now_us()
        if now - self._swept_us >= SWEEP_US:
            self._swept_us = now
            self._sweep()
        worlds = self._worlds[fds]
        for number in np.unique(worlds).tolist():
            here = worlds == number
            self._motions[number].claim_many(self._rows[fds[here]], claims[here], now)

    def _sweep(self) -> None:
        """Tell of those who sent poses since the last time, fewer than are paid for at once."""
        size = len(self._paid)
        before = np.frombuffer(self._swept.ljust(size, b"\0"), np.uint8)
        self._swept = bytes(self._paid)
        for fd in np.flatnonzero(np.frombuffer(self._swept, np.uint8) != before).tolist():
            sender = self._senders[fd]
            if sender is not None:
                sender.heard()

    def close(self) -> None:
        """Leave all sockets to the loop."""
        for owner in tuple(self._owners):
            self.release(owner)
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()


def poses_in(data: bytes) -> int:
    """Return how many frames with poses these bytes are, or 0: they are something else."""
    count, rest = divmod(len(data), FRAME_BYTES)
    if rest or not count:
        return 0
    return count if claims_of(np.frombuffer(data, FRAME))[1].all() else 0


def claims_of(frames: NDArray[np.void]) -> tuple[NDArray[np.void], NDArray[np.bool_]]:
    """Unmask the frames of poses; return one row each, and which of them are poses at all."""
    words = frames["words"] ^ frames["mask"][:, None]
    good: NDArray[np.bool_] = (frames["head"] == HEAD_WORD) & (words[:, 0] & 0xFF == wire.POSE)
    claims: NDArray[np.void] = words.view(CLAIM)[:, 0]
    return claims, good
