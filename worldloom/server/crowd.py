"""What a crowd costs one process: bounded over all sockets together, and measured."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final, Protocol

from worldloom.kernel.limits import LIMITS
from worldloom.server.protocol import SocketProtocol
from worldloom.sync.messages import Close
from worldloom.sync.session import Session, TooSlow

if TYPE_CHECKING:
    from worldloom.server.house import House

Metric = tuple[str, str, str, float]
"""(name, type, help, value)."""


ENDS: Final = (
    ("sessions_too_slow_total", Close.TOO_SLOW, "Sessions ended as too much waited for them"),
    ("sessions_flooding_total", Close.RATE, "Sessions ended as they sent too much"),
)
"""Metric, the close code of what it counts, and its help."""


class Queueing(Protocol):
    """A socket, as far as it is looked at here."""

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait in it and in its session."""
        ...

    @property
    def session(self) -> Session | None:
        """Its session, once there is one."""
        ...


class Relief:
    """Keeps what waits for all slow sockets together under its bound."""

    def __init__(self) -> None:
        self.cut = 0
        """Sessions that were ended for it."""

    def relieve(self, sockets: Collection[Queueing]) -> None:
        """End those for whom most waits until the rest is under the bound: they may resume."""
        waiting = [(socket.queued_bytes, socket) for socket in sockets]
        total = sum(size for size, _ in waiting)
        if total <= LIMITS.queued_bytes_max:
            return
        waiting.sort(key=lambda entry: entry[0], reverse=True)
        for size, socket in waiting:
            if total <= LIMITS.queued_bytes_max:
                return
            if socket.session is not None:
                self.cut += 1
                total -= size
                error = TooSlow("the server holds too much", fix="Connect again and resume.")
                socket.session.end(Close.TOO_SLOW, error)


def measure_crowd(house: House) -> Iterator[Metric]:
    """Yield what tells how a crowd is borne."""
    hubs = tuple(house.hubs.values())
    yield (
        "crowd_tick_divider",
        "gauge",
        "How many ticks lie between two motion frames, in the slowest world",
        max((hub.pace.divider for hub in hubs), default=1),
    )
    yield (
        "crowd_waiting",
        "gauge",
        "Newcomers who wait at the doors of all worlds",
        sum(len(hub.entrance) for hub in hubs),
    )
    yield (
        "crowd_turned_away_total",
        "counter",
        "Newcomers who found no room in a queue either",
        sum(hub.entrance.turned_away for hub in hubs),
    )
    yield (
        "crowd_capped_cells_total",
        "counter",
        "Cells times ticks in which more were near than one is shown",
        sum(hub.interest.capped_cells for hub in hubs),
    )
    yield (
        "crowd_own_frames_total",
        "counter",
        "Motion frames cut for those who are spared somebody in them, by a block",
        sum(hub.interest.own_frames for hub in hubs),
    )
    yield (
        "crowd_copies",
        "gauge",
        "Copies of all worlds in which somebody is",
        sum(sum(map(bool, hub.in_copies())) for hub in hubs),
    )
    yield (
        "crowd_put_off_total",
        "counter",
        "Records of those far away that a motion frame left to a later one",
        sum(hub.interest.put_off for hub in hubs),
    )
    yield from _measure_door(house)
    intake = SocketProtocol.intake
    yield (
        "sockets_read_together",
        "gauge",
        "Sockets of a crowd whose poses are read together",
        0 if intake is None else len(intake),
    )
    yield (
        "ticks_unsliced_total",
        "counter",
        "Ticks of a crowd before which input was not read in slices, as somebody came in",
        house.engine.ticks_unsliced,
    )
    yield "sockets_cut_total", "counter", "Sockets cut as too much waited", house.relief.cut
    yield "tick_seconds_total", "counter", "Time that ticks took", house.engine.tick_seconds


def _measure_door(house: House) -> Iterator[Metric]:
    """Yield what tells who comes in, who goes and why."""
    hubs = tuple(house.hubs.values())
    yield (
        "crowd_entering",
        "gauge",
        "Newcomers who are on their way in",
        sum(hub.entering() for hub in hubs),
    )
    yield (
        "crowd_entered_total",
        "counter",
        "Visitors who got in",
        sum(hub.entered for hub in hubs),
    )
    for name, code, why in ENDS:
        yield name, "counter", why, sum(hub.ended[code] for hub in hubs)
    porter = house.porter
    yield (
        "handshakes",
        "gauge",
        "TLS handshakes under way",
        0 if porter is None else porter.handshakes,
    )
    yield (
        "handshakes_refused_total",
        "counter",
        "Connections cut as too many were shaking hands",
        0 if porter is None else porter.handshakes_refused,
    )
