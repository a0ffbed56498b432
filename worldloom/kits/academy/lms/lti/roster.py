"""Who a platform expects in a course: its list of a class, read where it offers one.

1EdTech, Names and Role Provisioning Services 2.0. The list is asked for when somebody who teaches
opens the course, and by a button. It is presence and never kept: most of those on it were never
here, so that their names are not ours to keep, and the log says only that it was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from worldloom import Conflict, Panel, Personal, World
from worldloom.kernel.doors import Clerk, Kept
from worldloom.kernel.feeds import Feed
from worldloom.kits.academy.courses import attempts
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.views import how_far
from worldloom.kits.academy.instructors import Instructors
from worldloom.kits.academy.lms.lti.events import LtiLink, LtiRosterAsked
from worldloom.kits.academy.lms.lti.messages import Opened, find
from worldloom.kits.academy.lms.lti.persons import LtiPerson, person_name, persons_secret

if TYPE_CHECKING:
    from worldloom.kits.academy.lms.lti.tool import Lti

LISTED: Final = "academy.expected"
"""Where presence has the lists of classes."""
SHOWN: Final = "academy.expected.shown"
"""Where presence has what instructors were shown last."""
COLUMNS: Final = ("Learner", "Course", "Class", "Here")
NOT_YET: Final = "not yet"
UNNAMED: Final = "someone without a name"


class Listed(NamedTuple):
    """One class as its platform lists it, or why it does not."""

    course: str
    title: str
    """What the platform calls the class."""
    learners: tuple[tuple[str, str], ...]
    """The entity of each person, and what they are called."""
    why: str = ""


class Roster:
    """The panel *Who is expected* of instructors, and what fills it."""

    def __init__(self, tool: Lti) -> None:
        self.tool = tool

    def attach(self, world: World) -> None:
        """Give a world the panel and the feed that asks platforms."""
        self.world = world
        academy = next((kit for kit in world.used if getattr(kit, "name", "") == "academy"), None)
        self.instructors: Instructors = getattr(academy, "instructors", Instructors())
        panel = self.panel = world.use(
            Panel("Who is expected", id="expected", for_=self.instructors.role, shown=False)
        )
        self.told = panel.text("", live=True, id="told")
        self.table = panel.table([*COLUMNS], [["–"] * len(COLUMNS)], label="Who is expected",
                                 id="learners")  # fmt: skip
        again = panel.button("Read the list again", main=False, id="again")
        world.feed(Feed("academy-lti-roster", LtiRosterAsked, self.read, events_max=20))

        @again
        def ask_again() -> None:
            """Ask every platform once more for the classes that it lists."""
            self.ask_all()

        @world.every(2)
        def show_who_is_expected() -> None:
            """Show instructors who are here what is new."""
            self.renew()

    # -- asking --------------------------------------------------------------------------------

    def ask(self, learner: str, course: str, opened: Opened) -> None:
        """Ask inside a handler for the class of a launch, where its platform lists it."""
        if opened.members_url:
            told = Personal(msgspec.json.encode(opened).decode(), of=learner)
            self.world.append(LtiRosterAsked(course, told))

    def ask_all(self) -> None:
        """Ask for the class of every launch that is known, once each; raises Conflict for none."""
        asked: set[tuple[str, str]] = set()
        for entity in self.world.find(LtiLink):
            link = entity[LtiLink]
            opened = _opened(link.launch)
            key = (link.course, opened.members_url) if opened else ("", "")
            if opened and opened.members_url and key not in asked:
                asked.add(key)
                self.ask(link.learner, link.course, opened)
        if not asked:
            raise Conflict("no platform lists a class here", "open the course from there once")

    async def read(self, kept: Sequence[Kept], clerk: Clerk) -> None:
        """Read lists; raises Unavailable where a platform cannot be asked now."""
        for one in kept:
            event = one.event
            assert isinstance(event, LtiRosterAsked)
            opened = _opened(event.launch)
            if opened is None:
                continue
            known = find(self.tool.platforms, opened.issuer, opened.client_id)
            members, why = await self.tool.outside.members(known, opened, clerk)
            secret = persons_secret(clerk)
            learners = tuple((person_name(opened, secret, member.subject), member.name)
                             for member in members)  # fmt: skip
            listed = Listed(event.course, opened.context, learners, why)
            await clerk.decide(partial(_hold, key=opened.members_url, listed=listed))

    # -- showing -------------------------------------------------------------------------------

    def renew(self) -> None:
        """Show the instructors who are here what is new, inside a handler."""
        world = self.world
        here = [one for one in world.visitors if self.instructors.has(one.standing)]
        lists: Mapping[Any, Listed] = world.presence.get(LISTED, {})
        if not here or not lists:
            return
        rows = [row for listed in lists.values() for row in self._rows(listed)]
        rows.sort(key=lambda row: (row[3] != NOT_YET, row))
        missing = sum(row[3] == NOT_YET for row in rows)
        told = " ".join([
            f"{len(rows)} learners are expected, {len(rows) - missing} were here.",
            *(f"{one.title or one.course}: {one.why}." for one in lists.values() if one.why),
        ])  # fmt: skip
        news = (told, rows, frozenset(one.id for one in here))
        if world.presence.get(SHOWN) == news:
            return
        world.presence[SHOWN] = news
        self.told.set(text=told)
        self.table.set(data=([*COLUMNS], rows or [["–"] * len(COLUMNS)]))
        for visitor in here:
            self.panel.show(visitor)

    def _rows(self, listed: Listed) -> list[list[str]]:
        course = self._course(listed.course)
        title = course.title if course else listed.course
        return [[name or UNNAMED, title, listed.title or "–", self._came(course, entity)]
                for entity, name in listed.learners]  # fmt: skip

    def _came(self, course: Course | None, entity: str) -> str:
        """Return how far someone came whom a platform expects."""
        world = self.world
        account = world[entity][LtiPerson].account.value if entity in world else None
        if not account:
            return NOT_YET
        run = attempts.run_of(world, course, account) if course else None
        return how_far(course, run) if course and run else "came, and has not begun"

    def _course(self, id: str) -> Course | None:
        taught = (kit for kit in self.world.used if isinstance(kit, Courses))
        return next((kit.courses[id] for kit in taught if id in kit.courses), None)


def _hold(world: World, key: str, listed: Listed) -> None:
    lists: dict[tuple[str, str], Listed] = dict(world.presence.get(LISTED, {}))
    lists[key, listed.course] = listed
    world.presence[LISTED] = lists


def _opened(kept: Personal[str]) -> Opened | None:
    return msgspec.json.decode(kept.value, type=Opened) if kept.value else None
