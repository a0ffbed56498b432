"""Every door, by name: what opens it, and how many cases each run tries."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.fuzz.authors import AuthorDoor
from tests.fuzz.commands import CommandDoor
from tests.fuzz.http import HttpDoor
from tests.fuzz.kits import SCHOOL, KitDoor
from tests.fuzz.models import ModelDoor
from tests.fuzz.realms import Originals
from tests.fuzz.wire import WireDoor
from tests.fuzz.works import WORKS
from tests.server.asking import Site
from tests.server.conftest import HELLO
from worldloom.stores.verify import verify
from worldloom.testing.fixtures import Server

Case = Callable[[int], None]


class Door(NamedTuple):
    """How a door is opened in an empty folder, and how many cases a short run has."""

    open: Callable[[Path], contextlib.AbstractContextManager[Case]]
    short: int


def inside(make: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Return how to open a door that needs no server."""

    @contextlib.contextmanager
    def opened(folder: Path) -> Iterator[Case]:
        door = make(folder)
        try:
            yield door.case
        finally:
            getattr(door, "end", lambda: None)()

    return opened


def served(make: Callable[[Site], Any], text: str = HELLO) -> Callable[[Path], Any]:
    """Return how to open a door of a real server, whose realm is verified at the end."""

    @contextlib.contextmanager
    def opened(folder: Path) -> Iterator[Case]:
        (folder / "hello.py").write_text(text)
        server = Server(folder / "realm.loom", str(folder / "hello.py")).start()
        try:
            yield make(Site(server)).case
        finally:
            code = server.stop()
        report = verify(str(folder / "realm.loom"))
        assert code == 0 and report.ok, (code, report.lines())
        traces = [line for line in server.errors if "Traceback" in line]
        assert not traces, "".join(server.errors)[-3000:]

    return opened


def described(site: Site) -> Any:
    """Return the door of the described interface; what it stands on takes long to import."""
    from tests.fuzz.described import DescribedDoor

    return DescribedDoor(site)


DOORS = {
    "realms": Door(inside(Originals), 25),
    "wire": Door(served(WireDoor), 25),
    "http": Door(served(HttpDoor), 100),
    "kits": Door(served(KitDoor, SCHOOL), 150),
    "models": Door(inside(lambda folder: ModelDoor()), 200),
    "authors": Door(inside(AuthorDoor), 40),
    "commands": Door(inside(CommandDoor), 80),
    "described": Door(served(described, WORKS), 0),
}
"""The short run of the last one is `tests/server/test_described.py`, which asks for everything."""


def replay(door: str, seed: int) -> str:
    """Return the command that tries a case again."""
    return f"python -m tests.fuzz {door} --seed {seed}"


def try_cases(name: str, folder: Path, seeds: Iterable[int]) -> dict[str, Any]:
    """Try some cases of a door; return what `make soak` adds up."""
    failed: list[str] = []
    tried = 0
    start = time.process_time()
    try:
        with DOORS[name].open(folder) as case:
            for seed in seeds:
                tried += 1
                try:
                    case(seed)
                except Exception as error:
                    failed.append(f"{replay(name, seed)}: {error!r}"[:1000])
    except AssertionError as error:
        failed.append(f"at the end of {name}: {error}"[:3000])
    spent = time.process_time() - start
    return {"cases": tried, "cpu_seconds": round(spent, 3), "failed": failed}
