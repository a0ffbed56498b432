"""`loom undo --all`: all that an account did, except what it names, whatever stands in the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Site
from tests.server.test_cli import done, loom
from worldloom.kernel import trails
from worldloom.server.cli.closed import Closed
from worldloom.server.cli.taking_back import take_all_back
from worldloom.testing.fixtures import Server


@pytest.fixture
def served(serve: Callable[..., Server], hello_file: Path) -> Server:
    """Return a server on a world where Zoe and Yan may build."""
    return serve(str(hello_file))


def builder(served: Server, name: str) -> Callable[..., int]:
    """Return what lets a builder act; it returns the deed's group."""
    owner, browser = Site(served).owner(), Site(served).token(name, "builder")

    def act(action: str, **args: Any) -> int:
        reply = browser.act("hello", action, **args)
        assert reply.status == 200, reply
        records = owner.get(f"/api/worlds/hello/events?after={reply.json['seq'] - 1}").json
        return int(records["records"][0]["group"])

    return act


def names(folder: Path) -> set[str]:
    """Return the names of all that stands."""
    cards = json.loads(done(folder, "worlds", "--json"))["worlds"]
    seq = next(card["seq"] for card in cards if card["name"] == "hello")
    state = json.loads(done(folder, "at", "hello", str(seq), "--json"))
    return {one["name"] for one in state["entities"].values()}


@pytest.mark.parametrize("closed", [False, True])
def test_all_goes_past_what_cannot_come_back(served: Server, tmp_path: Path, closed: bool) -> None:
    zoe, yan = builder(served, "zoe"), builder(served, "yan")
    yan("spawn", name="shelf")
    yan("spawn", name="cup", parent="shelf")
    first = zoe("spawn", name="first")
    flown = zoe("spawn", name="kite")
    landed = zoe("despawn", entity="kite")
    broken = zoe("despawn", entity="cup")
    named = zoe("despawn", entity="lantern")
    last = zoe("spawn", name="last")
    yan("spawn", name="kite")
    yan("spawn", name="lantern")
    yan("despawn", entity="shelf")
    if closed:
        assert served.stop() == 0
    told = json.loads(done(tmp_path, "undo", "hello", "--by", "zoe", "--all", "--json"))
    assert told["undone"] == [last, flown, landed, first]
    assert [one["group"] for one in told["stays"]] == [named, broken]
    assert "has its name now" in told["stays"][0]["why"]
    assert "which is gone" in told["stays"][1]["why"]
    assert told["stopped"] is None
    assert {"kite", "lantern"} <= names(tmp_path)
    assert not {"first", "last", "cup"} & names(tmp_path)
    again = done(tmp_path, "undo", "hello", "--by", "zoe", "--all").splitlines()
    assert again[0] == "undone 0 groups"
    assert [line.split(":")[:2] for line in again[1:]] == [
        ["stays", f" group {named}"], ["stays", f" group {broken}"]
    ]  # fmt: skip


def test_what_lies_further_back_than_undo_reaches_stays_and_is_listed(
    served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert served.stop() == 0
    monkeypatch.setattr(trails, "_GROUPS_MAX", 3)
    door = Closed(tmp_path / "realm.loom")
    groups = []
    for number in range(6):
        args = {"name": f"thing {number}"}
        groups.append(door.do("hello", "spawn", args)["seq"])
    assert door.do("hello", "undo", {})["result"]["group"] == groups[5]
    told = take_all_back(door, "hello", None, "")
    door.close()
    assert told["undone"] == [groups[4], groups[3]]
    assert [one["group"] for one in told["stays"]] == [groups[2], groups[1], groups[0]]
    assert "older than the newest" in told["stays"][0]["why"]


def test_what_ends_it_early_hides_nothing(
    served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert served.stop() == 0
    for number in range(3):
        done(tmp_path, "do", "hello", "spawn", f"name=thing {number}")
    real, asked = Closed.do, []

    def failing(self: Closed, *given: Any) -> dict[str, Any]:
        asked.append(given)
        if len(asked) == 2:
            self.store.close()
        return real(self, *given)

    monkeypatch.setattr(Closed, "do", failing)
    result = loom(tmp_path, "undo", "hello", "--all")
    assert (result.returncode, result.stdout.splitlines()[0]) == (1, "undone 1 group")
    assert result.stderr.startswith("stopped early: ")
