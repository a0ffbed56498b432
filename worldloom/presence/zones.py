"""The channel of zones: who and what comes in and goes out, as events, and who may not come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.bucket import Bucket
from worldloom.kernel.entity import Entity
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.events import BodyEntered, BodyLeft, ZoneEntered, ZoneLeft
from worldloom.kernel.holding import held_in
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.physical import Zone
from worldloom.kernel.rights import Role, has_role
from worldloom.kernel.schema import decode
from worldloom.kernel.state import State
from worldloom.kernel.world import World
from worldloom.kernel.zones import INSIDE, ZONE, Volume, volumes
from worldloom.presence.physics import STATE, Physics
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.motion import Indices
from worldloom.sync.session import Session

KNEE: Final = np.array([0.0, 0.5, 0.0])
"""Where of a visitor a zone is asked about, from the feet."""
OUT_M: Final = 0.3
"""How far from a guarded zone one is put who was found in it."""

Who = str | int
"""A visitor, or a body by its entity."""


@dataclass(slots=True)
class Watched:
    """A zone, and who and what is in it."""

    volume: Volume
    things: bool
    inside: set[Who] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Step:
    """Someone or something goes in or out."""

    zone: int
    who: Who
    enters: bool


class Zones(Channel):
    """The zones of one world."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.zones: dict[int, Watched] = {}
        self._guarded: list[Watched] = []
        self._state: State | None = None
        self._watched: set[int] = set()
        """The zones and all that they are under."""
        self._sessions: dict[int, Session] = {}
        """Visitor's row → session."""
        self._fresh: set[int] = set()
        """Rows to be looked at though they did not move."""
        self._fresh_bodies: set[int] = set()
        self._buckets: dict[Who, Bucket] = {}
        self._physics = next((one for one in hub.channels if isinstance(one, Physics)), None)
        self._held: set[str] = set()
        """Visitors whose steps are refused."""
        self._stood: dict[str, NDArray[np.float64]] = {}
        """Held visitor → where they stood (x, y, z)."""
        self._ticks = 0
        hub.motion.barrier = self._barred

    # -- who is here ---------------------------------------------------------------------------

    def entered(self, session: Session) -> None:
        """Look at a newcomer, who may have appeared in a zone."""
        assert session.slot is not None
        self._sessions[session.slot.index] = session
        self._fresh.add(session.slot.index)

    def left(self, session: Session) -> None:
        """Let someone who goes leave the zones they were in."""
        assert session.slot is not None
        self._sessions.pop(session.slot.index, None)
        self._fresh.discard(session.slot.index)
        self._buckets.pop(session.visitor, None)
        self._held.discard(session.visitor)
        steps = [
            Step(id, session.visitor, False)
            for id, zone in self.zones.items()
            if session.visitor in zone.inside
        ]
        self._take(steps)
        if steps:
            self.hub.keep(f"zone:{session.visitor}", self._writer(steps))

    # -- the log -------------------------------------------------------------------------------

    def heard(self, kept: Sequence[Sealed]) -> None:
        """See whether zones came, went or moved."""
        for sealed in kept:
            for record in sealed.records[self.hub.name]:
                if record.kind not in STATE:
                    continue
                id, *more = msgspec.msgpack.decode(record.payload)
                known = id in self._watched and (not more or more[0] in (ZONE, "Transform"))
                if known or record.kind == "Spawned" or more[:1] == [ZONE]:
                    self._state = None
                    return

    def _see(self, state: State) -> None:
        """See the zones of a world anew; who is inside stays so until looked at."""
        first = self._state is None and not self.zones
        self._state = state
        before, self.zones = self.zones, {}
        self._watched = set()
        for id, volume in volumes(state):
            cell = state.entities[id].cells[ZONE]
            known = before.get(id)
            things = decode(Zone, cell.data, cell.version).things
            self.zones[id] = Watched(volume, things, known.inside if known else set())
            at: int | None = id
            while at is not None and at in state.entities:
                self._watched.add(at)
                at = state.entities[at].parent
        self._guarded = [zone for zone in self.zones.values() if zone.volume.role != Role.VISITOR]
        self.hub.live.presence[INSIDE] = {id: zone.inside for id, zone in self.zones.items()}
        self._fresh = set(self._sessions)
        if self._physics is not None:
            self._fresh_bodies = set(self._physics.bodies.rows.values())
            if first:
                # What rested in a zone before the server started is no news.
                self._take(self._steps_of_bodies())

    # -- time ----------------------------------------------------------------------------------

    def tick(self, now_us: int) -> None:
        """Find who and what came in and went out, and tell it in one group."""
        try:
            state = self.hub.live.state
            if self._state is not state:
                self._see(state)
            self._held = held_in(self.hub.live.world)
        except Unavailable:
            return
        for visitor in self._stood.keys() - self._held:
            del self._stood[visitor]
        self._ticks += 1
        if not self.zones:
            self._fresh.clear()
            return
        if self._guarded and self._ticks % LIMITS.tick_hz == 0:
            self._put_out()
        found = [*self._steps_of_visitors(), *self._steps_of_bodies()]
        steps = [step for step in found if self._may_tell(step, now_us)]
        if steps and self.hub.keep("zone", self._writer(steps)):
            self._take(steps)
        else:
            for step in steps:
                self._again(step.who)

    def _steps_of_visitors(self) -> list[Step]:
        motion = self.hub.motion
        rows = [row for row in np.flatnonzero(motion.moved).tolist() if row in self._sessions]
        rows += self._fresh.difference(rows)
        self._fresh = set()
        who = [self._sessions[row].visitor for row in rows]
        return self._steps(who, motion.places[rows] + KNEE, things=False)

    def _steps_of_bodies(self) -> list[Step]:
        if self._physics is None:
            return []
        bodies = self._physics.bodies
        rows = (
            self._fresh_bodies
            | bodies.replaced
            | set(np.flatnonzero(~bodies.still & bodies.alive).tolist())
        )
        bodies.replaced.clear()
        # What came to rest since is looked at once more.
        self._fresh_bodies = {row for row in rows if not bodies.still[row]}
        chosen = sorted(row for row in rows if bodies.alive[row])
        gone = [
            Step(id, who, False)
            for id, zone in self.zones.items()
            for who in zone.inside
            if isinstance(who, int) and who not in bodies.rows
        ]
        who = bodies.ids[chosen].tolist()
        return gone + self._steps(who, bodies.places[chosen], things=True)

    def _steps(
        self, who: Sequence[Who], places: NDArray[np.float64], *, things: bool
    ) -> list[Step]:
        """Return who goes in or out of which zone, being at these places now."""
        steps: list[Step] = []
        if not len(who):
            return steps
        for id, zone in self.zones.items():
            if things and not zone.things:
                continue
            near = zone.volume.near(places, LIMITS.zone_margin_m)
            held = [at for at, one in enumerate(who) if one in zone.inside] if zone.inside else []
            if not (near.any() or held):
                continue
            inside = zone.volume.holds(places)
            steps += [
                Step(id, who[at], True)
                for at in np.flatnonzero(inside).tolist()
                if who[at] not in zone.inside
            ]
            if held:
                still = zone.volume.holds(places, LIMITS.zone_margin_m)
                steps += [Step(id, who[at], False) for at in held if not still[at]]
        return steps

    def _may_tell(self, step: Step, now_us: int) -> bool:
        """Bound what is told of one visitor or body; the rest is looked at again later."""
        bucket = self._buckets.get(step.who)
        if bucket is None:
            rate, most = LIMITS.zone_events_per_second_max, LIMITS.zone_events_burst_max
            bucket = self._buckets[step.who] = Bucket(rate, most, now_us)
        if bucket.take(1, now_us):
            return True
        self._again(step.who)
        return False

    def _again(self, who: Who) -> None:
        if isinstance(who, int):
            row = self._physics.bodies.rows.get(who) if self._physics is not None else None
            if row is not None:
                self._fresh_bodies.add(row)
            return
        session = self.hub.visitor(who)
        if session is not None and session.slot is not None:
            self._fresh.add(session.slot.index)

    def _take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            zone = self.zones.get(step.zone)
            if zone is not None:
                (zone.inside.add if step.enters else zone.inside.discard)(step.who)

    def _writer(self, steps: Sequence[Step]) -> Callable[[World], None]:
        def write(world: World) -> None:
            for step in steps:
                zone = Entity(world, step.zone)
                if not zone.alive:
                    continue
                if isinstance(step.who, str):
                    visitor = world.visitor(step.who)
                    kind = ZoneEntered if step.enters else ZoneLeft
                    world.append(kind(visitor, zone))
                    continue
                thing = Entity(world, step.who)
                mover = world.visitor(self._mover(step.who))
                if thing.alive:
                    told = BodyEntered if step.enters else BodyLeft
                    world.append(told(thing, zone, mover))

        return write

    def _mover(self, entity: int) -> str:
        assert self._physics is not None
        bodies = self._physics.bodies
        return bodies.movers.get(bodies.rows.get(entity, -1), "")

    # -- who may not come in -------------------------------------------------------------------

    def _barred(self, rows: Indices, places: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which claims lead into a zone that their visitor may not enter."""
        barred = np.zeros(len(rows), bool)
        for zone in self._guarded:
            for at in np.flatnonzero(zone.volume.holds(places + KNEE) & ~barred).tolist():
                session = self._sessions.get(int(rows[at]))
                barred[at] = session is None or not self._may_be(session, zone)
        return barred | self._held_back(rows, places) if self._held else barred

    def _held_back(self, rows: Indices, places: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which claims lead away from where their visitor is held."""
        back = np.zeros(len(rows), bool)
        for at, row in enumerate(rows.tolist()):
            session = self._sessions.get(row)
            if session is None or session.visitor not in self._held:
                continue
            here, stood = self.hub.motion.places[row], self._stood.get(session.visitor)
            # No claim leads so far away, so it was the server's word that put them elsewhere.
            if stood is None or _apart(here, stood) > LIMITS.held_m_max:
                stood = self._stood[session.visitor] = here.copy()
            back[at] = _apart(places[at], stood) > LIMITS.held_m_max
        return back

    def _may_be(self, session: Session, zone: Watched) -> bool:
        return has_role(self.hub.standing(session.identity), zone.volume.role)

    def _put_out(self) -> None:
        """Put out who is found in a guarded zone: it came later, or their right went."""
        motion = self.hub.motion
        rows = np.array(sorted(self._sessions), np.intp)
        for zone in self._guarded:
            for row in rows[zone.volume.holds(motion.places[rows] + KNEE)].tolist():
                session = self._sessions[row]
                if session.slot is None or self._may_be(session, zone):
                    continue
                x, y, z = motion.places[row].tolist()
                out = zone.volume.outside((x, y, z), OUT_M)
                yaw = motion.yaw(session.slot)
                motion.place(session.slot, (out[0], y, out[2]), yaw, self.hub.now_us())
                self.hub.tell_place(session, "guarded")


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how far two places are from each other on the ground, in metres."""
    return float(np.hypot(one[0] - other[0], one[2] - other[2]))
