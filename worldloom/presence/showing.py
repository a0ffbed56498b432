"""The channel of what is shown and not kept: the newest to all, as often as each line takes it.

A frame: `entity u64 · length u8 · component's name · its fields by msgpack`; without fields the
logged component is to be seen again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.live import Sealed
from worldloom.kernel.records import Record
from worldloom.kernel.schema import plain
from worldloom.kernel.showing import Place, Shown, shown_of
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.session import Session

NUMBER: Final = 4
HEAD: Final = struct.Struct("<QB")


class Showing(Channel):
    """What one world shows, on its way to all who are there."""

    number: ClassVar[int] = NUMBER

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._fresh: set[Place] = set()
        self._owed: dict[Session, set[Place]] = {}
        """Session → what it has yet to see."""
        self.shown.tell = self._fresh.add

    @property
    def shown(self) -> Shown:
        """What is shown here now."""
        return shown_of(self.hub.live.world)

    def entered(self, session: Session) -> None:
        """Let a newcomer see all of it."""
        if self.shown.now:
            self._owed[session] = set(self.shown.now)

    def left(self, session: Session) -> None:
        """Forget someone."""
        self._owed.pop(session, None)

    def tick(self, now_us: int) -> None:
        """Send what is new; a slow line gets the newest of it once its last bytes are out."""
        if self._fresh:
            for session in self.hub.inside():
                self._owed.setdefault(session, set()).update(self._fresh)
            self._fresh.clear()
        if not self._owed:
            return
        try:
            now = self.shown.now
        except Unavailable:
            return  # it is being loaded again
        frames: dict[Place, bytes] = {}
        for session, places in tuple(self._owed.items()):
            for place in sorted(places):
                data = now.get(place)
                if data is not None:
                    frame = frames.get(place) or self._frame(place, data)
                    frames[place] = frame
                    if not session.send_motion(frame):
                        break
                places.discard(place)
            if not places:
                del self._owed[session]

    def heard(self, kept: Sequence[Sealed]) -> None:
        """Let go of what was set, taken off or despawned: the log has the last word."""
        shown = self.shown
        if not shown.now:
            return
        name = self.hub.name
        records = (record for sealed in kept for record in sealed.records.get(name, ()))
        for place in shown.drop([place for record in records for place in _places(shown, record)]):
            frame = self._frame(place, b"")
            for session in self.hub.inside():
                session.send(frame)

    def _frame(self, place: Place, data: bytes) -> bytes:
        name = place[1].encode()
        return self.frame(HEAD.pack(place[0], len(name)) + name + data)


def _places(shown: Shown, record: Record) -> Iterator[Place]:
    """Yield the places that a record says something of, as far as something is shown there."""
    if record.kind in ("Changed", "Removed"):
        id, component, *_ = plain(record.payload)
        yield id, component
    elif record.kind == "Despawned":
        gone = plain(record.payload)[0]
        yield from (place for place in shown.now if place[0] == gone)
