"""Promised: a destroyed key stays destroyed, whoever still remembers it, and nothing else goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from worldloom.kernel.errors import Conflict
from worldloom.kernel.ports import Group
from worldloom.kernel.sealing import Owner
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore

KEY, SECRET = 7, bytes(range(32))


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made: Any = MemoryStore() if request.param == "memory" else open_file(tmp_path)
    yield made
    made.close()


def open_file(folder: Path) -> SqliteStore:
    return SqliteStore(str(folder / "realm.loom"))


def test_a_key_that_was_destroyed_is_never_kept_again(store: Any) -> None:
    """A process that slept while someone was forgotten may still want to."""
    stream = store.open_stream("w").id
    owner = Owner("ann", KEY, SECRET, stream, 1)
    assert store.commit([Group((), owners=(owner,))]) == [None]
    assert store.cipher(KEY) is not None
    assert store.commit([Group((), forgets=("ann",))]) == [None]
    assert store.cipher(KEY) is None
    other = Owner("ben", KEY + 1, SECRET[::-1], stream, 1)
    late, fine = store.commit([Group((), owners=(owner,)), Group((), owners=(other,))])
    assert isinstance(late, Conflict) and fine is None
    assert store.cipher(KEY) is None and store.cipher(KEY + 1) is not None
    assert store.homes("ann") == []


def test_an_answer_that_comes_right_after_a_forgetting_is_kept(store: Any) -> None:
    """Even in the same commit: it belongs to someone new."""
    body = b"\x93\xc4\x01d\x05\xc0"
    before = Group((), answer=("w/ann/old", 2**60, body))
    after = Group((), answer=("w/ann/new", 2**60, body))
    assert store.commit([before, Group((), forgets=("ann",)), after]) == [None] * 3
    assert store.answer("w/ann/old", 0) is None
    assert store.answer("w/ann/new", 0) == body
