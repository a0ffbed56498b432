"""Real servers for the tests of this folder: one shared by those that only ask, own ones else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.asking import Browser, Site
from worldloom.testing.fixtures import Server, serve, server

__all__ = ["serve", "server"]

EXPECTED = re.compile(
    r"POST .* do failed: ZeroDivisionError|Invalid HTTP request"
    r"|POST .*/wait: Unavailable, at .*hello.py:\d+ in wait \[unavailable\]$"
    r"|hello: do failed: ZeroDivisionError.*, at .*hello.py:\d+ in fail$"
    r"|wrong secrets came to"
).search
"""What the tests make the server log."""

HELLO = '''"""Hello, world."""

from worldloom import Click, Color, Component, Conflict, Entry, Projection, Row, Rows, Said
from worldloom import Unavailable, Visitor, World, sphere

world = World("hello", title="Hello")


class Lamp(Component):
    lit: bool = False


class Speech(Row, frozen=True):
    """How often somebody spoke, and where last; `2-7` is said by `2`."""

    who: str
    times: int
    last: int


speeches = Projection("speeches", Speech, key=("who",), version=1)


@speeches.on(Said)
def spoke(said: Said, entry: Entry, rows: Rows[Speech]) -> None:
    who = (said.text.value or "").rpartition("-")[0]
    known = rows.get(who)
    rows.put(Speech(who, known.times + 1 if known else 1, entry.seq))


world.project(speeches)

lantern = world.spawn("lantern", sphere(radius=0.3), Lamp(), at=(0, 1.5, -2))


@world.on(Click, lantern)
def switch(click: Click) -> None:
    lit = not lantern[Lamp].lit
    lantern[Lamp] = Lamp(lit)
    lantern[Color] = Color("#ffd27f" if lit else "#3a3a3a")


@world.action
def add(visitor: Visitor, one: int, other: int = 1) -> int:
    """Add two numbers."""
    return one + other


@world.action
def sell(visitor: Visitor) -> None:
    """Refuse: sold out."""
    raise Conflict("the teapot is sold out", "come again tomorrow", code="sold_out")


@world.action
def wait(visitor: Visitor) -> None:
    """Refuse: not now."""
    raise Unavailable("the kiln is hot", "come again", retry_after_seconds=7)


@world.action
def fail(visitor: Visitor) -> None:
    """Be broken."""
    raise ZeroDivisionError("a mistake of the author")


@world.action(role="builder")
def build(visitor: Visitor) -> str:
    """Build."""
    return "built"


secret = World("secret", title="Private", public=False)
secret.spawn("box", sphere(0.2))
'''


@pytest.fixture(scope="session")
def hello_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an author's file with two worlds: `hello` and the private `secret`."""
    path = tmp_path_factory.mktemp("author") / "hello.py"
    path.write_text(HELLO)
    return path


@pytest.fixture(scope="session")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve it for all tests that leave it as it is."""
    realm = tmp_path_factory.mktemp("realm") / "realm.loom"
    running = Server(realm, str(hello_file))
    running.start()
    yield Site(running)
    assert running.stop() == 0
    assert "Traceback" not in "".join(running.errors)
    assert [line for line in running.errors if not EXPECTED(line)] == []


@pytest.fixture(scope="session")
def builder(site: Site) -> Browser:
    """Return the realm's own command line, which may do everything and as often as it likes."""
    return site.owner()
