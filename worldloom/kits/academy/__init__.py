"""The academy: people learn by doing, and every learning record (xAPI) is kept in the log.

`world.use(Academy())` gives any world things to learn from whose use is recorded, and a record
store at `/xapi/` for learning programs; who masters a course gets a badge. `loom demo academy`
shows it.
"""

from __future__ import annotations

from worldloom.kernel.doors import Door
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.kits.academy.actions import add_actions
from worldloom.kits.academy.classroom.room import Classroom
from worldloom.kits.academy.evidence import exporting
from worldloom.kits.academy.evidence.observing import Observing
from worldloom.kits.academy.evidence.showing import EvidencePanel
from worldloom.kits.academy.instructors import Instructors
from worldloom.kits.academy.lms.badge_door import FREE, BadgeDoor
from worldloom.kits.academy.lms.badges import Badges
from worldloom.kits.academy.ports import Outside
from worldloom.kits.academy.rules import HOME, check_home
from worldloom.kits.academy.xapi.asking import unfolded
from worldloom.kits.academy.xapi.forwarding import forwarding
from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.store import RecordStore
from worldloom.kits.academy.xapi.tables import documents, statements


class Academy:
    """Learn by doing, with records that stay: the kit of education and training."""

    name = "academy"

    def __init__(
        self,
        home: str = HOME,
        forward: Outside | None = None,
        classroom: Classroom | None = None,
        instructors: Role | str = Role.BUILDER,
    ) -> None:
        """Name the web address that accounts and activities of this academy belong to.

        `forward` gets a copy of every statement, as `adapters.record_store.OutsideStore(…)` does;
        with `classroom=Classroom()` someone can lead a class there. `instructors`, a role and those
        above it or a role of the world's own, see what was measured of learners.
        """
        self.home = check_home(home)
        self.classroom = classroom
        self.instructors = Instructors(instructors)
        self.forward = forward

    def attach(self, world: World) -> None:
        """Give a world the kit's actions and its record store."""
        add_actions(world, self.home)
        world.project(statements(self.home))
        world.project(documents())
        if self.forward is not None:
            world.feed(forwarding(self.forward, self.home))
        self.store = store = RecordStore(self.home)
        world.use(Badges())
        if self.classroom is not None:
            world.use(self.classroom)
        world.use(Observing(self.home))
        world.use(EvidencePanel(self.instructors))
        world.project(exporting.table())
        world.door(exporting.door(self.instructors))
        badges = BadgeDoor(world.title, self.home)
        world.door(Door("badges", badges.answer, Role.MEMBER, FREE, 0))
        world.door(
            Door(
                "xapi", store.answer, Role.RECORDS, free=("about",),
                body_bytes_max=LIMITS.request_bytes_max, pages=True, read=unfolded,
            )
        )  # fmt: skip
