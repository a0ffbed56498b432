"""One live world and all who follow it: admission, answers, broadcasts, and the tick.

What leaves here is durable: a snapshot, an answer or a refusal waits until every record that
it depends on is kept, and each session gets the records in order and without a gap.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from worldloom.kernel.errors import NotAllowed, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.ports import Clock, Store
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.rights import Role, lower
from worldloom.kernel.step import Move, Tell
from worldloom.sync import rows, wire
from worldloom.sync.door import Busy, action_rows, check_version, close_code, visitor_name
from worldloom.sync.interest import Interest
from worldloom.sync.messages import (
    VERSION,
    Actions,
    Answer,
    Close,
    Do,
    Hello,
    JoinedRow,
    LeftRow,
    Message,
    Ping,
    Placed,
    Pong,
    Refusal,
    Told,
    Visitors,
    Welcome,
)
from worldloom.sync.motion import Motion
from worldloom.sync.pace import Pace
from worldloom.sync.session import Identity, Phase, Session, Transport, error_row

TICK_US: Final = 1_000_000 // LIMITS.tick_hz


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


class Hub:
    """The sessions of one live world; `wake` is called when a group waits for the disk."""

    def __init__(
        self, realm: Realm, name: str, store: Store, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._realm = realm
        self.name = name
        self._store = store
        self._clock = clock
        self._wake = wake
        self.motion = Motion()
        self.interest = Interest(self.motion)
        self.pace = Pace()
        self.tick_count = 0
        self.sessions: dict[Session, None] = {}
        """Every open session, inside or not yet, in order: a set would make chance of addresses."""
        self._by_visitor: dict[str, Session] = {}
        self._by_row: dict[int, Session] = {}
        self._held: deque[Held] = deque()
        self._left: list[tuple[int, LeftRow]] = []
        self._due_us = clock() + TICK_US
        self._shown_seq = self.live.durable_seq
        """Every record up to here is durable and was sent to all who follow."""
        self._sending = False
        """Records or held messages are on their way: who is cut off by them must not overtake."""

    @property
    def live(self) -> LiveWorld:
        """The world as the realm holds it."""
        return self._realm.world(self.name)

    def now_us(self) -> int:
        """Return the present time in microseconds."""
        return self._clock()

    # Who is here

    def connect(self, transport: Transport, identity: Identity) -> Session:
        """Open a session for a new connection; it has yet to say hello."""
        session = Session(self, transport, identity)
        self.sessions[session] = None
        return session

    def inside(self) -> Iterator[Session]:
        """Yield the sessions of all who are in the world."""
        return (s for s in tuple(self._by_visitor.values()) if s.phase is Phase.INSIDE)

    def visitor(self, visitor: str) -> Session | None:
        """Return the session of a visitor who is here."""
        return self._by_visitor.get(visitor)

    def role(self, identity: Identity) -> Role | None:
        """Return what a connection may do here now: its account's role, capped by its token."""
        role = self._realm.role(identity.account, self.name)
        return role if identity.cap is None else lower(identity.cap, role)

    def position(self, session: Session) -> tuple[float, float, float]:
        """Return where a visitor stands, in metres."""
        assert session.slot is not None
        return self.motion.position(session.slot)

    # Admission

    def hello(self, session: Session, message: Hello) -> None:
        """Admit a session in one ordered step, or end it with the reason."""
        try:
            check_version(message.version)
            self._admit(session, message)
        except WorldloomError as error:
            session.end(close_code(error), error)
            return
        self._changed()

    def _admit(self, session: Session, message: Hello) -> None:
        role = self.role(session.identity)
        if role is None:
            raise NotAllowed(f"you may not enter {self.name}", "ask its owner to let you in")
        if sum(held.welcome for held in self._held) >= LIMITS.entering_max:
            raise Busy("too many are entering just now", retry_after_seconds=LIMITS.retry_seconds)
        session.name = visitor_name(message.name) or session.identity.name
        if message.look is not None:
            session.look = message.look & 0xFFFFFF
        slot = self.motion.join((0.0, 0.0, 0.0), 0.0, self.now_us())
        try:
            entered = self._realm.enter(
                self.name, session.identity.account, session.name, role
            ).result
        except WorldloomError:
            self.motion.leave(slot)
            raise
        place, yaw = self.motion.free_place(entered["position"], slot), entered["yaw"]
        self.motion.place(slot, place, yaw, self.now_us())
        session.slot = slot
        session.visitor = entered["visitor"]
        session.phase = Phase.ENTERING
        self._by_visitor[session.visitor] = self._by_row[slot.index] = session
        self._note_position(session)
        self._hold_welcome(session, message, role, yaw)

    def _hold_welcome(self, session: Session, message: Hello, role: Role, yaw: float) -> None:
        """Prepare welcome and state as of this very seq; they leave when it is durable."""
        live, slot = self.live, session.slot
        assert slot is not None
        asked, head = message.resume_seq or 0, message.resume_head or b""
        known = rows.resumable(self._store, live.stream, asked, head, self._shown_seq)
        resumed = known and live.seq - asked <= LIMITS.resume_records_max
        welcome = Welcome(
            version=VERSION,
            visitor=session.visitor,
            account=session.identity.account,
            name=session.name,
            role=str(role),
            slot=slot.index,
            generation=slot.generation,
            position=self.position(session),
            yaw=yaw,
            world=self.name,
            title=live.world.title,
            tick_hz=LIMITS.tick_hz,
            seq=live.seq,
            resumed=resumed,
            history_lost=asked > 0 and not known,
            actions=action_rows(live.world, role),
        )
        session.offered = (live.world, role)
        held = Held(live.seq, session, [wire.encode(welcome)], welcome=True)
        if resumed:
            held.resume_after = asked
            held.private_root = live.state.private_root()
        else:
            held.messages += rows.snapshot_messages(live.state)
        self._held.append(held)

    def _let_in(self, held: Held) -> None:
        """Send a durable admission; from here on the session follows the log."""
        session = held.session
        if session.phase is not Phase.ENTERING:
            return
        assert session.slot is not None
        messages = held.messages
        if held.resume_after is not None:
            live = self.live
            messages += rows.missed_messages(
                self._store, live.stream, held.resume_after, held.seq, held.private_root
            )
        session.phase = Phase.INSIDE
        session.sent_seq = held.seq
        here = Visitors(joined=tuple(self.joined_row(other) for other in self.inside()))
        for data in (*messages, wire.encode(here)):
            session.send(data)
        self.interest.owe(session.slot.index)
        news = wire.encode(Visitors(joined=(self.joined_row(session),)))
        for other in self.inside():
            if other is not session:
                other.send(news)

    def joined_row(self, session: Session) -> JoinedRow:
        """Return how a visitor is announced."""
        slot = session.slot
        assert slot is not None
        agent = session.identity.agent
        return JoinedRow(
            slot.index, slot.generation, session.visitor, session.name, session.look, agent
        )

    def gone(self, session: Session) -> None:
        """Forget a session that ended; its visitor leaves the world."""
        self.sessions.pop(session, None)
        slot, visitor = session.slot, session.visitor
        if slot is None:
            return
        del self._by_visitor[visitor]
        del self._by_row[slot.index]
        self.interest.forget(slot.index)
        self.motion.leave(slot)
        try:
            self._realm.leave(self.name, visitor)
        except WorldloomError:
            # The log cannot take it now; presence ends all the same.
            pass
        self._left.append((self._seq(), LeftRow(slot.index, slot.generation, visitor)))
        self._changed()

    def _seq(self) -> int:
        """Return the newest seq, durable or not; what is shown where the world cannot be read."""
        try:
            return self.live.seq
        except Unavailable:
            return self._shown_seq

    # What visitors ask

    def claim(self, session: Session, data: bytes | memoryview, now_us: int) -> None:
        """Take a checked pose."""
        assert session.slot is not None
        self.motion.claim(session.slot, data, now_us)

    def do(self, session: Session, message: Do) -> None:
        """Decide an action; answer or refuse when all that it depends on is durable."""
        assert session.slot is not None, "hello comes first"
        identity = session.identity
        try:
            role, place = self.role(identity), self._note_position(session)
            caller = Caller(identity.account, session.name, session.visitor, role, place)
            decision = self._realm.do(Command(self.name, message.action, message.args, caller))
        except WorldloomError as error:
            self._hold(session, Refusal(message.id, error_row(error)))
        else:
            held = self._hold(session, Answer(message.id, decision.seq, decision.result))
            if decision.group is None:
                held.tells, held.moves = decision.tells, decision.moves
        self._changed()

    def _note_position(self, session: Session) -> tuple[float, float, float]:
        """Let the author's code see where a visitor stands, and return it."""
        position = self.position(session)
        here = self.live.visitors.get(session.visitor)
        if here is not None:
            here.position = position
        return position

    def pong(self, session: Session, message: Ping) -> None:
        """Answer a ping at once; it depends on nothing."""
        session.send(wire.encode(Pong(message.id, self.tick_count)))

    def _hold(self, session: Session, message: Message) -> Held:
        held = Held(self._seq(), session, [wire.encode(message)])
        self._held.append(held)
        return held

    def _changed(self) -> None:
        """Send what is durable already, and wake the committer for the rest."""
        self._flush()
        if self._realm.outbox:
            self._wake()

    # What became durable

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
        if any(record.kind == "Banned" for s in kept for record in s.records[self.name]):
            self.check_bans()

    def _broadcast(self, kept: Sequence[Sealed]) -> None:
        """Send groups to all inside; who enters on the way starts right after its snapshot."""
        groups = [
            group
            for group in rows.sealed_rows(kept, self.name)
            if group.records[-1].seq > self._shown_seq
        ]
        if not groups:
            return
        assert groups[0].records[0].seq == self._shown_seq + 1, "groups come in the log's order"
        shared = tuple(rows.records_messages(groups))
        before, self._shown_seq = self._shown_seq, groups[-1].records[-1].seq
        for session in self.inside():
            assert session.sent_seq == before
            self._send_records(session, shared)
        while self._held and self._held[0].seq <= self._shown_seq:
            held = self._held.popleft()
            self._release(held)
            if held.welcome and held.session.phase is Phase.INSIDE:
                later = [group for group in groups if group.records[0].seq > held.seq]
                self._send_records(held.session, tuple(rows.records_messages(later)))

    def _send_records(self, session: Session, messages: Sequence[bytes]) -> None:
        session.sent_seq = self._shown_seq
        for data in messages:
            session.send(data)

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
                session.send(news)

    def _release(self, held: Held) -> None:
        if held.welcome:
            self._let_in(held)
            return
        for data in held.messages:
            held.session.send(data)
        self._tell_and_move(held.tells, held.moves)

    def _drop(self, error: WorldloomError) -> None:
        """Turn away all who built on groups that were not kept; they come again and resume."""
        lost = dict.fromkeys(held.session for held in self._held if held.seq > self._shown_seq)
        self._held = deque(held for held in self._held if held.seq <= self._shown_seq)
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
                yaw = self.motion.yaw(session.slot)
                self.motion.place(session.slot, move.position, yaw, self.now_us())
                self._place(session, "moved")

    # The door

    def kick(self, visitor: str, error: WorldloomError, code: int = Close.NOT_ALLOWED) -> None:
        """End a visitor's session with a reason."""
        session = self._by_visitor.get(visitor)
        if session is not None:
            session.end(code, error)

    def check_bans(self) -> None:
        """End the sessions of all who are banned by now."""
        for session in tuple(self._by_visitor.values()):
            account = session.identity.account
            try:
                self._realm.people.check_ban(account, self.name, self.now_us())
            except WorldloomError as error:
                session.end(close_code(error), error)

    def stop(self, error: WorldloomError) -> None:
        """End every session because the server stops; clients come again by themselves."""
        for session in tuple(self.sessions):
            session.end(Close.RESTARTING, error)

    # The tick

    def tick(self) -> None:
        """Take one 50 ms step of presence: judge poses, send corrections and motion frames."""
        start = self.now_us()
        late = max(start - self._due_us, 0)
        self._due_us = start + TICK_US if late > TICK_US else self._due_us + TICK_US
        self.tick_count += 1
        for row in self.motion.tick(start).tolist():
            self._place(self._by_row[row], "refused")
        divider = self.pace.divider
        if self.tick_count % divider == 0:
            for delivery in self.interest.frames(self.tick_count, divider):
                for row in delivery.rows:
                    if not self._by_row[row].send_motion(delivery.payload):
                        self.interest.owe(row)
        if self.tick_count % LIMITS.tick_hz == 0:
            self._each_second(start)
        self.pace.observe((self.now_us() - start + late) / TICK_US)

    def _each_second(self, now_us: int) -> None:
        """Do what need not be done every tick."""
        for session in tuple(self.sessions):
            session.check_time(now_us)
        try:
            for session in self.inside():
                self._note_position(session)
                self._offer(session)
        except Unavailable:
            # The world could not be loaded again after a failure; presence goes on without it.
            pass

    def _offer(self, session: Session) -> None:
        """Tell a visitor what it may do where code or role changed; end it without any role."""
        role, world = self.role(session.identity), self.live.world
        if role is None:
            error = NotAllowed(f"you may no longer be in {self.name}", "ask its owner")
            session.end(Close.NOT_ALLOWED, error)
        elif session.offered is None or session.offered != (world, role):
            session.offered = (world, role)
            self._hold(session, Actions(str(role), action_rows(world, role)))
            self._changed()

    def _place(self, session: Session, reason: str) -> None:
        """Tell a client where the server says that it stands."""
        slot = session.slot
        if slot is not None and session.phase is Phase.INSIDE:
            place, yaw = self.motion.position(slot), self.motion.yaw(slot)
            session.send(wire.encode(Placed(place, yaw, reason)))
