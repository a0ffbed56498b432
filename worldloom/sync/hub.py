"""One live world and all who are in it: admission, what they ask, channels, and the tick.

What leaves here is durable: a snapshot, an answer or a refusal waits until every record that
it depends on is kept, and each session gets the records in order and without a gap (`Broadcast`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from worldloom.kernel.avatar import DRESSED, Avatar, Dressed, read_worn
from worldloom.kernel.entity import Stance
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.forgetting import FORGOT
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.ports import Clock, Store
from worldloom.kernel.realm import Caller, Command, Decision, Realm
from worldloom.kernel.recording import CONSENTED
from worldloom.kernel.rights import Standing, check, deed_of
from worldloom.kernel.schema import Event, decode, restorer
from worldloom.kernel.world import World
from worldloom.sync import door, farewell, rows, wire
from worldloom.sync.broadcast import Broadcast, Held
from worldloom.sync.channel import Channel, nobody_ends
from worldloom.sync.entrance import Entrance
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
    Pong,
    Refusal,
    Visitors,
    Welcome,
)
from worldloom.sync.pace import Pace
from worldloom.sync.recorder import Recorder
from worldloom.sync.session import Identity, Phase, Session, Transport, error_row

TICK_US: Final = 1_000_000 // LIMITS.tick_hz
LOST_TICKS: Final = 12
"""So long a lost tick counts: who needs 55 ms for each loses one in ten, a hiccup loses one."""


class Hub(Broadcast):
    """The sessions of one live world; `wake` is called when a group waits for the disk."""

    def __init__(
        self, realm: Realm, name: str, store: Store, clock: Clock, wake: Callable[[], None]
    ) -> None:
        super().__init__(realm, name, store, clock, wake)
        self.interest = Interest(self.motion)
        self.pace = Pace()
        self.entrance = Entrance(self)
        self.recorder = Recorder(realm, name, self.motion)
        self.tick_count = 0
        self.sessions: dict[Session, None] = {}
        """Every open session, inside or not yet, in order: a set would make chance of addresses."""
        self._by_row: dict[int, Session] = {}
        self._due_us = clock() + TICK_US
        self._lost_at = -LOST_TICKS
        self.channels: list[Channel] = []
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

    # Who is here

    def connect(self, transport: Transport, identity: Identity) -> Session:
        """Open a session for a new connection; it has yet to say hello."""
        session = Session(self, transport, identity)
        self.sessions[session] = None
        return session

    def of_rows(self, rows: Iterable[int]) -> list[Session]:
        """Return the sessions of rows, as far as they have one."""
        return [self._by_row[row] for row in rows if row in self._by_row]

    def visitor(self, visitor: str) -> Session | None:
        """Return the session of a visitor who is here."""
        return self._by_visitor.get(visitor)

    def standing(self, identity: Identity) -> Standing:
        """Return what a connection may do here now: its account's rights, capped by its token."""
        return self._realm.standing(identity.account, self.name, identity.by)

    def position(self, session: Session) -> tuple[float, float, float]:
        """Return where a visitor stands, in metres."""
        assert session.slot is not None
        return self.motion.position(session.slot)

    # Admission

    def hello(self, session: Session, message: Hello) -> None:
        """Admit a session in one ordered step, or end it with the reason."""
        try:
            door.check_version(message.version)
            who = self.standing(session.identity)
            check(who, deed_of("enter", self.name), self.now_us())
            if not self.entrance.lets_in(who):
                self.entrance.queue(session, message)
                return
        except WorldloomError as error:
            self._turn_away(session, error)
            return
        self.enter(session, message)

    def enter(self, session: Session, message: Hello) -> None:
        """Let a session in whose turn it is, or end it with the reason."""
        try:
            self._admit(session, message)
        except WorldloomError as error:
            self._turn_away(session, error)
            return
        self._changed()

    def _turn_away(self, session: Session, error: WorldloomError) -> None:
        self._tell_refused(session.identity, "enter", error)
        session.end(door.close_code(error), error)

    def entering(self) -> int:
        """Return how many are on their way in."""
        return sum(held.welcome for held in self._held)

    def free_places(self) -> int:
        """Return how many more may come in; raises Unavailable."""
        rows = self.motion.capacity - len(self.motion)
        return min(rows, self._realm.free_places(self.name))

    def _admit(self, session: Session, message: Hello) -> None:
        who = self.standing(session.identity)
        check(who, deed_of("enter", self.name), self.now_us())
        if self.entering() >= LIMITS.entering_max:
            raise door.Busy("too many are entering now", retry_after_seconds=LIMITS.retry_seconds)
        said = "" if session.identity.acts_as else door.visitor_name(message.name)
        session.name = said or session.identity.name
        session.avatar = session.came_as = door.avatar_of(
            self._realm.people, self._store, session.identity, message
        )
        slot = self.motion.join((0.0, 0.0, 0.0), 0.0, self.now_us())
        try:
            entered = self._realm.enter(
                self.name, session.identity.account, session.name, who
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
        self.live.visitors[session.visitor].observe = partial(self._stance, session)
        self._hold_welcome(session, message, who, yaw)

    def _hold_welcome(self, session: Session, message: Hello, who: Standing, yaw: float) -> None:
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
            avatar=session.avatar.code,
            vrm=session.avatar.vrm,
            role=str(who.role),
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
            actions=door.action_rows(live.world, who, self.now_us()),
        )
        session.offered = (live.world, who)
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
            missed = rows.missed_groups(
                self._store, live.stream, held.resume_after, held.seq, held.private_root
            )
            messages += rows.records_messages(self.selector.without(session, missed))
        session.phase = Phase.INSIDE
        session.sent_seq = held.seq
        inside = tuple(self.inside())
        self.selector.entered(session, inside)
        seen = self.selector.perceived(session, inside)
        here = Visitors(joined=tuple(self.joined_row(other) for other in seen))
        for data in (*messages, wire.encode(here)):
            session.send(data)
        self.interest.owe(session.slot.index)
        news = wire.encode(Visitors(joined=(self.joined_row(session),)))
        for other in seen:
            if other is not session:
                self._spread(other, news)
        self._tell_ties(inside)
        for channel in self.channels:
            channel.entered(session)

    def _tell_ties(self, inside: Sequence[Session]) -> None:
        """Tell everyone whose view of somebody changed."""
        if self.selector.ties.nobody:
            return
        for session in inside:
            if self.selector.ties.has(session.identity.account):  # hardly anyone: no n² a newcomer
                self.selector.tell(session, inside)

    def minds_changed(self) -> None:
        """Hear that somebody here may have blocked or befriended somebody; at once it holds."""
        if self.selector.version == self.selector.ties.version:
            return
        inside = tuple(self.inside())
        for session, other in self.selector.refresh(inside):
            session.send(wire.encode(Visitors(joined=(self.joined_row(other),))))
        for session in inside:
            if session.slot is not None:
                self.interest.owe(session.slot.index)
        self._tell_ties(inside)

    def joined_row(self, session: Session) -> JoinedRow:
        """Return how a visitor is announced; made once, as every newcomer is told of everyone."""
        slot, avatar, row = session.slot, session.avatar, session.announced
        assert slot is not None
        if row is None or (row.avatar, row.vrm) != (avatar.code, avatar.vrm):
            row = session.announced = JoinedRow(
                slot.index, slot.generation, session.visitor, session.name,
                avatar.code, avatar.vrm, session.identity.agent,
            )  # fmt: skip
        return row

    def gone(self, session: Session) -> None:
        """Forget a session that ended; its visitor leaves the world."""
        self.sessions.pop(session, None)
        self.entrance.forget(session)
        slot, visitor = session.slot, session.visitor
        if slot is None:
            return
        for channel in self.channels:
            channel.left(session)
        self.selector.gone(session)
        del self._by_visitor[visitor]
        del self._by_row[slot.index]
        self.interest.forget(slot.index)
        self.recorder.drop(slot.index, self.now_us())
        self.motion.leave(slot)
        try:
            self._realm.leave(self.name, visitor)
        except WorldloomError:
            # The log cannot take it now; presence ends all the same.
            pass
        self._left.append((self._seq(), LeftRow(slot.index, slot.generation, visitor)))
        self._changed()

    # What visitors ask

    def claim(self, session: Session, data: bytes | memoryview, now_us: int) -> None:
        """Take a checked pose."""
        assert session.slot is not None
        self.motion.claim(session.slot, data, now_us)

    def do(self, session: Session, message: Do) -> None:
        """Decide an action; answer or refuse when all that it depends on is durable."""
        assert session.slot is not None, "hello comes first"
        begun = self.now_us()
        try:
            decision = self._decide(session, message.action, message.args)
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
            return self._decide(session, action, args)
        finally:
            self._changed()

    def _decide(self, session: Session, action: str, args: Mapping[str, Any]) -> Decision:
        try:
            return self._realm.do(Command(self.name, action, args, self.caller(session)))
        except WorldloomError as error:
            self._tell_refused(session.identity, action, error)
            raise

    def _tell_refused(self, identity: Identity, call: str, error: WorldloomError) -> None:
        if self.witness is not None:
            self.witness.refused(self.standing(identity), call, error)

    def caller(self, session: Session) -> Caller:
        """Return who a visitor is to a command, standing where they stand now."""
        identity = session.identity
        who, place = self.standing(identity), self._note_position(session)
        return Caller(identity.account, session.name, session.visitor, who.role, place, who)

    def _note_position(self, session: Session) -> tuple[float, float, float]:
        """Let the author's code see where a visitor stands, and return it."""
        position = self.position(session)
        here = self.live.visitors.get(session.visitor)
        if here is not None:
            here.position = position
        return position

    def _stance(self, session: Session) -> Stance | None:
        """Return where a visitor is and looks by the newest pose, if they are still here."""
        slot = session.slot
        if slot is None or not self.motion.holds(slot):
            return None
        return Stance(self.motion.position(slot), self.motion.yaw(slot))

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
            self._place(session, reason)

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
            news = wire.encode(Visitors(changed=(self.joined_row(session),)))
            for other in self.inside():
                if self.selector.perceives(other, session):
                    self._spread(other, news)

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
            self._place(self._by_row[row], "refused")
        for channel in self.channels:
            channel.tick(start)
        if self.recorder.people and self.recorder.tick(start):
            self._changed()
        divider = self.pace.divider
        if self.tick_count % divider == 0:
            for delivery in self.interest.frames(self.tick_count, divider, self.selector.hidden):
                for row in delivery.rows:
                    if not self._by_row[row].send_motion(delivery.payload):
                        self.interest.owe(row)
        self._send_later()
        if self.tick_count % LIMITS.tick_hz == 0:
            self._each_second(start)
        lost = self.tick_count - self._lost_at < LOST_TICKS
        self.pace.observe(1.0 if lost else min((self.now_us() - start) / TICK_US, 1.0))

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
        who, world = self.standing(session.identity), self.live.world
        here = self.live.visitors.get(session.visitor)
        if here is not None and not who.void:
            here.rank(who)
        if farewell.show_out(self, session, who) or session.offered == (world, who):
            return
        session.offered = (world, who)
        rows = door.action_rows(world, who, self.now_us())
        self._hold(session, Actions(str(who.role), rows))
        self._changed()
