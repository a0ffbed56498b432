"""A school with a tiny course on a real server, and learners who go through it."""

from __future__ import annotations

import time
from typing import Any

from tests.server.asking import Browser, Site, kept
from worldloom.testing.fixtures import Server

SCHOOL = '''"""A school whose course has two skills of one look each."""

from worldloom import World, box
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Option, Scene, Step, Taught

OPTIONS = (Option("no", "No"), Option("yes", "Yes", True))


def drill(skill):
    return Step(f"drill-{skill}", "choose", "Is it so?", skill, drill=True, options=OPTIONS)


world = World("school", title="Fire school")
world.use(Academy(home="https://school.example"))
world.use(Courses(
    Course("oil", "Burning oil", "What to do when oil burns.",
           skills=(Taught("see", "Seeing it"), Taught("act", "Acting on it")),
           scenes=(Scene("one", "One", steps=(drill("see"), drill("act"))),)),
    Course("tour", "A tour", scenes=(Scene("one", "One", steps=(
        Step("walk", "practice", "Look around."),
        Step("ask", "assess", "Did you?", options=OPTIONS))),)),
))
'''


class BadgeSchool:
    """The server, its owner, and those who learn."""

    def __init__(self, server: Server) -> None:
        self.site = Site(server)
        self.nobody = self.site.nobody
        self.owner = self.site.owner()

    def learner(self, account: str) -> Browser:
        """Return someone who may learn."""
        return self.site.token(account, "member")

    def do(self, who: Browser, action: str, **args: Any) -> Any:
        """Do an action; it must succeed."""
        said = who.post(f"/api/worlds/school/actions/{action}", args)
        assert said.status == 200, said.body
        return said.json

    def master(self, who: Browser, course: str = "oil") -> None:
        """Answer all right until the course is over."""
        self.do(who, "begin", course=course)
        for _ in range(60):
            given = "done" if course == "tour" and _ == 0 else "yes"
            said = who.post("/api/worlds/school/actions/answer", {"given": given, "course": course})
            if said.status != 200:
                assert said.code == "nothing_asked", said.body
                return
        raise AssertionError("the course does not end")

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return what the log has of one kind, which no door gives out."""
        return [one for one in kept(self.site.server, "school") if one["kind"] == f"~{kind}"]

    def badge(self, account: str, course: str = "oil") -> str:
        """Return the id of someone's first badge."""
        return self.badges(account, 1, course)[0]

    def badges(self, account: str, count: int, course: str = "oil") -> list[str]:
        """Return the ids of someone's badges, once there are so many.

        They are awarded by a reaction, a moment after the answer.
        """
        until = time.monotonic() + 20
        while time.monotonic() < until:
            told = [one["data"] for one in self.events("academy.BadgeAwarded")]
            found = [str(one["id"]) for one in told
                     if (one["learner"], one["course"]) == (account, course)]  # fmt: skip
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{account} got no {count} badges for {course}")
