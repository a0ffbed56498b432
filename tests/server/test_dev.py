"""`loom dev`: a save swaps the code; nobody is thrown out; a broken file changes nothing."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.asking import Site
from worldloom.testing import Robot
from worldloom.testing.fixtures import READY_SECONDS, Server

ROOT = Path(__file__).resolve().parents[2]

FIRST = '''"""A lamp."""

from worldloom import Click, Color, Component, World, sphere

world = World("lamp")


class Lamp(Component):
    lit: bool = False


lamp = world.spawn("lamp", sphere(0.3), Color("#111111"), Lamp(), at=(0, 1, 0))


@world.on(Click, lamp)
def switch(click: Click) -> None:
    lamp[Lamp] = Lamp(not lamp[Lamp].lit)


@world.action
def greet() -> str:
    """Greet."""
    return "first"
'''


class Author:
    """Someone who saves a file and looks what happens."""

    def __init__(self, file: Path, server: Server) -> None:
        self.file = file
        self.server = server
        self.site = Site(server)

    def save(self, text: str) -> None:
        self.file.write_text(text)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < end, "".join(self.server.errors)
            time.sleep(0.05)

    def greeting(self) -> str:
        reply = self.site.owner().act("lamp", "greet")
        return str(reply.json.get("result"))

    def cells(self, name: str = "lamp") -> dict[str, object]:
        state = self.site.nobody.get("/api/worlds/lamp/state").json
        found = [e["components"] for e in state["entities"].values() if e["name"] == name]
        return dict(found[0]) if found else {}

    def told(self, word: str) -> bool:
        return any(word in line for line in self.server.errors)


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    file = tmp_path / "lamp.py"
    file.write_text(FIRST)
    limits = {"load_seconds_max": 5.0}
    server = Server(tmp_path / "realm.loom", str(file), command="dev", limits=limits).start()
    yield Author(file, server)
    assert server.stop() == 0


def test_a_save_swaps_the_code_and_a_visitor_stays(author: Author) -> None:
    async def main() -> None:
        async with Robot(author.server.world("lamp"), "Ann") as ann:
            visitor = ann.visitor
            assert (await ann.do("greet")).result == "first"
            await ann.do("click", entity="lamp")
            text = FIRST.replace('"first"', '"second"').replace("#111111", "#ff0000")
            await asyncio.to_thread(author.save, text)
            await asyncio.to_thread(author.wait_until, lambda: author.greeting() == "second")
            assert (await ann.do("greet")).result == "second"
            assert ann.visitor == visitor, "she was thrown out"
            cells = ann.entity("lamp")["components"]
            assert cells["Color"]["value"] == "#ff0000", "the newest intent"
            assert cells["lamp.Lamp"] == {"lit": True}, "what she did stays"

    asyncio.run(main())


def radius_of(robot: Robot) -> object:
    return robot.entity("lantern")["components"]["Shape"]["size"]


@pytest.mark.slow
def test_the_readme_s_command_serves_its_example_and_a_save_disconnects_nobody(
    tmp_path: Path, loom_path: str
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^\$ \.venv/bin/(loom dev .*)$", readme, re.MULTILINE)
    _, command, example, *options = shlex.split(line)
    text = (ROOT / example).read_text(encoding="utf-8")
    file = tmp_path / Path(example).name
    file.write_text(text)
    server = Server(
        tmp_path / "realm.loom", str(file), command=command, options=(*options,), loom=loom_path
    ).start()
    author, url, patience = Author(file, server), server.world("hello"), READY_SECONDS

    async def main() -> None:
        async with (
            Robot(url, "Ann", patience_seconds=patience) as ann,
            Robot(url, "Ben", patience_seconds=patience) as ben,
        ):
            visitors = ann.visitor, ben.visitor
            await ann.do("click", entity="lantern")
            assert (await ben.heard()).text == "Ann lit the lantern"
            before = radius_of(ben)
            changed = text.replace("radius=0.3", "radius=0.6").replace("put out'", "snuffed'")
            await asyncio.to_thread(author.save, changed)
            for robot in (ann, ben):
                await robot.wait_until(lambda robot: radius_of(robot) != before)
            await ben.do("click", entity="lantern")
            assert (await ben.heard()).text == "Ben snuffed the lantern", "it was lit all the while"
            assert (ann.visitor, ben.visitor) == visitors, "somebody was thrown out"

    try:
        asyncio.run(main())
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize(
    "broken",
    [
        FIRST + "\nthis is not Python\n",
        FIRST + "\nraise ValueError('no')\n",
        FIRST.replace('World("lamp")', 'World("Not A Name")'),
        FIRST.replace("sphere(0.3)", "5"),
        FIRST.replace("lit: bool = False", "lit: list[int] = []"),
        "import sys\nsys.exit(0)\n",
        "x = 1\n",
        "",
        FIRST.replace("sphere(0.3)", 'model("gone.glb")').replace("sphere", "model"),
    ],
)
def test_a_broken_file_changes_nothing_and_is_shown(author: Author, broken: str) -> None:
    async def main() -> None:
        before = author.site.nobody.get("/api/worlds/lamp").json["state_hash"]
        token = author.site.token("ann", "builder").headers["Authorization"].split()[1]
        async with Robot(author.server.world("lamp"), "Ann", token=token) as ann:
            await asyncio.to_thread(author.save, broken)
            shown = await ann.told()
            assert "fix:" in shown
            await asyncio.to_thread(author.wait_until, lambda: author.told("fix:"))
            assert author.greeting() == "first"
            await ann.do("click", entity="lamp")
            await ann.do("click", entity="lamp")
        after = author.site.nobody.get("/api/worlds/lamp").json["state_hash"]
        assert after == before
        await asyncio.to_thread(author.save, FIRST.replace('"first"', '"mended"'))
        await asyncio.to_thread(author.wait_until, lambda: author.greeting() == "mended")

    asyncio.run(main())


def test_a_file_without_an_end_is_given_up_and_the_next_save_is_loaded(author: Author) -> None:
    async def main() -> None:
        token = author.site.token("ann", "builder").headers["Authorization"].split()[1]
        async with Robot(author.server.world("lamp"), "Ann", token=token) as ann:
            await asyncio.to_thread(author.save, FIRST + "\nwhile True:\n    pass\n")
            assert "did not come to its end" in await ann.told()
            assert author.greeting() == "first"
            await asyncio.to_thread(author.save, FIRST.replace('"first"', '"mended"'))
            await asyncio.to_thread(author.wait_until, lambda: author.greeting() == "mended")

    asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.parametrize("kind", ["gone", "folder", "pipe"])
def test_what_is_no_file_any_more_changes_nothing_until_it_is_one_again(
    author: Author, kind: str
) -> None:
    author.file.unlink()
    if kind == "folder":
        author.file.mkdir()
    elif kind == "pipe":
        os.mkfifo(author.file)
    author.wait_until(lambda: author.told("[no_file]"))
    assert author.greeting() == "first"
    aside = author.file.with_name("aside")
    if kind != "gone":
        author.file.rename(aside)
    author.save(FIRST.replace('"first"', '"mended"'))
    author.wait_until(lambda: author.greeting() == "mended")


def changing_itself(text: str) -> str:
    """Return a file that is saved anew, by itself, while it is loaded: the save comes early."""
    return FIRST + f"\nfrom pathlib import Path\nPath(__file__).write_text({text!r})\n"


def test_a_save_before_the_watch_begins_is_not_missed(tmp_path: Path) -> None:
    file = tmp_path / "lamp.py"
    file.write_text(changing_itself(FIRST.replace('"first"', '"second"')))
    author = Author(file, Server(tmp_path / "realm.loom", str(file), command="dev").start())
    try:
        author.wait_until(lambda: author.greeting() == "second")
    finally:
        assert author.server.stop() == 0


@pytest.mark.parametrize("broken", ["", "\n1 / 0\n"])
def test_a_save_while_another_is_being_loaded_is_not_missed(author: Author, broken: str) -> None:
    author.save(changing_itself(FIRST.replace('"first"', '"second"')) + broken)
    author.wait_until(lambda: author.greeting() == "second")


def test_changed_fields_need_an_upgrade(author: Author) -> None:
    author.site.owner().act("lamp", "click", entity="lamp")
    other = FIRST.replace("lit: bool = False", "power: int")
    other = other.replace("Lamp()", "Lamp(5)").replace(
        "Lamp(not lamp[Lamp].lit)", "Lamp(lamp[Lamp].power + 1)"
    )
    author.save(other)
    author.wait_until(lambda: author.told("no_upgrade"))
    assert author.cells()["lamp.Lamp"] == {"lit": True}
    lifting = other.replace("class Lamp(Component):", "class Lamp(Component, version=2):").replace(
        "lamp = world",
        "@Lamp.upgrade(1)\ndef lift(old: dict) -> dict:\n"
        '    return {"power": 100 if old["lit"] else 0}\n\n\nlamp = world',
    )
    author.save(lifting)
    author.wait_until(lambda: author.told("reloaded lamp"))
    author.site.owner().act("lamp", "click", entity="lamp")
    assert author.cells()["lamp.Lamp"] in ({"power": 101}, {"power": 6})


def test_an_added_and_a_dropped_thing_come_and_go(author: Author) -> None:
    author.save(FIRST + '\nworld.spawn("stool", sphere(0.2))\n')
    author.wait_until(lambda: bool(author.cells("stool")))
    author.save(FIRST)
    author.wait_until(lambda: not author.cells("stool"))


def test_a_neighbour_that_is_imported_is_watched_too(author: Author) -> None:
    neighbour = author.file.parent / "words.py"
    neighbour.write_text('WORD = "hello"\n')
    author.save(FIRST.replace('return "first"', "return words.WORD").replace(
        "from worldloom", "import words\nfrom worldloom"))  # fmt: skip
    author.wait_until(lambda: author.greeting() == "hello")
    neighbour.write_text('WORD = "good morning"\n')
    author.wait_until(lambda: author.greeting() == "good morning")
