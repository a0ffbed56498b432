"""Promised: what waits for all slow sockets together is bounded, and the slowest pay for it."""

from __future__ import annotations

from tests.sync.hall import Hall
from tests.sync.test_crowd import Desk, enter
from worldloom.kernel.limits import LIMITS
from worldloom.server.crowd import Relief
from worldloom.sync import wire
from worldloom.sync.messages import Told
from worldloom.sync.session import Phase, Session


class Holding:
    """A socket whose session holds back what its client does not read."""

    def __init__(self, hall: Hall, number: int) -> None:
        session, desk = enter(hall, number)
        self.session: Session = session
        self.desk: Desk = desk
        desk.paused = True

    @property
    def queued_bytes(self) -> int:
        return self.session.queued_bytes


def test_over_the_bound_those_for_whom_most_waits_are_ended_and_nobody_else() -> None:
    hall, relief = Hall(), Relief()
    sockets = [Holding(hall, number) for number in range(4)]
    line = wire.encode(Told("x" * 1_000_000))
    for count, socket in zip((30, 1, 30, 2), sockets, strict=True):
        for _ in range(count):
            socket.session.send(line)
    relief.relieve(sockets)
    assert relief.cut == 0, "under the bound nobody is ended"
    before = LIMITS.queued_bytes_max
    object.__setattr__(LIMITS, "queued_bytes_max", 4_000_000)
    try:
        relief.relieve(sockets)
    finally:
        object.__setattr__(LIMITS, "queued_bytes_max", before)
    phases = [socket.session.phase for socket in sockets]
    assert phases == [Phase.CLOSED, Phase.INSIDE, Phase.CLOSED, Phase.INSIDE]
    assert relief.cut == 2
    assert sum(socket.queued_bytes for socket in sockets) < 4_000_000
    assert wire.decode_from_server(sockets[0].desk.writes[-2][0]).error.code == "too_slow"  # type: ignore[union-attr]
