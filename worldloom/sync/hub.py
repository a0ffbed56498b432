"""One live world and all who are in it: what they ask, channels, and the tick.

What leaves here is durable: a snapshot, an answer or a refusal waits until every record that
it depends on is kept, and each session gets the records in order and without a gap (`Broadcast`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from worldloom.kernel.avatar import DRESSED, Avatar, Dressed, read_worn
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.forgetting import FORGOT
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.ports import Clock, Store
from worldloom.kernel.realm import Caller, Command, Decision, Realm
from worldloom.kernel.recording import CONSENTED
from worldloom.kernel.rights import Token
from worldloom.kernel.schema import Event, decode, restorer
from worldloom.kernel.world import World
from worldloom.sync import door, farewell, wire
from worldloom.sync.admission import Admission
from worldloom.sync.channel import Channel, nobody_ends
from worldloom.sync.interest import Delivery
from worldloom.sync.messages import (
    Actions,
    Answer,
    Close,
    Do,
    Message,
    Ping,
    Pong,
    Refusal,
)
from worldloom.sync.session import Identity, Phase, Session, Transport, error_row

TICK_US: Final = 1_000_000 // LIMITS.tick_hz
LOST_TICKS: Final = 12
"""So long a lost tick counts: who needs 55 ms for each loses one in ten, a hiccup loses one."""


class Hub(Admission):
    """The sessions of one live world; `wake` is called when a group waits for the disk."""

    def __init__(
        self, realm: Realm, name: str, store: Store, clock: Clock, wake: Callable[[], None]
    ) -> None:
        super().__init__(realm, name, store, clock, wake)
        self.tick_count = 0
        self._due_us = clock() + TICK_US
        self._lost_at = -LOST_TICKS
        self._takers: dict[type[Message], Channel] = {}
        self._numbered: dict[int, Channel] = {}

    def attach(self, channel: Channel) -> None:
        """Let a channel talk with all who are here from now on."""
        self.channels.append(channel)
        self._takers.update(dict.fromkeys(channel.takes, channel))
        if channel.number:
            self._numbered[channel.number] = channel
        for session in self.inside():
            channel.entered(session)

    def connect(self, transport: Transport, identity: Identity) -> Session:
        """Open a session for a new connection; it has yet to say hello."""
        session = Session(self, transport, identity)
        self.sessions[session] = None
        self.entrance.arrives()
        return session

    # What visitors ask

    def do(self, session: Session, message: Do) -> None:
        """Decide an action; answer or refuse when all that it depends on is durable."""
        assert session.slot is not None, "hello comes first"
        begun = self.now_us()
        try:
            decision = self._decide(session, message)
        except WorldloomError as error:
            held = self._hold(session, Refusal(message.id, error_row(error)))
            held.code = error.code
        else:
            held = self._hold(session, Answer(message.id, decision.seq, decision.result))
            if decision.group is None:
                held.tells, held.moves = decision.tells, decision.moves
        held.asked_us = begun
        self._changed()

    def ask(self, session: Session, action: str, args: Mapping[str, Any]) -> Decision:
        """Decide an action that a channel asks for in a visitor's name; raises its refusal."""
        try:
            return self._decide(session, Do(0, action, dict(args)))
        finally:
            self._changed()

    def _decide(self, session: Session, asked: Do) -> Decision:
        command = Command(
            self.name, asked.action, asked.args, self.caller(session),
            key=asked.key or None, dry_run=asked.dry_run,
        )  # fmt: skip
        try:
            return self._realm.do(command)
        except WorldloomError as error:
            self._tell_refused(session.identity, asked.action, error)
            raise

    def caller(self, session: Session) -> Caller:
        """Return who a visitor is to a command, standing where they stand now."""
        identity = session.identity
        who, place = self.standing(identity), self._note_position(session)
        return Caller(identity.account, session.name, session.visitor, who.role, place, who)

    def keep(self, cause: str, run: Callable[[World], None], actor: str = "world") -> bool:
        """Let a channel decide something in the log that nobody asked for; says whether it could.

        `actor`: the account that it is put down to.
        """
        try:
            self._realm.decide(self.name, cause, run, actor)
        except WorldloomError:
            return False
        self._changed()
        return True

    def pong(self, session: Session, message: Ping) -> None:
        """Answer a ping at once; it depends on nothing."""
        session.send(wire.encode(Pong(message.id, self.tick_count, self.now_us())))

    def hear(self, session: Session, message: Message) -> None:
        """Pass a message on to the channel that takes it; nobody here may take it."""
        channel = self._takers.get(type(message))
        if channel is not None and session.phase is Phase.INSIDE:
            with nobody_ends():
                channel.receive(session, message)

    def hear_bytes(self, session: Session, data: bytes | memoryview) -> None:
        """Pass a raw frame on to the channel of its number."""
        channel = self._numbered.get(data[1])
        if channel is None:
            raise wire.bad(f"nobody takes raw frames number {data[1]} here")
        if session.phase is Phase.INSIDE:
            with nobody_ends():
                channel.receive_bytes(session, data[wire.LIVE_HEAD_BYTES :])

    def note(self, cause: str, events: Sequence[Event]) -> None:
        """Let a channel append facts that nobody asked for; what the log cannot take is lost."""
        with nobody_ends():
            self._realm.note(self.name, cause, events)
        self._changed()

    def set_back(self, row: int, reason: str) -> None:
        """Tell a row's client where the server has put it."""
        for session in self.of_rows((row,)):
            self.tell_place(session, reason)

    def _heard(self, kept: Sequence[Sealed]) -> None:
        kinds = {record.kind for s in kept for record in s.records[self.name]}
        if "Banned" in kinds:
            farewell.end_banned(self, self._by_visitor.values())
        if DRESSED in kinds:
            self._dress(kept)
        if CONSENTED in kinds:
            self.recorder.hear(kept, self._by_visitor)
        if FORGOT in kinds:
            people = [name for s in kept for name in s.group.forgets]
            self.recorder.forget(people)
            farewell.end_forgotten(self, people)
        for channel in self.channels:
            channel.heard(kept)

    def _dress(self, kept: Sequence[Sealed]) -> None:
        """Show everyone who looks otherwise by now."""
        opener = restorer(self._realm.keys.open)
        for record in (record for sealed in kept for record in sealed.records[self.name]):
            if record.kind != DRESSED:
                continue
            event = decode(Dressed, record.payload, record.version, opener)
            session, avatar = self._by_visitor.get(event.visitor.id), read_worn(event)
            if session is None or avatar is None:
                continue
            # A lent VRM without a figure has the visitor's own to stand in for it.
            stand_in = avatar.code or session.came_as.code
            session.avatar = (
                Avatar(stand_in, avatar.vrm) if avatar.code or avatar.vrm else session.came_as
            )
            self.show_anew(session)

    # The door

    def check_ban(self, identity: Identity) -> None:
        """Raise NotAllowed for who is banned by now."""
        self._realm.people.check_ban(identity.account, self.name, self.now_us())

    def stop(self, error: WorldloomError) -> None:
        """End every session because the server stops; clients come again by themselves."""
        for session in tuple(self.sessions):
            session.end(Close.RESTARTING, error)

    # The tick

    def tick(self) -> None:
        """Take one 50 ms step of presence: judge poses, send corrections and motion frames."""
        start = self.now_us()
        late = max(start - self._due_us, 0)
        self.tick_count += 1
        if late > TICK_US:
            self._lost_at, self._due_us = self.tick_count, start
        self._due_us += TICK_US
        if len(self.entrance):
            with nobody_ends():
                self.entrance.tick(self.tick_count % LIMITS.tick_hz == 0)
        for row in self.motion.tick(start).tolist():
            self.tell_place(self._by_row[row], "refused")
        for channel in self.channels:
            channel.tick(start)
        if self.recorder.people and self.recorder.tick(start):
            self._changed()
        divider = self.pace.divider
        if self.tick_count % divider == 0:
            for delivery in self.interest.frames(self.tick_count, divider, self.selector.hidden):
                self._deliver(delivery)
        self._send_later()
        self._each_second(start)
        lost = self.tick_count - self._lost_at < LOST_TICKS
        self.pace.observe(1.0 if lost else min((self.now_us() - start) / TICK_US, 1.0))

    def _deliver(self, delivery: Delivery) -> None:
        """Send one frame to all whom it is for; most of a tick's time in a crowd is spent here."""
        payload, writers = delivery.payload, self.writers
        frame = wire.framed(payload)
        for row in delivery.rows:
            # Looking at each session first costs a tenth of all: none of it is near in memory.
            write = writers[row]
            if write is not None:
                write(frame)
            elif not self._by_row[row].send_motion(payload):
                self.interest.owe(row)

    def _each_second(self, now_us: int) -> None:
        """Do what need not be done every tick, for another twentieth of all here in each."""
        part = tuple(self.sessions)[self.tick_count % LIMITS.tick_hz :: LIMITS.tick_hz]
        for session in part:
            session.check_time(now_us)
        try:
            now = (self.live.world, self._realm.people_seq)
            for session in part:
                if session.phase is Phase.INSIDE:
                    self._note_position(session)
                    # A token may end by itself; all else that decides is in the people's log.
                    if session.judged != now or isinstance(session.identity.by, Token):
                        session.judged = now
                        self._offer(session)
        except Unavailable:
            # The world could not be loaded again after a failure; presence goes on without it.
            pass

    def _offer(self, session: Session) -> None:
        """Tell a visitor what it may do where code or role changed; end it without any role."""
        who, world = self.standing(session.identity), self.live.world
        here = self.live.visitors.get(session.visitor)
        if here is not None and not who.void:
            here.rank(who)
        if farewell.show_out(self, session, who) or session.offered == (world, who):
            return
        session.offered = (world, who)
        actions = door.action_rows(world, who, self.now_us())
        self._hold(session, Actions(str(who.role), actions))
        self._changed()
