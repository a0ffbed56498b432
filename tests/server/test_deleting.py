"""An agent takes nothing away by itself, whatever the action is called that does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.server.agent import Agent
from tests.server.asking import Site
from worldloom.testing.fixtures import Server

LESSON = '''"""A lesson with a board, and things that somebody may clear away."""

from worldloom import World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.classroom.room import Classroom

world = World("lesson")
world.use(Academy(home="https://school.example", classroom=Classroom(board=(0.0, 1.6, -4.0))))


@world.action
def clear_away(name: str) -> str:
    """Clear a thing away, where there is one."""
    if name in world:
        world.despawn(world[name])
    return "cleared"


@world.action(approval=False)
def sweep(name: str) -> None:
    """Clear a thing away, which its author lets any agent do."""
    world.despawn(world[name])
'''


def test_an_action_that_deletes_needs_a_person_unless_its_author_says_not(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "lesson.py").write_text(LESSON)
    site = Site(serve(str(tmp_path / "lesson.py")))
    browser, _ = site.bearer(account="helper", role="builder", scopes=["*"], agent=True)
    it, owner = Agent(browser, "lesson"), site.owner()
    for name in ("weed", "moss"):
        it.call("place", name=name, position=[0, 0, 3])
    assert it.call("clear_away", name="nothing").value == "cleared", "nothing went"
    assert it.call("clear_away", name="weed").content["approval"]["state"] == "waiting"
    assert it.call("find", text="weed").content["things"]
    assert it.call("sweep", name="moss").failed is False
    assert it.call("find", text="moss").content["things"] == []
    assert owner.act("lesson", "clear_away", name="weed").status == 200, "a person is not asked"
    assert it.call("find", text="weed").content["things"] == []

    assert owner.act("lesson", "write_on_board", text="a learner's").status == 200
    assert it.call("wipe_board").content["approval"]["state"] == "waiting"
    assert it.call("erase_from_board").failed, "nothing there is its own"
    assert it.call("point_class", entity="whiteboard").failed is False
    assert it.call("take_marks").failed is False, "what it put up itself"
