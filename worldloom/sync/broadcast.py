"""What leaves one world: records, answers and admissions, each when it is durable, in order.

The hub builds on this; nothing here knows how someone enters or moves.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.ports import Clock, Store
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import Standing
from worldloom.kernel.step import Move, Tell
from worldloom.sync import rows, wire
from worldloom.sync.messages import Close, GroupRow, LeftRow, Message, Placed, Told, Visitors
from worldloom.sync.motion import Motion
from worldloom.sync.selector import Selector
from worldloom.sync.session import Phase, Session


@dataclass(slots=True)
class Held:
    """What may leave when the world is durable up to `seq`: bytes for one session, and more."""

    seq: int
    session: Session
    messages: list[bytes]
    welcome: bool = False
    """It is a whole admission; the session is inside afterwards."""
    resume_after: int | None = None
    """The seq after which the log is sent, where the admission resumes."""
    private_root: bytes = b""
    tells: Sequence[Tell] = ()
    moves: Sequence[Move] = ()
    asked_us: int = 0
    """When a command came of which this is the answer; 0: it is none."""
    code: str = ""
    """Of a command that was refused."""


class Witness(Protocol):
    """Who is told of commands at the live socket."""

    def refused(self, who: Standing, call: str, error: WorldloomError) -> None:
        """Hear that something was refused, before who asked hears of it."""
        ...

    def answered(self, seconds: float, code: str) -> None:
        """Hear that a command was answered, or refused with a code, so long after it came."""
        ...


class Broadcast:
    """The log of one live world on its way to all who follow it."""

    def __init__(
        self, realm: Realm, name: str, store: Store, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._realm = realm
        self.name = name
        self._store = store
        self.now_us: Clock = clock
        """The present time in microseconds."""
        self._wake = wake
        self.motion = Motion()
        self.selector = Selector(realm.ties)
        self._by_visitor: dict[str, Session] = {}
        self._held: deque[Held] = deque()
        self._left: list[tuple[int, LeftRow]] = []
        self._shown_seq = self.live.durable_seq
        """Every record up to here is durable and was sent to all who follow."""
        self._later: list[Session] = []
        """Who is told something with the next tick."""
        self._sending = False
        """Records or held messages are on their way: who is cut off by them must not overtake."""
        self.witness: Witness | None = None

    @property
    def live(self) -> LiveWorld:
        """The world as the realm holds it."""
        return self._realm.world(self.name)

    def inside(self) -> Iterator[Session]:
        """Yield the sessions of all who are in the world."""
        return (s for s in tuple(self._by_visitor.values()) if s.phase is Phase.INSIDE)

    def _let_in(self, held: Held) -> None:
        """Send a durable admission."""
        raise NotImplementedError

    def _cross(self, session: Session, copy: int) -> None:
        """Let a visitor be in another copy of the world; 0: the same."""
        raise NotImplementedError

    def _heard(self, kept: Sequence[Sealed]) -> None:
        """Act on what this world's log has just shown."""
        raise NotImplementedError

    def _seq(self) -> int:
        """Return the newest seq, durable or not; what is shown where the world cannot be read."""
        try:
            return self.live.seq
        except Unavailable:
            return self._shown_seq

    def _hold(self, session: Session, message: Message) -> Held:
        held = Held(self._seq(), session, [wire.encode(message)])
        self._held.append(held)
        return held

    def _changed(self) -> None:
        """Send what is durable already, and wake the committer for the rest."""
        self._flush()
        if self._realm.outbox:
            self._wake()

    def settled(self, batch: Sequence[Sealed]) -> None:
        """Hear that the realm took in the outcome of these groups, in order.

        Their records go out first, encoded once for all who follow; then answers, welcomes,
        tells and moves. Where a group failed, who built on it is told so.
        """
        mine = [sealed for sealed in batch if self.name in sealed.records]
        kept = [sealed for sealed in mine if sealed.error is None]
        failed = next((sealed.error for sealed in mine if sealed.error is not None), None)
        self._sending = True
        try:
            self._broadcast(kept)
            if failed is not None:
                self._drop(failed)
        finally:
            self._sending = False
        self._flush()
        for sealed in batch:
            if sealed.error is None:
                self._tell_and_move(sealed.tells, sealed.moves)
        if kept:
            self._heard(kept)

    def _broadcast(self, kept: Sequence[Sealed]) -> None:
        """Send groups to all inside; who enters on the way starts right after its snapshot."""
        groups = [
            group
            for group in rows.sealed_rows(kept, self.name, self._store)
            if group.records[-1].seq > self._shown_seq
        ]
        if not groups:
            return
        assert groups[0].records[0].seq == self._shown_seq + 1, "groups come in the log's order"
        shared = tuple(rows.records_messages(groups))
        before, self._shown_seq = self._shown_seq, groups[-1].records[-1].seq
        for session in self.inside():
            assert session.sent_seq == before
            self._send_records(session, self._own(session, groups, shared))
        while self._held and self._held[0].seq <= self._shown_seq:
            held = self._held.popleft()
            self._release(held)
            if held.welcome and held.session.phase is Phase.INSIDE:
                later = [group for group in groups if group.records[0].seq > held.seq]
                messages = tuple(rows.records_messages(later))
                self._send_records(held.session, self._own(held.session, later, messages))

    def _own(
        self, session: Session, groups: Sequence[GroupRow], shared: Sequence[bytes]
    ) -> Sequence[bytes]:
        """Return the messages that all are sent, or an own encoding where somebody is not heard."""
        heard = self.selector.heard(session, groups)
        return shared if heard is None else tuple(rows.records_messages(heard))

    def _send_records(self, session: Session, messages: Sequence[bytes]) -> None:
        session.sent_seq = self._shown_seq
        for data in messages:
            self._spread(session, data)

    def _spread(self, session: Session, data: bytes) -> None:
        """Send what very many are sent: in a crowd with the tick, one write for each of them.

        A write costs more than all else. Who acts themself waits for nothing: what answers them
        takes along what waited.
        """
        if len(self._by_visitor) <= LIMITS.crowd_sessions_min:
            session.send(data)
        elif session.send_later(data):
            self._later.append(session)

    def _send_later(self) -> None:
        """Send what no motion frame of this tick took along."""
        later, self._later = self._later, []
        for session in later:
            session.flush()

    def _flush(self) -> None:
        """Send what waited for a seq that is shown by now."""
        if self._sending:
            return
        self._sending = True
        try:
            while self._held and self._held[0].seq <= self._shown_seq:
                self._release(self._held.popleft())
            self._tell_who_left()
        finally:
            self._sending = False

    def _tell_who_left(self) -> None:
        left = tuple(row for seq, row in self._left if seq <= self._shown_seq)
        if left:
            self._left = [entry for entry in self._left if entry[0] > self._shown_seq]
            news = wire.encode(Visitors(left=left))
            for session in self.inside():
                self._spread(session, news)

    def _release(self, held: Held) -> None:
        if held.welcome:
            self._let_in(held)
            return
        for data in held.messages:
            held.session.send(data)
        if held.asked_us and self.witness is not None:
            self.witness.answered((self.now_us() - held.asked_us) / 1e6, held.code)
        self._tell_and_move(held.tells, held.moves)

    def _drop(self, error: WorldloomError) -> None:
        """Turn away all who built on groups that were not kept; they come again and resume."""
        lost = dict.fromkeys(held.session for held in self._held if held.seq > self._shown_seq)
        self._held = deque(held for held in self._held if held.seq <= self._shown_seq)
        if self.live.durable_seq > self._shown_seq:
            # Another process wrote this world, and this one has loaded what it never showed.
            lost.update(dict.fromkeys(self.inside()))
            self._shown_seq = self.live.durable_seq
        self._left = [(min(seq, self._shown_seq), row) for seq, row in self._left]
        for session in lost:
            session.end(Close.RESTARTING, error)

    def _tell_and_move(self, tells: Sequence[Tell], moves: Sequence[Move]) -> None:
        """Pass on lines for single visitors, and put visitors where actions moved them."""
        for tell in tells:
            session = self._by_visitor.get(tell.visitor)
            if session is not None and tell.world == self.name:
                session.send(wire.encode(Told(tell.text)))
        for move in moves:
            session = self._by_visitor.get(move.visitor)
            if session is not None and session.slot is not None and move.world == self.name:
                self._cross(session, move.copy)
                yaw = move.heading
                yaw = self.motion.yaw(session.slot) if yaw is None else yaw
                friends = self._rows_near(session.identity.account)
                place = self.motion.free_place(move.position, session.slot, friends)
                self.motion.place(session.slot, place, yaw, self.now_us())
                self.tell_place(session, "moved")

    def _rows_near(self, account: str) -> list[int]:
        """Return the rows of those who let an account come near."""
        ties = self.selector.ties
        if ties.nobody:
            return []
        return [
            one.slot.index
            for one in self.inside()
            if one.slot is not None and ties.near(account, one.identity.account)
        ]

    def tell_place(self, session: Session, reason: str) -> None:
        """Tell a client where the server says that it stands."""
        slot = session.slot
        if slot is not None and session.phase is Phase.INSIDE:
            place, yaw = self.motion.position(slot), self.motion.yaw(slot)
            session.send(wire.encode(Placed(place, yaw, reason, self.motion.mark(slot))))
