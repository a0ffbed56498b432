"""Which worlds a server has: a broken kit's place is taken, and no name is given twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from worldloom.kernel.errors import Conflict, Invalid, NotFound, OverLimit
from worldloom.kernel.limits import Limits
from worldloom.kernel.ports import Store
from worldloom.server import worlds
from worldloom.server.cli.closed import Closed
from worldloom.server.loader import BrokenFile, Loaded
from worldloom.server.worlds import Worlds


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Closed]:
    """Return an empty realm in a file."""
    closed = Closed(tmp_path / "realm.loom")
    yield closed
    closed.close()


def broken(name: str, store: Store) -> Loaded:
    raise BrokenFile("a mistake in the kit")


def test_a_plain_ground_stands_in_for_a_plaza_that_is_broken(
    desk: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "load_kit", broken)
    Worlds(desk).open_default()
    assert "ground" in desk.world("plaza").state.by_name


def test_a_name_of_a_world_or_of_a_kits_demo_is_not_given_again(desk: Closed) -> None:
    mine = Worlds(desk)
    mine.create("garden", "", True)
    with pytest.raises(Conflict):
        mine.create("garden", "", True)
    for name in ("garden", "plaza"):
        with pytest.raises(Conflict):
            mine.check_free(name)
    with pytest.raises(Invalid):
        mine.create("No good", "", True)
    with pytest.raises(NotFound):
        mine.find("nowhere")


def test_a_realm_holds_so_many_worlds_forks_too(
    desk: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Limits(worlds_max=3)
    monkeypatch.setattr("worldloom.server.worlds.LIMITS", few)
    monkeypatch.setattr("worldloom.kernel.forking.LIMITS", few)
    mine = Worlds(desk)
    mine.create("one", "", True)
    mine.create("two", "", True)
    desk.fork("one", "three", None)
    with pytest.raises(OverLimit):
        mine.create("four", "", True)
    with pytest.raises(OverLimit):
        desk.fork("one", "four", None)
