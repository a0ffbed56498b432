"""The channel of bodies: physics beside the log, hands that carry, and rest as an event.

Motion is presence. What comes to rest is written as its Transform, in one group with all that
came to rest meanwhile, so that the settled state is everyone's, survives a restart and is history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.components import Transform
from worldloom.kernel.entity import Entity
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.events import Pushed, Rested
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.physical import Grab
from worldloom.kernel.rights import has_role
from worldloom.kernel.schema import decode as read
from worldloom.kernel.space import (
    Pose,
    Quat,
    Vec,
    add,
    own_pose,
    shorten,
    subtract,
    transform_of,
    unit,
    world_pose,
)
from worldloom.kernel.state import State
from worldloom.kernel.touching import HANDS, Hand, Touch, touch_of
from worldloom.kernel.world import World
from worldloom.presence import bodyframes
from worldloom.presence.bodies import Bodies
from worldloom.presence.bodyframes import BodyInterest
from worldloom.presence.rapier import Drive, Rapier, load
from worldloom.presence.scene import SEEN, Models, Scene
from worldloom.sync import wire
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.interest import ORIGIN, STRIDE
from worldloom.sync.messages import HoldRow, Holds
from worldloom.sync.session import Session

NUMBER: Final = 2
SETTLE_TICKS: Final = LIMITS.tick_hz // LIMITS.rests_per_second_max
SHOULDER: Final[Vec] = (0.0, 1.2, 0.0)
"""Where hands begin, from the feet."""
GRID_M: Final = 4.0
"""A visitor so near to a body is there for it."""
WIDE: Final = 1 << 20
"""More than there are rows of the grid, so that a row ± 1 never wraps into the next column."""
LEAP_M: Final = 1.5
"""Who goes farther in one step has jumped and pushes nothing on the way."""
STATE: Final = ("Spawned", "Despawned", "Changed", "Removed")


class Grip(NamedTuple):
    """How a hand holds a thing."""

    visitor: str
    offset: Vec
    """From the feet, in metres."""
    rotation: Quat
    placings: int
    """How often the server had set its visitor down when the thing was last brought along."""


class Physics(Channel):
    """What moves in one world, and who holds what."""

    number: ClassVar[int] = NUMBER

    def __init__(self, hub: Hub, models: Models | None = None) -> None:
        super().__init__(hub)
        library = load()
        self.bodies = Bodies(None if library is None else Rapier(library))
        self.scene = Scene(self.bodies, models)
        self._interest = BodyInterest(self.bodies)
        self._sessions: dict[int, Session] = {}
        """Visitor's row → session."""
        self._feet: dict[str, Vec] = {}
        """Visitor → where their feet were one step ago, of those near a body."""
        self._ticks = 0
        self._grips: dict[int, Grip] = {}
        """Entity → how a hand holds it, until the tick after it has let go."""
        self._opened: dict[int, Vec] = {}
        """Entity → the velocity at which a hand has let go of it since the last tick."""
        self.touch.where = self.where
        self.touch.hands_shown_by = self

    # -- who is here ---------------------------------------------------------------------------

    def entered(self, session: Session) -> None:
        """Tell a newcomer who holds what; what moves follows with the next frame."""
        assert session.slot is not None
        self._sessions[session.slot.index] = session
        self._interest.owe(session.slot.index)
        rows = [HoldRow(id, *holder) for id, holder in self.touch.held.items()]
        if rows:
            session.send(wire.encode(Holds(tuple(rows))))

    def left(self, session: Session) -> None:
        """Forget someone; what they held is let go with their leaving."""
        assert session.slot is not None
        self._sessions.pop(session.slot.index, None)
        self._interest.forget(session.slot.index)
        self._feet.pop(session.visitor, None)

    @property
    def touch(self) -> Touch:
        """Who holds and sits here now."""
        return touch_of(self.hub.live.world)

    def where(self, entity: int) -> tuple[Vec, float] | None:
        """Return where a thing is now and how far it reaches, in metres; None for one at rest."""
        row = self.bodies.rows.get(entity)
        if row is None:
            return None
        return self.bodies.pose(row).position, float(self.bodies.reach[row])

    def pose_of(self, entity: int) -> Pose:
        """Return where an entity is now, on whatever moves it."""
        state = self.hub.live.state
        chain: list[Pose] = []
        at: int | None = entity
        while at in state.entities and len(chain) <= LIMITS.entity_depth_max:
            row = self.bodies.rows.get(at)
            own = own_pose(state.entities[at])
            if row is not None and not self.bodies.still[row]:
                scale = world_pose(state, at).scale
                chain.append(self.bodies.pose(row)._replace(scale=scale))
                break
            chain.append(own)
            at = state.entities[at].parent
        pose = Pose()
        for one in reversed(chain):
            pose = pose.under(one)
        return pose

    # -- hands ---------------------------------------------------------------------------------

    def took(self, visitor: str, entity: int, hand: Hand) -> None:
        """Hear from a durable step that a hand holds a thing."""
        row, session = self.bodies.rows.get(entity), self.hub.visitor(visitor)
        if row is None or session is None or session.slot is None:
            return
        pose = self.bodies.pose(row)
        offset = subtract(pose.position, self.hub.position(session))
        placings = int(self.hub.motion.placings[session.slot.index])
        self._grips[entity] = Grip(visitor, offset, pose.rotation, placings)
        self._opened.pop(entity, None)
        self._tell([HoldRow(entity, visitor, hand)])

    def let_go(self, visitor: str, entity: int, velocity: Vec) -> None:
        """Hear that a hand holds a thing no longer."""
        if entity in self._grips:
            self._opened[entity] = velocity
        self._tell([HoldRow(entity, "", "right")])

    def _tell(self, rows: Iterable[HoldRow]) -> None:
        news = wire.encode(Holds(tuple(rows)))
        for session in self.hub.inside():
            session.send(news)

    def receive_bytes(self, session: Session, data: bytes | memoryview) -> None:
        """Take where a hand holds its thing; out of the arm's length it is held at arm's length."""
        hand, offset, rotation = bodyframes.decode_hold(data)
        entity = self.touch.hands.get((session.visitor, HANDS[hand]))
        grip = None if entity is None else self._grips.get(entity)
        if entity is not None and grip is not None and grip.visitor == session.visitor:
            self._grips[entity] = grip._replace(offset=offset, rotation=rotation)

    def _carry(self) -> None:
        """Bring what hands hold along, and then open the hands that let go.

        All of a tick's steps come before it, so that what is put down lies where its holder is.
        """
        for entity, grip in self._grips.items():
            row, session = self.bodies.rows.get(entity), self.hub.visitor(grip.visitor)
            if row is None or session is None or session.slot is None:
                continue
            drive = Drive(self._within(self.hub.position(session), grip.offset), grip.rotation)
            placings = int(self.hub.motion.placings[session.slot.index])
            if placings != grip.placings:
                # No walls are between: the server has set them there, with what they hold.
                self.bodies.place(row, *drive)
                self._grips[entity] = grip._replace(placings=placings)
            if drive != self.bodies.carried.get(row):
                self.bodies.carry(row, drive, grip.visitor)
        for entity, velocity in self._opened.items():
            del self._grips[entity]
            if entity in self.bodies.rows:
                self.bodies.let_go(self.bodies.rows[entity], velocity)
        self._opened.clear()

    def _within(self, feet: Vec, offset: Vec) -> Vec:
        arm = shorten(subtract(offset, SHOULDER), LIMITS.hand_m_max)
        return add(feet, add(SHOULDER, arm))

    def _check_hands(self) -> None:
        """Open the hands of those who are gone, and of those who may not hold a thing any more."""
        touch = self.touch
        for (visitor, hand), entity in tuple(touch.hands.items()):
            session = self.hub.visitor(visitor)
            if session is None or not self._may_hold(session, entity):
                touch.drop(visitor, hand)
                self.let_go(visitor, entity, (0.0, 0.0, 0.0))

    def _may_hold(self, session: Session, entity: int) -> bool:
        thing = self.hub.live.state.entities.get(entity)
        cell = None if thing is None else thing.cells.get(Grab.__kind__.name)
        if cell is None:
            return False
        grip = read(Grab, cell.data, cell.version)
        return has_role(self.hub.standing(session.identity), grip.role)

    # -- the log -------------------------------------------------------------------------------

    def heard(self, kept: Sequence[Sealed]) -> None:
        """See what the log changed of what physics looks at, and do what it says was pushed."""
        live = self.hub.live
        fresh = self._see_whole(live.state)
        changed: set[int] = set()
        pushed: list[Pushed] = []
        for sealed in kept:
            for record in sealed.records[self.hub.name]:
                if record.kind == "Pushed":
                    pushed.append(read(Pushed, record.payload, record.version, live.world.restore))
                elif record.kind in STATE:
                    id, *more = msgspec.msgpack.decode(record.payload)
                    if record.kind in ("Spawned", "Despawned") or more[0] in SEEN:
                        changed.add(id)
        if changed and not fresh:
            self.scene.see(changed)
        for push in pushed:
            self._push(push)

    def _see_whole(self, state: State) -> bool:
        """See a state that is new as a whole, as after a start; says whether it was."""
        if self.scene.state is state:
            return False
        self.scene.load(state, self.hub.live.opened_seq)
        return True

    def _push(self, push: Pushed) -> None:
        x, y, z = push.velocity
        fast = shorten((x, y, z), LIMITS.body_m_per_s_max)
        if push.entity.alive:
            self.bodies.push(push.entity.number, fast, push.visitor.id)

    # -- time ----------------------------------------------------------------------------------

    def tick(self, now_us: int) -> None:
        """Move what moves, show it, and write down what came to rest."""
        try:
            state = self.hub.live.state
        except Unavailable:
            return
        self._ticks += 1
        self._see_whole(state)
        if not self.bodies.rows:
            return
        self._check_hands()
        self._carry()
        self.bodies.step(*self._walks())
        divider = self.hub.pace.divider
        if self.hub.tick_count % divider == 0:
            self._show(divider)
        if self._ticks % SETTLE_TICKS == 0:
            self._settle()

    def _walks(self) -> tuple[dict[str, tuple[Vec, Vec]], dict[str, Vec]]:
        """Return the ways of those who walk near a body, and the places of all who are near one."""
        motion, bodies = self.hub.motion, self.bodies
        if bodies.engine is None:
            return {}, {}
        rows = np.fromiter(self._sessions, np.intp, len(self._sessions))
        rows = rows[motion.alive[rows] & ~motion.seated[rows]]
        near = rows[near_any(motion.places[rows], bodies.places[bodies.alive])]
        before, self._feet = self._feet, {}
        walks: dict[str, tuple[Vec, Vec]] = {}
        for row in near.tolist():
            visitor = self._sessions[row].visitor
            x, y, z = motion.places[row].tolist()
            feet = self._feet[visitor] = (x, y, z)
            old = before.get(visitor)
            if old is not None and old != feet:
                way = subtract(feet, old)
                if max(map(abs, way)) <= LEAP_M:
                    walks[visitor] = (old, feet)
                else:
                    bodies.engine.drop_visitor(visitor)
        return walks, self._feet

    def _show(self, divider: int) -> None:
        motion = self.hub.motion
        rows = np.fromiter(self._sessions, np.intp, len(self._sessions))
        rows = rows[motion.alive[rows]]
        cells = motion.bodies[rows]
        keys = (cells["cell_x"].astype(np.int64) + ORIGIN) * STRIDE + cells["cell_z"] + ORIGIN
        for frame in self._interest.frames(self.hub.tick_count, divider, rows, keys):
            payload = self.frame(frame.payload)
            for row in frame.rows:
                if not self._sessions[row].send_motion(payload):
                    self._interest.owe(row)

    def _settle(self) -> None:
        """Write down what came to rest, in one group for each who moved it."""
        rows = self.bodies.news()
        by: dict[str, list[int]] = {}
        for row in rows:
            session = self.hub.visitor(self.bodies.movers.get(row, ""))
            by.setdefault(session.identity.actor if session else "", []).append(row)
        for account, chosen in by.items():
            if not self.hub.keep("rest", self._writer(chosen), account or "world"):
                self.bodies.unsettled.update(chosen)

    def _writer(self, rows: list[int]) -> Callable[[World], None]:
        def write(world: World) -> None:
            for row in rows:
                id = int(self.bodies.ids[row])
                entity = world.ground.look(id)
                if entity is None:
                    continue
                parent = Pose() if entity.parent is None else world_pose(
                    world.ground.state, entity.parent
                )  # fmt: skip
                own = parent.seen(self.bodies.pose(row))
                rested = msgspec.structs.replace(
                    transform_of(entity), position=rounded(own.position, 5),
                    rotation=rounded(own.rotation, 6),
                )  # fmt: skip
                handle = Entity(world, id)
                handle[Transform] = rested
                world.append(Rested(handle, world.visitor(self.bodies.movers.get(row, ""))))
                kept = parent.under(Pose(rested.position, unit(rested.rotation)))
                self.bodies.keep(row, kept.position, kept.rotation)

        return write


def rounded(values: tuple[float, ...], digits: int) -> Any:
    """Round each part: what physics computes beyond is noise, and the log keeps it for ever."""
    return tuple(round(value, digits) for value in values)


def near_any(points: NDArray[np.float64], bodies: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points (n, 3) may be within reach of any body (m, 3): by a grid over the ground.

    All that are within `GRID_M` are found, and none beyond three times as far.
    """
    cells = np.floor(bodies[:, [0, 2]] / GRID_M).astype(np.int64)
    keys = np.unique(cells[:, 0] * WIDE + cells[:, 1])
    around = keys[:, None] + np.array([x * WIDE + z for x in (-1, 0, 1) for z in (-1, 0, 1)])
    own = np.floor(points[:, [0, 2]] / GRID_M).astype(np.int64)
    return np.isin(own[:, 0] * WIDE + own[:, 1], around)
