"""Author files that are broken, endless, hostile to their loader or simply no Python."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from tests.fuzz.judging import Bug
from tests.fuzz.realms import keep, open_realm
from tests.fuzz.values import harmed
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.people import LOCAL
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.server.loader import load_file
from worldloom.server.patience import in_time

PATIENCE_SECONDS = 3.0
"""Long beside the moment in which a thread begins: until then a stop may meet another one."""
FILE = '''"""A garden."""

from worldloom import Click, Color, Component, World, sphere

world = World("garden")


class Lamp(Component):
    lit: bool = False


lamp = world.spawn("lamp", sphere(radius=0.3), Lamp(), at=(0, 1.5, -2))


@world.on(Click, lamp)
def switch(click: Click) -> None:
    lamp[Lamp] = Lamp(not lamp[Lamp].lit)


@world.action
def add(one: int, other: int = 1) -> int:
    return one + other
'''
LINES = (
    "while True: pass", "import sys; sys.exit(3)", "raise SystemExit",
    "1 / 0", "def f(): f()\nf()", "import nothing_of_this_name", "world = None", "world.spawn(1)",
    "world.spawn('lamp')", "class Lamp(Component): lit: list = []",
    "World('people')", "World('garden')", "World('UPPER')", "world.action(print)", "del world",
    "world.action(lambda x: x)", "@world.every(0)\ndef f(): pass", "async def g(): pass",
    "world.on(int)(print)", "world.spawn('x', at=(float('nan'), 0, 0))", "assert False",
    "world.spawn('y', Color('no colour'))", "world.spawn('z' * 500)", "\x00", "\ud7ff'", "(" * 300,
    "raise GeneratorExit", "world.name = 'other'", "import os; os.chdir('/nowhere')",
    "world.append(3)", "raise ExceptionGroup('many', [ValueError()])", "raise StopIteration",
)  # fmt: skip
ACTIONS = ("1 / 0", "raise SystemExit", "while True: world.spawn('x')", "return object()", "self()",
           "return float('nan')", "raise GeneratorExit", "world.spawn(None)")  # fmt: skip


class AuthorDoor:
    """A realm with one world, whose author saves one odd file after the other."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "garden.py"
        self.path.write_text(FILE)
        self.realm, self.store = open_realm(folder / "authors.loom")
        self.realm.open(load_file(self.path, self.store).worlds[0])
        keep(self.realm, self.store)

    def case(self, seed: int) -> None:
        """Save an odd file; raises Bug unless it is taken or refused, and all goes on."""
        chance = random.Random(seed)
        self.path.write_bytes(author_file(chance))
        try:
            loaded = asyncio.run(
                in_time(lambda: load_file(self.path, self.store), PATIENCE_SECONDS)
            )
            self._take([world for world in loaded.worlds if world.name == "garden"])
        except (WorldloomError, TimeoutError) as error:
            if isinstance(error, WorldloomError) and not (error.message and error.code):
                raise Bug(f"an error without words: {error!r}") from error
        except Exception as error:
            raise Bug(f"{error!r} of {self.path.read_bytes()[-300:]!r}") from error
        self._check()

    def _take(self, worlds: list[World]) -> None:
        for world in worlds:
            self.realm.open(world)
            keep(self.realm, self.store)
            for name in tuple(world.actions):
                self._do(name, {})

    def _check(self) -> None:
        name = f"thing {self.realm.world('garden').seq}"
        if self._do("spawn", {"name": name}) is None:
            raise Bug("nobody can build any more")
        live = self.realm.world("garden")
        if self.realm.at("garden", live.seq).state_hash() != live.state.state_hash():
            raise Bug("what is live is not what the log says")

    def _do(self, action: str, args: dict[str, str]) -> object:
        caller = Caller(LOCAL, LOCAL, "", Role.OWNER)
        try:
            done = self.realm.do(Command("garden", action, args, caller))
        except WorldloomError:
            return None
        finally:
            keep(self.realm, self.store)
        return done

    def end(self) -> None:
        """Close the realm."""
        self.store.close()


def author_file(chance: random.Random) -> bytes:
    """Return the text of a file with something wrong in it, or nothing."""
    lines = FILE.splitlines()
    roll = chance.random()
    if roll < 0.6:
        line = chance.choice(LINES)
        lines.insert(chance.choice((len(lines), len(lines), 5, 0)), line)
    elif roll < 0.8:
        lines += ["@world.action", "def odd() -> object:", f"    {chance.choice(ACTIONS)}"]
    else:
        return harmed(chance, FILE.encode())
    return "\n".join(lines).encode("utf-8", "surrogatepass")
