"""Who waits at the door of one world: in order, told their place, let in as there is room.

A world that is full, a server that cannot keep up, and too many newcomers at once all end in the
same queue. It is bounded: who comes when it is full is asked to come again.
"""

from collections import deque
from typing import TYPE_CHECKING, Final

from worldloom.kernel.bucket import Bucket
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Role, Standing
from worldloom.sync import wire
from worldloom.sync.door import Busy
from worldloom.sync.messages import Hello, Queued
from worldloom.sync.motion import WorldFull
from worldloom.sync.session import Phase, Session

if TYPE_CHECKING:
    from worldloom.sync.admission import Admission

FULL: Final = "full"
"""There is no place: somebody has to leave first."""
PROMISE_US: Final = 2_000_000
"""So long who was let past the door is counted while nothing is heard of them."""
BUSY: Final = "busy"
"""Too many come at once, or the server is at the end of its strength."""


class Entrance:
    """The queue before one world."""

    def __init__(self, hub: "Admission") -> None:
        self._hub = hub
        self._waiting: dict[Session, Hello] = {}
        self._told: dict[Session, Queued] = {}
        self._bucket = Bucket(LIMITS.entries_per_second_max, LIMITS.entries_burst_max, hub.now_us())
        self._promised: deque[int] = deque()
        """When each was let past the door who has no session yet (microseconds)."""
        self.turned_away = 0
        """Newcomers for whom there was no room in the queue either."""

    def __len__(self) -> int:
        return len(self._waiting)

    def lets_in(self, who: Standing) -> bool:
        """Say whether a newcomer may go straight in; an owner always may."""
        return who.role is Role.OWNER or not (self._waiting or self._closed())

    def queue(self, session: Session, message: Hello) -> None:
        """Let a newcomer wait; raises Busy where too many do."""
        if len(self._waiting) >= LIMITS.waiting_visitors_max:
            raise self._no_room()
        session.phase = Phase.QUEUED
        self._waiting[session] = message
        self._tell(session, len(self._waiting), self._shut() or BUSY)

    def check_door(self) -> None:
        """Raise Busy where no more can wait, or more are on their way than can wait and enter.

        In a storm thousands have opened their socket before the first of them is heard.
        """
        # Where somebody waits nobody goes straight in, and who is entering has got a place.
        more = self._hub.entering() if self._waiting else LIMITS.entering_max
        while self._promised and self._promised[0] <= self._hub.now_us() - PROMISE_US:
            self._promised.popleft()  # who was gone again, or is no guest of this world after all
        if self._hub.coming() + len(self._promised) >= LIMITS.waiting_visitors_max + more:
            raise self._no_room()

    def promise(self) -> None:
        """Count somebody whom the door let past, until they have a session."""
        self._promised.append(self._hub.now_us())

    def arrives(self) -> None:
        """Count somebody no more as promised: they have a session."""
        if self._promised:
            self._promised.popleft()

    def waits(self, session: Session) -> Unavailable:
        """Return what to tell somebody in the queue who cannot wait there: WorldFull or Busy."""
        told = self._told[session]
        seconds = told.seconds or LIMITS.retry_seconds
        kind = WorldFull if told.why == FULL else Busy
        said = "has no place" if told.why == FULL else "lets no more in just now"
        return kind(
            f"{self._hub.name} {said}; you are number {told.place} of those who wait",
            fix=f"try again in {seconds} seconds",
            retry_after_seconds=seconds,
        )

    def _no_room(self) -> Busy:
        self.turned_away += 1
        return Busy(
            f"{self._hub.name} has no place, and {len(self._waiting)} wait for one",
            fix=f"try again in {LIMITS.retry_seconds} seconds",
            retry_after_seconds=LIMITS.retry_seconds,
        )

    def forget(self, session: Session) -> None:
        """Hear that a session ended; everyone behind it moves up."""
        self._waiting.pop(session, None)
        self._told.pop(session, None)

    def tick(self, tell: bool) -> None:
        """Let in whom there is room for, and `tell` the others where they stand now."""
        closed = ""
        while self._waiting and not (closed := self._closed()):
            session = next(iter(self._waiting))
            message = self._waiting[session]
            self.forget(session)
            session.phase = Phase.WAITING
            self._hub.enter(session, message)
        if tell:
            for place, session in enumerate(tuple(self._waiting), 1):
                self._tell(session, place, closed)

    def _closed(self) -> str:
        """Return why nobody may come in just now, or nothing, which counts as one who does."""
        hub, shut = self._hub, self._shut()
        # The slower the ticks are already, the dearer is a newcomer to all who are here.
        if shut or self._bucket.take(hub.pace.divider, hub.now_us()):
            return shut
        return BUSY

    def _shut(self) -> str:
        """Return why nobody may come in whoever they are, or nothing: then it is a turn to take."""
        hub = self._hub
        if hub.free_places() < 1:
            return FULL
        return BUSY if hub.pace.is_spent or hub.entering() >= LIMITS.entering_max else ""

    def _tell(self, session: Session, place: int, why: str) -> None:
        rate = LIMITS.entries_per_second_max / self._hub.pace.divider
        seconds = int(place / rate) + 1 if why == BUSY else None
        news = Queued(place, why, seconds)
        if self._told.get(session) != news:
            self._told[session] = news
            session.send(wire.encode(news))
