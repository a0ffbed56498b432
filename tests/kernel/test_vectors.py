"""Promised: the vectors that the TypeScript fold shares are what the Python fold does now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.make_vectors import build
from worldloom.kernel.hashing import root_of
from worldloom.kernel.records import FIRST_HEAD, verify
from worldloom.kernel.state import State

FILE = Path(__file__).resolve().parents[1] / "vectors" / "fold.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["cases"]


def test_the_vectors_are_current() -> None:
    assert FILE.read_text(encoding="utf-8") == build(), "run python tools/make_vectors.py"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fold_of_the_stored_bytes_gives_the_roots(case: dict[str, Any]) -> None:
    rows = [
        (row["seq"], bytes.fromhex(row["body"]), bytes.fromhex(row["hash"]))
        for row in case["records"]
    ]
    state = State()
    for record, row in zip(verify(rows, 0, FIRST_HEAD), case["records"], strict=True):
        state.fold(record)
        if "state_hash" in row:
            assert state.public_root().hex() == row["public_root"]
            assert state.private_root().hex() == row["private_root"]
            assert state.state_hash().hex() == row["state_hash"]
    assert root_of(hash for _, _, hash in rows).hex() == case["log_root"]
    assert sorted(state.entities) == [entity[0] for entity in case["entities"]]


def test_the_vectors_are_a_few_hundred_records() -> None:
    assert sum(len(case["records"]) for case in CASES) > 300
