"""The channel of seats: who sits where, shown to all, carried along by what the seat is on."""

from __future__ import annotations

import math
from collections.abc import Iterable

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.physical import Seat
from worldloom.kernel.rights import has_role
from worldloom.kernel.schema import decode
from worldloom.kernel.space import Pose, Vec, length, subtract, world_pose, yaw_of
from worldloom.kernel.touching import Touch, leave_seat, touch_of
from worldloom.kernel.world import World
from worldloom.presence.physics import Physics
from worldloom.sync import wire
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.messages import SeatRow, Seats
from worldloom.sync.session import Session

HIP_M = 0.45
"""How high over the floor one's feet are on a chair sits whom nothing else is said of."""
STEP_M = 0.6
"""How far in front of a seat one stands up whose way back is too far."""
BACK_M = 4.0


class Seating(Channel):
    """Who sits in one world."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._came_from: dict[str, Vec] = {}
        """Visitor who sits → where they stood before."""
        self._physics = next((one for one in hub.channels if isinstance(one, Physics)), None)
        self.touch.seats_shown_by = self

    @property
    def touch(self) -> Touch:
        """Who holds and sits here now."""
        return touch_of(self.hub.live.world)

    def entered(self, session: Session) -> None:
        """Tell a newcomer who sits."""
        rows = tuple(SeatRow(seat, visitor) for seat, visitor in self.touch.taken.items())
        if rows:
            session.send(wire.encode(Seats(rows)))

    def left(self, session: Session) -> None:
        """Forget someone; their seat is free with their leaving."""
        self._came_from.pop(session.visitor, None)

    # -- what durable steps tell ---------------------------------------------------------------

    def sat(self, visitor: str, seat: int) -> None:
        """Let a visitor be seen on their seat."""
        session = self.hub.visitor(visitor)
        if session is None:
            return
        self._came_from.setdefault(visitor, self.hub.position(session))
        self._tell([SeatRow(seat, visitor)])
        self._carry(session, seat, told=True)

    def stood(self, visitor: str, seat: int) -> None:
        """Let a visitor stand where they came from, or in front of a seat that moved away."""
        self._tell([SeatRow(seat, "")])
        session = self.hub.visitor(visitor)
        before = self._came_from.pop(visitor, None)
        if session is None or session.slot is None:
            return
        pose = self._pose(seat)
        ahead = pose._replace(scale=(1.0, 1.0, 1.0)).place((0.0, 0.0, STEP_M))
        back = before is not None and length(subtract(before, pose.position)) < BACK_M
        place = before if before is not None and back else ahead
        yaw = self.hub.motion.yaw(session.slot)
        self.hub.motion.rise(session.slot, place, yaw, self.hub.now_us())
        self.hub.tell_place(session, "stood")

    def _tell(self, rows: Iterable[SeatRow]) -> None:
        news = wire.encode(Seats(tuple(rows)))
        for session in self.hub.inside():
            session.send(news)

    # -- time ----------------------------------------------------------------------------------

    def tick(self, now_us: int) -> None:
        """Carry along who sits, and let stand up whose seat is no more, or no longer theirs."""
        seats = self.touch.seats
        if not seats:
            return
        try:
            for visitor, seat in tuple(seats.items()):
                session = self.hub.visitor(visitor)
                if session is None:
                    self.touch.rise(visitor)
                    self._tell([SeatRow(seat, "")])
                elif session.slot is not None and self.hub.motion.seated[session.slot.index]:
                    self._carry(session, seat)
        except Unavailable:
            return

    def _carry(self, session: Session, seat: int, *, told: bool = False) -> None:
        value = self._seat(seat)
        assert session.slot is not None
        if value is None or not has_role(self.hub.standing(session.identity), value.role):
            self._put_up(session, seat)
            return
        pose = self._pose(seat)
        x, y, z = pose.position
        feet = (x, y + value.height - HIP_M, z)
        # A visitor of yaw 0 looks to -Z, a seat to +Z.
        yaw = (yaw_of(pose.rotation) + math.pi) % math.tau
        self.hub.motion.sit(session.slot, feet, yaw, self.hub.now_us())
        if told:
            self.hub.tell_place(session, "sat")

    def _put_up(self, session: Session, seat: int) -> None:
        def rise(world: World) -> None:
            leave_seat(world, world.visitor(session.visitor))

        if not self.hub.keep(f"seat:{session.visitor}", rise, session.identity.actor):
            self.touch.rise(session.visitor)
            self.stood(session.visitor, seat)

    def _seat(self, seat: int) -> Seat | None:
        entity = self.hub.live.state.entities.get(seat)
        cell = None if entity is None else entity.cells.get(Seat.__kind__.name)
        return None if cell is None else decode(Seat, cell.data, cell.version)

    def _pose(self, seat: int) -> Pose:
        if self._physics is not None:
            return self._physics.pose_of(seat)
        return world_pose(self.hub.live.state, seat)
