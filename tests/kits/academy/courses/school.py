"""A world with the test's course in a realm in memory, and what its log and panels say."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from tests.kits.academy.courses.making import KITCHEN
from worldloom import Role, World, box
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.records import Record
from worldloom.kernel.step import Tell
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses import events
from worldloom.kits.academy.courses.attempts import run_of
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.events import CourseEvent
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.events import StatementKept
from worldloom.presence.panels.book import EVERYONE, book_of
from worldloom.stores.memory import MemoryStore

SECOND = 1_000_000
KINDS = {
    kind.__kind__.name: kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, CourseEvent) and kind is not CourseEvent
}


def make_world(course: Course = KITCHEN) -> World:
    """Return a kitchen with its course."""
    world = World("school")
    world.use(Academy(home="https://school.example"))
    world.use(Courses(course))
    for name in ("pan", "lid", "tap"):
        world.spawn(name, box(0.2, 0.2, 0.2), at=(0, 1, 0))
    return world


class School:
    """The world, its realm, and who is in it."""

    def __init__(self, world: World | None = None) -> None:
        self.now = 1_700_000_000 * SECOND
        self.store = MemoryStore()
        self.count = 0
        self.realm = Realm(self.store, lambda: self.now, self.bytes)
        self.world = world or make_world()
        self.live = self.realm.open(self.world)
        self.records: list[Record] = []
        self.told: list[Tell] = []
        self.callers = {"guest:1": self.enter("guest:1", "Ada", Role.VISITOR)}

    def bytes(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size, "big")

    def enter(self, account: str, name: str, role: Role) -> Caller:
        entered = self.realm.enter(self.world.name, account, name, role).result
        self.keep()
        return Caller(account, name, entered["visitor"], role)

    def do(self, action: str, /, account: str = "guest:1", **args: object) -> Any:
        self.now += SECOND
        result = self.realm.do(Command(self.world.name, action, args, self.callers[account])).result
        self.keep()
        return result

    def press(self, widget: str, value: str = "") -> None:
        """Let the instructor press a widget of the editor, or choose something in it."""
        if value:
            kind = next(one for one in self.world.used if getattr(one, "id", "") == "edit")
            if kind.widgets[widget].kind.name == "choice":  # type: ignore[attr-defined]
                return self.set(widget, value)
        more = {"item": value} if value else {}
        self.do("press_widget", "boss", panel="edit", widget=widget, **more)

    def set(self, widget: str, value: object) -> None:
        """Let the instructor set a widget of the editor."""
        self.do("set_widget", "boss", panel="edit", widget=widget, value=value)

    def keep(self) -> None:
        """Make durable what was decided, and let what follows happen."""
        while True:
            for sealed in list(self.realm.outbox):
                self.realm.outbox.remove(sealed)
                self.told += sealed.tells
                self.records += sealed.records.get(self.world.name, [])
                self.realm.committed(sealed, self.store.commit([sealed.group])[0])
            if not self.realm.react():
                return

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        self.realm.tick()
        self.keep()

    def run(self, account: str = "guest:1", course: Course = KITCHEN) -> Run:
        found = run_of(self.world, course, account)
        assert found is not None
        return found

    def happened(self, account: str = "guest:1") -> list[tuple[CourseEvent, int]]:
        """Return what the log says of a learner."""
        found = []
        for record in self.records:
            if record.kind in KINDS:
                event = KINDS[record.kind].__kind__.decode(record.payload)
                if event.learner == account:
                    found.append((event, record.time))
        return found

    def statements(self) -> list[dict[str, Any]]:
        """Return the learning records."""
        found = []
        for record in self.records:
            if record.kind == StatementKept.__kind__.name:
                box_ = StatementKept.__kind__.decode(record.payload).statement.box
                assert box_ is not None
                text = self.realm.keys.open(box_)
                assert text is not None
                found.append(json.loads(msgspec.msgpack.decode(text)))
        return found

    def shown(self, panel: str, widget: str, prop: str, account: str = EVERYONE) -> Any:
        """Return what an account sees of a widget."""
        found = next(one for one in self.world.used if getattr(one, "id", "") == panel)
        declared = found.widgets[widget].props[prop]  # type: ignore[attr-defined]
        return book_of(self.world).shown.get(account, (panel, widget), prop, declared)
