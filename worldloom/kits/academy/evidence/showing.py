"""What instructors see of a group: a panel of its steps, and on demand a map in the world.

On the floor lies where they stood or hesitated; over each thing hangs how long it was faced.
"""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from worldloom import Heat, NotFound, Panel, Shape, Text, Transform, Visitor, World
from worldloom.kernel.arrays import pack
from worldloom.kernel.space import world_pose
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
PIN_M: Final = 0.28
"""How wide the balls are that hang over what was faced."""
PIN_HIGH_M: Final = 0.5
"""How far a ball hangs above a thing that hangs itself."""
PIN_LOW_M: Final = 2.3
"""How high it hangs over a thing that stands on the ground."""
HANGS_M: Final = 0.5
"""From this height on a thing's middle is not where it stands."""
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
            panel.button(views.TITLES["looked"], "show_evidence_map", what="looked", id="looked")
            panel.button(views.TITLES["hesitated"], "show_evidence_map", what="hesitated",
                         id="hesitated")  # fmt: skip
            panel.button(views.TITLES["stood"], "show_evidence_map", what="stood", id="stood")
            panel.button("Take the map away", "hide_evidence_map", main=False, id="away")

        @world.action(role=self.instructors.needs, approval=False)  # a map can be had again
        def show_evidence_map(
            visitor: Visitor, what: What = "hesitated", course: CourseId = ""
        ) -> str:
            """Show everyone where learners looked, or where they hesitated or stood."""
            self.instructors.check(visitor)
            return self.show_map(what, course)

        @world.action(role=self.instructors.needs, approval=False)  # a map can be had again
        def hide_evidence_map(visitor: Visitor) -> None:
            """Take the map away."""
            self.instructors.check(visitor)
            self.take_away()

        @world.every(2)
        def show_evidence() -> None:
            """Show instructors who are here what is new."""
            self.renew()

    def show_map(self, what: What, course: str) -> str:
        """Show a map in place of the one before; raises Conflict for too few, and NotFound."""
        found = learners(self.world, self._course(course).id)
        if what == "looked":
            looks = views.looks_of(found)
            self.take_away()
            self._hang(looks)
        else:
            floor = views.floor_of(found, what)
            self.take_away()
            at = Transform((floor.middle[0], ABOVE_M, floor.middle[1]))
            # Shown and not kept: a map is a view of what is in the log.
            self.world.spawn(MAP, at).show(floor.heat)
        return views.TITLES[what]

    def take_away(self) -> None:
        """Take the map away, if there is one."""
        if MAP in self.world:
            self.world.despawn(self.world[MAP])

    def _hang(self, looks: dict[str, float]) -> None:
        """Hang a ball over each thing that was faced; the one faced longest has the legend."""
        world = self.world
        root = world.spawn(MAP, Transform((0.0, 0.0, 0.0)))
        there = [name for name in looks if name in world]
        most = max((looks[name] for name in there), default=views.LEAST_S)
        for number, name in enumerate(there, 1):
            x, y, z = world_pose(world.ground.state, world[name].number).position
            at = Transform((x, y + (PIN_HIGH_M if y > HANGS_M else PIN_LOW_M), z))
            ball = world.spawn(f"{MAP} {number}", at, Shape("sphere", (PIN_M, PIN_M, PIN_M)),
                               parent=root)  # fmt: skip
            ball.show(Heat(
                "thing", map=views.MAP, high=max(most, views.LEAST_S), title=views.TITLES["looked"],
                unit="s", data=pack([[0.0, 0.0, 0.0, looks[name]]]), legend=name == there[0],
            ))  # fmt: skip
            world.spawn(
                f"{MAP} words {number}", Text(f"{looks[name]:.1f} s", 0.17, billboard=True),
                at=(0.0, PIN_M, 0.0), parent=ball,
            )  # fmt: skip

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
