"""Promised: a realm is copied while it runs, as it stood at one moment, into one whole file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.stores.logs import Writer
from worldloom.kernel.errors import Conflict, Invalid, Unavailable
from worldloom.stores import copies
from worldloom.stores.backup import back_up
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.verify import verify


class Running:
    """A realm that is written to while it is copied."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "realm.loom")
        self.store = SqliteStore(self.path)
        self.plaza = Writer(self.store.open_stream("plaza"))
        self.asset = self.store.put_asset(os.urandom(300_000), "image/png")
        self.store.set_meta("secret", b"kept")
        self.write(20)

    def write(self, groups: int) -> None:
        assert not any(self.store.commit([self.plaza.group("thing") for _ in range(groups)]))


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(tmp_path)


def test_a_copy_is_one_moment_of_a_realm_that_goes_on(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "PAGES_A_STEP", 4)
    told: list[tuple[int, int]] = []

    def meanwhile(done: int, total: int) -> None:
        told.append((done, total))
        running.write(30)
        running.store.maintain()

    target = str(tmp_path / "copy.loom")
    assert back_up(running.path, target, meanwhile) == os.path.getsize(target)
    assert len(told) > 3
    assert told[-1][0] == told[-1][1]
    assert [*tmp_path.glob("copy*")] == [Path(target)]
    copy = SqliteStore(target, create=False)
    head = copy.open_stream("plaza")
    assert head.seq == 20
    assert list(copy.records(head.id, 0, 99)) == list(
        running.store.records(running.plaza.stream, 0, 20)
    )
    assert len(b"".join(copy.read_asset(running.asset))) == 300_000
    assert copy.meta("secret") == b"kept", "it is the whole realm, not an export"
    copy.close()
    assert verify(target).ok
    assert running.store.open_stream("plaza").seq == running.plaza.seq


def test_a_copy_never_overwrites_a_file_and_what_fails_leaves_none(
    running: Running, tmp_path: Path
) -> None:
    there = tmp_path / "there.loom"
    there.write_bytes(b"mine")
    with pytest.raises(Conflict) as taken:
        back_up(running.path, str(there))
    assert taken.value.code == "file_exists"
    assert there.read_bytes() == b"mine"
    with pytest.raises(Unavailable):
        back_up(running.path, str(tmp_path / "no" / "such" / "folder.loom"))
    nothing = tmp_path / "nothing.loom"
    nothing.write_bytes(b"not a realm" * 1_000)
    with pytest.raises(Invalid):
        back_up(str(nothing), str(tmp_path / "copy.loom"))
    assert not [*tmp_path.glob("copy*")]


def test_what_an_interrupted_copy_left_is_taken_away_by_the_next(
    running: Running, tmp_path: Path
) -> None:
    left = tmp_path / "copy.loom.part"
    left.write_bytes(b"half")
    back_up(running.path, str(tmp_path / "copy.loom"))
    assert not left.exists()
    assert verify(str(tmp_path / "copy.loom")).ok
