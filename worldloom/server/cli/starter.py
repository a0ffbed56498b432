"""`loom new`: a world to begin with."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from worldloom.kernel.errors import Conflict, Invalid
from worldloom.server.cli.words import Commands, command

WORLD = '''"""{title}: a lantern that anyone can light and everyone sees.

Run it with `loom dev {name}.py`, then open the page in two windows.
"""

from worldloom import Click, Color, Component, Sky, World, box, sphere

world = World("{world}", title="{title}")


class Lamp(Component):
    lit: bool = False


world.spawn("sky", Sky(hour=17.0))
world.spawn("ground", box(40, 0.2, 40), Color("#8fa37e"), at=(0, -0.1, 0))
lantern = world.spawn("lantern", sphere(radius=0.3), Lamp(), at=(0, 1.5, -2))


@world.on(Click, lantern)
def switch(click: Click) -> None:
    """Light the lantern, or put it out."""
    lit = not lantern[Lamp].lit
    lantern[Lamp] = Lamp(lit)
    lantern[Color] = Color("#ffd27f" if lit else "#3a3a3a")
    world.say(f"{{click.visitor.name}} {{'lit' if lit else 'put out'}} the lantern")
'''

TEST = '''"""What {name}.py promises: a click lights the lantern."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from worldloom.testing import Robot
from worldloom.testing.fixtures import Server, serve

__all__ = ["serve"]
FILE = Path(__file__).parent / "{name}.py"


def test_a_click_lights_the_lantern(serve: Callable[..., Server]) -> None:
    async def visit() -> None:
        async with Robot(serve(str(FILE)).world("{world}"), "Ann") as ann:
            await ann.do("click", entity="lantern")
            assert ann.entity("lantern")["components"]["{name}.Lamp"] == {{"lit": True}}

    asyncio.run(visit())
'''


def add(commands: Commands) -> None:
    """Add the family."""
    parser = command(
        commands, "new", "write a starter world with a test beside it", "loom new garden", new
    )
    parser.add_argument("name", metavar="NAME")


def new(given: argparse.Namespace) -> int:
    """Write NAME.py and test_NAME.py here."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", given.name):
        raise Invalid(
            f"{given.name} cannot name a Python file",
            "use lower case letters, digits and _, for instance my_garden",
            code="bad_name",
        )
    words = {
        "name": given.name,
        "world": given.name.replace("_", "-"),
        "title": given.name.replace("_", " ").capitalize(),
    }
    files = {Path(f"{given.name}.py"): WORLD, Path(f"test_{given.name}.py"): TEST}
    for path in files:
        if path.exists():
            raise Conflict(f"{path} is there already", "choose another name", code="file_exists")
    for path, text in files.items():
        path.write_text(text.format(**words), encoding="utf-8")
    print(f"{given.name}.py, test_{given.name}.py")
    print(f"next: loom dev {given.name}.py")
    return 0
