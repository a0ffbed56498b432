"""A class in a realm in memory: an instructor, and learners as many as asked for."""

from __future__ import annotations

from tests.kits.academy.courses.school import School
from worldloom import Role, Visitor, World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.classroom.room import Classroom


def make_world(classroom: Classroom | None = None) -> World:
    """Return a world with a class in it."""
    world = World("room")
    world.use(Academy(home="https://school.example", classroom=classroom or Classroom()))
    return world


class Class(School):
    """The world, who leads it (`boss`), and learners `guest:1` and on."""

    def __init__(self, learners: int = 3, world: World | None = None) -> None:
        super().__init__(world or make_world())
        for number in range(2, learners + 1):
            account = f"guest:{number}"
            self.callers[account] = self.enter(account, f"L{number}", Role.VISITOR)
        self.callers["boss"] = self.enter("boss", "Mo", Role.BUILDER)

    def kinds(self) -> list[str]:
        """Return the kinds of what happened, in order."""
        return [record.kind for record in self.records]

    def visitor(self, account: str) -> Visitor:
        """Return someone who is here."""
        return next(one for one in self.world.visitors if one.account == account)
