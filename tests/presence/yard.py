"""A world with things that fall, in one process, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable

from tests.sync.hall import Hall
from worldloom.kernel.errors import Refused
from worldloom.kernel.realm import Realm
from worldloom.kernel.records import read
from worldloom.kernel.schema import plain
from worldloom.kernel.space import Vec, world_pose
from worldloom.kernel.world import World
from worldloom.presence import bodyframes
from worldloom.presence.physics import NUMBER, Physics
from worldloom.presence.seats import Seating
from worldloom.presence.zones import Zones
from worldloom.sync.hub import Hub
from worldloom.testing.core import RobotCore


class Yard(Hall):
    """A hall whose world a test declares, with its physics."""

    def __init__(self, declare: Callable[[World], object]) -> None:
        self._declare = declare
        super().__init__()

    def open(self) -> None:
        """Start the server over what the store holds."""
        self.realm = Realm(self.store, lambda: self.now, self.chance.randbytes)
        world = World("hall")
        self._declare(world)
        self.realm.open(world)
        self.hub = Hub(self.realm, "hall", self.store, lambda: self.now, self.wake)
        self.physics = Physics(self.hub)
        self.hub.attach(self.physics)
        self.hub.attach(Seating(self.hub))
        self.zones = Zones(self.hub)
        self.hub.attach(self.zones)
        self.commit()

    def seconds(self, count: float) -> None:
        """Let time pass: ticks, with all that they say delivered and kept."""
        for _ in range(round(count * 20)):
            self.tick()
            self.settle()

    def id(self, name: str) -> int:
        """Return an entity's number."""
        return self.realm.world("hall").state.by_name[name]

    def logged(self, name: str) -> Vec:
        """Return where the log has an entity."""
        return world_pose(self.realm.world("hall").state, self.id(name)).position

    def live(self, name: str) -> Vec:
        """Return where physics has an entity."""
        bodies = self.physics.bodies
        return bodies.pose(bodies.rows[self.id(name)]).position

    def kinds(self) -> list[str]:
        """Return the kinds of all records."""
        live = self.realm.world("hall")
        return [record.kind for record in read(self.store.records(live.stream, 0, live.seq))]


def told(yard: Yard, *kinds: str) -> list[tuple[str, dict[str, object]]]:
    """Return the facts of some kinds in the log: (kind, fields)."""
    live = yard.realm.world("hall")
    records = read(yard.store.records(live.stream, 0, live.seq))
    return [(one.kind, plain(one.payload)) for one in records if one.kind in kinds]


def code(outcome: object) -> str:
    """Return the code of a refusal, or "" for an answer."""
    return outcome.code if isinstance(outcome, Refused) else ""


def seen(robot: RobotCore) -> dict[int, Vec]:
    """Return what a robot's last frame of bodies says: entity → place."""
    data = robot.live_bytes.get(NUMBER)
    if data is None:
        return {}
    return {one.entity: one.position for one in bodyframes.decode(data)[2]}
