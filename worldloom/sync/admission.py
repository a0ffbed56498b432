"""Who comes into one live world and who goes: admission in one ordered step, and who is here.

The door checks, the entrance makes wait, and what a newcomer is told leaves when it is durable.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel import names
from worldloom.kernel.copies import ALONE, copies_of
from worldloom.kernel.entity import Stance
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Clock, Store
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import Standing, check, deed_of
from worldloom.sync import door, rows, wire
from worldloom.sync.broadcast import Broadcast, Held
from worldloom.sync.channel import Channel
from worldloom.sync.entrance import Entrance
from worldloom.sync.interest import Interest
from worldloom.sync.messages import VERSION, Hello, JoinedRow, LeftRow, Visitors, Welcome
from worldloom.sync.motion import Slot
from worldloom.sync.pace import Pace
from worldloom.sync.recorder import NOBODY, Recorder
from worldloom.sync.session import Identity, Phase, Session, Write


class Admission(Broadcast):
    """The sessions of one live world, from the first hello until they are gone."""

    def __init__(
        self, realm: Realm, name: str, store: Store, clock: Clock, wake: Callable[[], None]
    ) -> None:
        super().__init__(realm, name, store, clock, wake)
        self.claim = self.motion.claim
        """Takes a checked pose."""
        self.writers: list[Write | None] = [None] * self.motion.capacity
        self.ended: Counter[int] = Counter()
        self.entered = 0
        """Who got in since the start."""
        self._skipped = 0
        self.interest = Interest(self.motion)
        self.pace = Pace()
        self.entrance = Entrance(self)
        self.names = names.Names()
        self.recorder = Recorder(realm, name, self.motion, self.worn)
        self.sessions: dict[Session, None] = {}
        """Every open session, inside or not yet, in order: a set would make chance of addresses."""
        self._by_row: dict[int, Session] = {}
        self._entering: set[Session] = set()
        self.channels: list[Channel] = []

    # Who is here

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

    def worn(self) -> NDArray[np.int64]:
        """Return heads and hands of who wears a headset: their rows, then whole numbers (n, k)."""
        # One of the channels knows of them, where any does.
        found = [worn for channel in self.channels if (worn := channel.worn()) is not None]
        return found[0] if found else NOBODY

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
        return len(self._entering)

    def coming(self) -> int:
        """Return how many have a socket and are not in yet: unheard, waiting or entering."""
        return len(self.sessions) - len(self._by_visitor) + self.entering()

    def free_places(self) -> int:
        """Return how many more may come in; raises Unavailable."""
        rows = self.motion.capacity - len(self.motion)
        return min(rows, self._realm.free_places(self.name))

    def _admit(self, session: Session, message: Hello) -> None:
        who = self.standing(session.identity)
        check(who, deed_of("enter", self.name), self.now_us())
        if self.entering() >= LIMITS.entering_max:
            raise door.Busy("too many are entering now", retry_after_seconds=LIMITS.retry_seconds)
        identity = session.identity
        said = "" if identity.acts_as else names.shown(message.name)
        session.avatar = session.came_as = door.avatar_of(
            self._realm.people, self._store, session.identity, message
        )
        slot = self.motion.join((0.0, 0.0, 0.0), 0.0, self.now_us())
        session.name = self.names.take(said or identity.name, identity.account)
        try:
            entered = self._realm.enter(self.name, identity.account, session.name, who).result
        except WorldloomError:
            self.names.drop(session.name, identity.account)
            self.motion.leave(slot)
            raise
        self._put_into(session, slot, entered["visitor"], self._copy_for(message.copy))
        place, yaw = self.motion.free_place(entered["position"], slot), entered["yaw"]
        self.motion.place(slot, place, yaw, self.now_us())
        session.slot = slot
        session.visitor = entered["visitor"]
        session.phase = Phase.ENTERING
        self.entered += 1
        self._entering.add(session)
        self._by_visitor[session.visitor] = self._by_row[slot.index] = session
        self._note_position(session)
        self.live.visitors[session.visitor].observe = partial(self._stance, session)
        self._hold_welcome(session, message, who, yaw)

    # Copies

    def in_copies(self) -> list[int]:
        """Return how many are in each copy of the world, as far as somebody is there."""
        counts: list[int] = np.bincount(self.motion.copies[self.motion.alive]).tolist()
        return counts

    def _copy_for(self, asked: int | None) -> int:
        """Choose a newcomer's copy: what it asks for, or else the first that has room."""
        copies = copies_of(self.live.world)
        if copies is None:
            return ALONE
        counts = np.bincount(self.motion.copies[self.motion.alive], minlength=copies.most)
        counts[0] -= 1  # the newcomer's own row
        room = counts[: copies.most] < copies.places
        if asked is not None and 1 <= asked <= copies.most and room[asked - 1]:
            return asked
        # Where none has room, an owner comes in all the same.
        return int(room.argmax() if room.any() else counts.argmin()) + 1

    def _put_into(self, session: Session, slot: Slot, visitor: str, copy: int) -> None:
        session.copy = copy
        self.motion.copies[slot.index] = copy - 1
        self.live.visitors[visitor].copy = copy

    def _cross(self, session: Session, copy: int) -> None:
        """Let a visitor be in another copy from now on, and everyone know; full is full."""
        copies, slot = copies_of(self.live.world), session.slot
        if copies is None or slot is None or copy in (0, session.copy):
            return
        counts = self.in_copies()
        if copy > copies.most or (copy <= len(counts) and counts[copy - 1] >= copies.places):
            return
        self._put_into(session, slot, session.visitor, copy)
        self.show_anew(session)

    def show_anew(self, session: Session) -> None:
        """Tell everyone who may know of a visitor that they look otherwise, or are elsewhere."""
        news = wire.encode(Visitors(changed=(self.joined_row(session),)))
        for other in self.inside():
            if self.selector.perceives(other, session):
                self._spread(other, news)

    def _hold_welcome(self, session: Session, message: Hello, who: Standing, yaw: float) -> None:
        """Prepare welcome and state as of this very seq; they leave when it is durable."""
        live, slot = self.live, session.slot
        assert slot is not None
        copies = copies_of(live.world)
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
            copy=session.copy,
            copies=1 if copies is None else copies.most,
            places=0 if copies is None else copies.places,
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
        self._entering.discard(session)
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
        self._tell_ties(inside)  # before the news: of whom one has muted none is told aloud
        news = wire.encode(Visitors(joined=(self.joined_row(session),)))
        for other in seen:
            if other is not session:
                self._spread(other, news)
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
        if row is None or (row.avatar, row.vrm, row.copy) != (
            avatar.code, avatar.vrm, session.copy,
        ):  # fmt: skip
            row = session.announced = JoinedRow(
                slot.index, slot.generation, session.visitor, session.name,
                avatar.code, avatar.vrm, session.identity.agent, session.copy,
            )  # fmt: skip
        return row

    @property
    def frames_skipped(self) -> int:
        """Motion frames that slow sockets missed, those that are gone as well."""
        return self._skipped + sum(session.frames_skipped for session in self.sessions)

    def gone(self, session: Session) -> None:
        """Forget a session that ended; its visitor leaves the world."""
        if self.sessions.pop(session, self) is None:
            self._skipped += session.frames_skipped
        self._entering.discard(session)
        self.entrance.forget(session)
        slot, visitor = session.slot, session.visitor
        if slot is None:
            return
        for channel in self.channels:
            channel.left(session)
        self.selector.gone(session)
        self.names.drop(session.name, session.identity.account)
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

    def _tell_refused(self, identity: Identity, call: str, error: WorldloomError) -> None:
        if self.witness is not None:
            self.witness.refused(self.standing(identity), call, error)

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
        stance = Stance(self.motion.position(slot), self.motion.yaw(slot))
        for channel in self.channels:
            stance = channel.stance(session, stance)
        return stance
