"""A line that is cut, or a server that is killed, in the middle of a course: nothing is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tests.kits.academy.lms.badge_school import SCHOOL
from tests.kits.academy.xapi.lrs import Program
from tests.server.asking import kept
from worldloom import WorldloomError
from worldloom.kits.academy.courses.events import Answered, Began, Erred, Finished
from worldloom.stores.verify import verify
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

SAID = "http://adlnet.gov/expapi/verbs/answered"
STEPS_MAX = 60


def counted(server: Server, kind: type) -> int:
    """Return how many facts of a kind the file has."""
    name = f"~academy.{kind.__name__}"
    return sum(one["kind"] == name for one in kept(server, "school"))


async def answer(robot: Robot, given: str = "yes") -> None:
    await robot.do("answer", given=given, course="oil")


async def is_asked_again(robot: Robot, was: str) -> None:
    """Wait until a learner is back as another visitor, and stands at a step: not at the start."""

    def asks(one: Robot) -> bool:
        if one.visitor in ("", was):
            return False
        try:
            panel = one.panel("course-oil").widgets
        except WorldloomError:
            return False
        return bool(panel["begin"].get("hidden")) and bool(panel["choices"]["data"])

    await robot.wait_until(asks, patient=True)


@pytest.mark.slow
def test_after_a_cut_line_and_a_kill_the_learner_goes_on_and_every_record_is_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "school.py").write_text(SCHOOL)
    server = Server(tmp_path / "realm.loom", str(tmp_path / "school.py")).start()
    try:
        answered = asyncio.run(learn(server))
        assert counted(server, Began) == 1, "nobody had to begin again"
        assert counted(server, Finished) == 1
        done, erred = counted(server, Answered), counted(server, Erred)
        assert answered <= done + erred <= answered + 1, "one was under way when it died"
        records = Program(server, "reader").find(verb=SAID, limit=500)
        assert len(records) == len({one["id"] for one in records}) == done + erred
    finally:
        server.stop()
    report = verify(str(tmp_path / "realm.loom"))
    assert report.ok, report.lines()


async def learn(server: Server) -> int:
    """Go through the course, whatever happens; return how many answers were acknowledged."""
    async with Robot(server.world("school"), "Ada", patience_seconds=30) as robot:
        await robot.do("begin", course="oil")
        await answer(robot, "no")
        await answer(robot)
        was = robot.visitor
        robot.drop()
        await is_asked_again(robot, was)
        await answer(robot)
        known, was = 3, robot.visitor
        underway = asyncio.create_task(answer(robot))
        await asyncio.sleep(0)
        await asyncio.to_thread(server.kill)
        with suppress(WorldloomError, OSError):
            await underway
            known += 1
        await asyncio.to_thread(server.again)
        await is_asked_again(robot, was)
        for _ in range(STEPS_MAX):
            try:
                await answer(robot)
            except WorldloomError as error:
                assert error.code == "nothing_asked"
                return known
            known += 1
    raise AssertionError("the course does not end")
