"""What instructors see of a group: a panel of its steps, and on demand a map on the floor."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from worldloom import NotFound, Panel, Transform, Visitor, World
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.evidence import views
from worldloom.kits.academy.evidence.adding import learners
from worldloom.kits.academy.evidence.observing import COUNT
from worldloom.kits.academy.evidence.views import SHOWN, What
from worldloom.kits.academy.instructors import Instructors

MAP: Final = "evidence map"
"""The name of the map's entity, while there is one."""
ABOVE_M: Final = 0.03
"""How far above the floor it lies."""
TOLD: Final = "academy.evidence.shown"
"""Where presence has what instructors were shown last."""
CourseId = Annotated[str, Meta(max_length=48)]


class EvidencePanel:
    """The panel *Evidence* of instructors; part of the kit."""

    name = "evidence-panel"

    def __init__(self, instructors: Instructors) -> None:
        self.instructors = instructors

    def attach(self, world: World) -> None:
        """Give a world the panel, the map's two actions, and what keeps the panel new."""
        self.world = world
        panel = world.use(Panel("Evidence", id="evidence", for_=self.instructors.role, shown=False))
        self.panel = panel
        self.steps = panel.table(
            ["Course", *SHOWN], [["–"] * (1 + len(SHOWN))], label="Steps", id="steps"
        )
        with panel.row():
            panel.button(views.TITLES["hesitated"], "show_evidence_map", what="hesitated",
                         id="hesitated")  # fmt: skip
            panel.button(views.TITLES["stood"], "show_evidence_map", what="stood", id="stood")
            panel.button("Take the map away", "hide_evidence_map", main=False, id="away")

        @world.action(role=self.instructors.needs)
        def show_evidence_map(
            visitor: Visitor, what: What = "hesitated", course: CourseId = ""
        ) -> str:
            """Lay a map on the floor, for everyone to see: where learners hesitated, or stood."""
            self.instructors.check(visitor)
            return self.show_map(what, course)

        @world.action(role=self.instructors.needs)
        def hide_evidence_map(visitor: Visitor) -> None:
            """Take the map away."""
            self.instructors.check(visitor)
            if MAP in world:
                world.despawn(world[MAP])

        @world.every(2)
        def show_evidence() -> None:
            """Show instructors who are here what is new."""
            self.renew()

    def show_map(self, what: What, course: str) -> str:
        """Lay the map on the floor; raises Conflict for too few learners, and NotFound."""
        floor = views.floor_of(learners(self.world, self._course(course).id), what)
        at = Transform((floor.middle[0], ABOVE_M, floor.middle[1]))
        if MAP in self.world:
            self.world[MAP][Transform] = at
        else:
            self.world.spawn(MAP, at)
        # Shown and not kept: a map is a view of what is in the log.
        self.world[MAP].show(floor.heat)
        return views.TITLES[what]

    def renew(self) -> None:
        """Show the instructors who are here what is new."""
        here = [one for one in self.world.visitors if self.instructors.has(one.standing)]
        news = (self.world.presence.get(COUNT, 0), frozenset(one.id for one in here))
        if not here or self.world.presence.get(TOLD) == news:
            return
        self.world.presence[TOLD] = news
        rows = [
            [course.title, *row]
            for course in self._courses()
            for row in views.cohort(course, learners(self.world, course.id))
        ]
        if rows:
            self.steps.set(data=(["Course", *SHOWN], rows))
            for visitor in here:
                self.panel.show(visitor)

    def _courses(self) -> list[Course]:
        return [course for kit in self.world.used if isinstance(kit, Courses)
                for course in kit.courses.values()]  # fmt: skip

    def _course(self, id: str) -> Course:
        found = next((one for one in self._courses() if id in ("", one.id)), None)
        if found is None:
            raise NotFound(f"there is no course {id}", "name one of the courses of this world")
        return found
