"""What someone learns stays between them, their instructors and the record store."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.kits.academy.lms.badge_school import SCHOOL, BadgeSchool
from tests.server.asking import kept
from worldloom.kernel.schema import registry
from worldloom.kits.academy import demo  # noqa: F401 - with it come all kinds of the kit
from worldloom.testing.fixtures import Server

IN_CLASS = {
    f"academy.{name}" for name in (
        "PollOpened", "PollClosed", "HandRaised", "HandLowered", "GroupsDrawn", "GroupsEnded",
        "GroupsSent", "ClassGathered", "ClassFollowed", "ClassReleased", "ClassFrozen",
        "ClassUnfrozen", "PointedAt", "Spotlit", "MarksTaken", "BoardMarked", "BoardErased",
        "BoardWiped", "BoardOpened", "BoardClosed",
    )
}  # fmt: skip
"""What all who stand in a class see with their own eyes."""
SEEN = {
    f"academy.{name}"
    for name in ("Demonstration", "Exhibit", "Fire", "Poll", "Press", "Pump", "Whiteboard")
}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadgeSchool]:
    """Serve a school in which someone mastered a course."""
    folder = tmp_path_factory.mktemp("confidence")
    (folder / "school.py").write_text(SCHOOL)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    server.start()
    one = BadgeSchool(server)
    one.master(one.learner("ann"))
    yield one
    server.stop()


def test_all_of_the_academy_is_private_or_seen_by_all_in_class() -> None:
    events = {kind for kind, cls in registry.items() if kind.lstrip("~").startswith("academy.")
              and "Event" in [base.__name__ for base in cls.__mro__]}  # fmt: skip
    assert len(events) > 30
    assert {kind for kind in events if not kind.startswith("~")} <= IN_CLASS
    others = {kind for kind in registry if kind.startswith("academy.")} - events
    assert others <= SEEN, "its component goes to every page"


def test_neither_a_guest_nor_another_learner_reads_what_someone_learnt(school: BadgeSchool) -> None:
    log = kept(school.site.server, "school")
    said = [one["data"] for one in log if one["kind"] == "~academy.StatementKept"]
    badge = school.badge("ann")
    assert said and badge
    for nosy in (school.site.guest(), school.learner("bob"), school.owner):
        shown = nosy.get("/api/worlds/school/events?limit=1000").json["records"]
        assert len(shown) >= len(said)
        kinds = {one.get("kind", "") for one in shown}
        assert not {kind for kind in kinds if kind.startswith("academy.")}, kinds
        assert badge not in json.dumps(shown)
        state = nosy.get("/api/worlds/school/state").body.decode()
        assert badge not in state and "Attempt" not in state
