"""Badges: awarded when all skills of a course are mastered, shown to who earned them, revocable.

A badge is a fact of the log; its signed form is made from it and the realm's key whenever it is
read, the same bytes each time. The status list is a view of what was revoked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from worldloom import (
    Entered,
    Entry,
    NotFound,
    Panel,
    Personal,
    Projection,
    Role,
    Row,
    Rows,
    Visitor,
    World,
)
from worldloom.kits.academy.courses import attempts
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.events import Finished, Mastered
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.lms.events import (
    UNNAMED,
    Badge,
    BadgeAwarded,
    BadgeCount,
    BadgeRevoked,
)
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.xapi.saying import new_id

BADGES, REVOKED = "badges", "revoked_badges"
COUNT = "count of badges"
Id = Annotated[str, Meta(max_length=300)]
Reason = Annotated[str, Meta(min_length=1, max_length=LIMITS.reason_characters_max)]


class Awarded(Row, frozen=True):
    """Where the log has a badge."""

    id: str
    at: int


class Revoked(Row, frozen=True):
    """A place of a status list whose bit is set."""

    list: int
    place: int
    id: str


def awarded() -> Projection[Awarded]:
    """Return the table of badges."""
    table = Projection(BADGES, Awarded, key=("id",))

    @table.on(BadgeAwarded)
    def award(event: BadgeAwarded, entry: Entry, rows: Rows[Awarded]) -> None:
        rows.put(Awarded(event.id, entry.seq))

    return table


def revoked() -> Projection[Revoked]:
    """Return the table of revoked badges, in the order of the status lists."""
    table = Projection(REVOKED, Revoked, key=("list", "place"))

    @table.on(BadgeRevoked)
    def revoke(event: BadgeRevoked, entry: Entry, rows: Rows[Revoked]) -> None:
        which, place = divmod(event.number, LIMITS.status_bits)
        rows.put(Revoked(which, place, event.id))

    return table


def is_earned(course: Course, run: Run) -> bool:
    """Tell whether a run earns the badge: every skill mastered; without skills, passed."""
    if not course.skills:
        return run.passed
    return all(skill.id in run.mastered for skill in course.skills)


class Badges:
    """Awards badges in a world that has courses; part of the kit."""

    name = "badges"

    def attach(self, world: World) -> None:
        """Give a world the tables, the award, the way to take it back, and each one's panel."""
        self.world = world
        world.project(awarded())
        world.project(revoked())
        self.panel = world.use(Panel("Your badges", id="badges", shown=False))
        self.list = self.panel.markdown("None yet.", id="list")

        @world.on(Mastered)
        def award_for_mastery(event: Mastered) -> None:
            """Award the badge when the last skill of a course is mastered."""
            self.award(event.learner, event.course)

        @world.on(Finished)
        def award_for_passing(event: Finished) -> None:
            """Award the badge of a course that has no skills."""
            self.award(event.learner, event.course)

        @world.on(Entered)
        def show_what_they_have(event: Entered) -> None:
            """Show who comes what they earned: what a panel shows is not kept."""
            for visitor in world.visitors:
                if visitor.id == event.visitor.id:
                    self.show(visitor)

        @world.action(role=Role.BUILDER, approval=True)
        def revoke_badge(visitor: Visitor, badge: Id, reason: Reason) -> str:
            """Revoke a badge by its id or address; who checks it learns that it is not valid."""
            return self.revoke(badge.rpartition("/")[2], reason)

    # -- what happens --------------------------------------------------------------------------

    def award(self, learner: str, course: str) -> str:
        """Award a badge if it is earned and not held; return its id, or nothing."""
        world, taught = self.world, self._course(course)
        run = attempts.run_of(world, taught, learner) if taught else None
        if taught is None or run is None or not is_earned(taught, run):
            return ""
        name = _name(learner, course)
        if name in world and not world[name][Badge].revoked:
            return ""
        here = next((one for one in world.visitors if one.account == learner), None)
        number, id = self._count(), new_id(world)
        world.append(BadgeAwarded(
            id, number, learner, course, run.version, taught.title, taught.text,
            tuple(skill.title for skill in taught.skills), taught.language,
            Personal((here and here.name) or UNNAMED, of=learner),
        ))  # fmt: skip
        held = Badge(id, number, learner, course, taught.title)
        if name in world:
            world[name][Badge] = held
        else:
            world.spawn(name, held)
        for visitor in world.visitors:
            if visitor.account == learner:
                visitor.tell(f"You have earned a badge: {taught.title}.")
                self.show(visitor)
        return id

    def revoke(self, id: str, reason: str) -> str:
        """Revoke a badge; raises NotFound."""
        for entity in self.world.find(Badge):
            held = entity[Badge]
            if held.id == id:
                if not held.revoked:
                    entity.update(Badge, revoked=True)
                    why = Personal(reason, of=held.learner)
                    self.world.append(BadgeRevoked(id, held.number, why))
                for visitor in self.world.visitors:
                    if visitor.account == held.learner:
                        self.show(visitor)
                return f"{held.title} is revoked"
        raise NotFound("there is no such badge", "take its id from its address")

    def show(self, visitor: Visitor) -> None:
        """Show a visitor the badges that are theirs, if there are any."""
        held = [entity[Badge] for entity in self.world.find(Badge)
                if entity[Badge].learner == visitor.account]  # fmt: skip
        if held:
            newest = sorted(held, key=lambda one: -one.number)[: LIMITS.shown_badges_max]
            self.list.set(visitor, text="\n".join(map(self._line, newest)))
            self.panel.show(visitor)

    def _line(self, badge: Badge) -> str:
        title = "".join(letter for letter in badge.title if letter not in "[]()*_`\\\n")
        if badge.revoked:
            return f"- {title}: revoked"
        there = f"/w/{self.world.name}/badges/credentials/{badge.id}"
        return f"- {title}: [download]({there}) · [what it says]({there}.json)"

    def _count(self) -> int:
        """Return the next badge's number."""
        world = self.world
        if COUNT not in world:
            world.spawn(COUNT, BadgeCount(1))
            return 0
        number = world[COUNT][BadgeCount].count
        world[COUNT][BadgeCount] = BadgeCount(number + 1)
        return number

    def _course(self, id: str) -> Course | None:
        taught = (kit for kit in self.world.used if isinstance(kit, Courses))
        return next((kit.courses[id] for kit in taught if id in kit.courses), None)


def _name(learner: str, course: str) -> str:
    """Name the entity by a hash: everyone sees it, and it tells no account to who knows none."""
    return f"badge {sha256(f'{course} {learner}'.encode()).hexdigest()[:16]}"
