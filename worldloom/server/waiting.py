"""Long requests at the live socket: how far they are, for whoever asked; and taking them back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.followups import Pending
from worldloom.kernel.live import Sealed
from worldloom.kernel.records import Record, describe
from worldloom.server.engine import FAILED, Engine
from worldloom.server.long import check_may_cancel, find_request
from worldloom.sync import wire
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.messages import Answer, Cancel, ErrorRow, Message, Progress, Refusal
from worldloom.sync.session import Phase, Session, error_row

EVERY_TICKS: Final = 2
"""Ten tellings a second are more than anyone reads."""


@dataclass(slots=True, eq=False)
class Watched:
    """A long request, and what was told of it last."""

    actor: str
    action: str
    told: Progress | None = None
    error: ErrorRow | None = None
    """Why it failed, once the log says so."""


class Waiting(Channel):
    """The long requests of one world, by whatever door they were asked for."""

    takes: ClassVar[tuple[type[Message], ...]] = (Cancel,)

    def __init__(self, hub: Hub, engine: Engine) -> None:
        super().__init__(hub)
        self._engine = engine
        self._watched: dict[int, Watched] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Asked for when nobody was here yet, or before the server started.
        for pending in hub.live.follow.open.values():
            self._watch(pending)

    def entered(self, session: Session) -> None:
        """Tell someone who comes back what they still wait for."""
        for watched in self._watched.values():
            if watched.actor == session.identity.actor and watched.told is not None:
                session.send(wire.encode(watched.told))

    def heard(self, kept: Sequence[Sealed]) -> None:
        """Note what long actions ask of the outside, and why something failed."""
        for sealed in kept:
            for record in sealed.records[self.hub.name]:
                pending = self.hub.live.follow.open.get(record.seq)
                if pending is not None:
                    self._watch(pending)
                elif record.kind == FAILED and self._watched:
                    self._note_failure(record)

    def _watch(self, pending: Pending) -> None:
        if pending.long:
            self._watched[pending.seq] = Watched(pending.actor, pending.long)

    def _note_failure(self, record: Record) -> None:
        said = describe(record)
        watched = self._watched.get(said["request"])
        if watched is not None:
            watched.error = ErrorRow(said["code"], said["message"], "")

    def tick(self, now_us: int) -> None:
        """Tell who asked how far it is, where it got any further."""
        if not self._watched or self.hub.tick_count % EVERY_TICKS:
            return
        for seq, watched in tuple(self._watched.items()):
            progress = self._far(seq, watched)
            if progress is None:
                del self._watched[seq]
            elif progress != watched.told:
                watched.told = progress
                data = wire.encode(progress)
                for session in self._of(watched.actor):
                    session.send(data)
                if progress.state != "waiting":
                    del self._watched[seq]

    def _far(self, seq: int, watched: Watched) -> Progress | None:
        """Return how far a request is; None where nobody performs it here."""
        errand = self._engine.errands.of(self.hub.name, seq)
        if errand is None:
            waits = seq in self.hub.live.follow.open
            return Progress(seq, watched.action, "waiting", 0, None, "", None) if waits else None
        return Progress(
            seq, watched.action, errand.state, errand.done, errand.total, errand.text,
            watched.error if errand.state == "failed" else None,
        )  # fmt: skip

    def _of(self, actor: str) -> Iterator[Session]:
        """Yield all connections of who asked."""
        return (one for one in self.hub.inside() if one.identity.actor == actor)

    def receive(self, session: Session, message: Message) -> None:
        """Take a request back where its asker may; answer when the log says so."""
        if not isinstance(message, Cancel):
            return
        who = self.hub.standing(session.identity)
        try:
            live = self.hub.live
            find_request(self._engine, live, message.seq)
            check_may_cancel(self._engine, live, message.seq, who)
        except WorldloomError as error:
            if self.hub.witness is not None:
                self.hub.witness.refused(who, "cancel", error)
            session.send(wire.encode(Refusal(message.id, error_row(error))))
            return
        task = asyncio.get_running_loop().create_task(self._cancel(session, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _cancel(self, session: Session, message: Cancel) -> None:
        try:
            await self._engine.cancel(self.hub.name, message.seq, session.identity.actor)
        except WorldloomError as error:
            answer: Message = Refusal(message.id, error_row(error))
        else:
            errand = self._engine.errands.of(self.hub.name, message.seq)
            state = "settled" if errand is None else errand.state
            answer = Answer(message.id, session.sent_seq, {"seq": message.seq, "state": state})
        if session.phase is Phase.INSIDE:
            session.send(wire.encode(answer))
