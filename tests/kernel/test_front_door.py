"""Promised: one import gives an author everything, in little time."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import worldloom
from worldloom.kernel import errors
from worldloom.kernel.standard import standard_components


def test_every_name_of_the_front_door_is_there() -> None:
    assert all(hasattr(worldloom, name) for name in worldloom.__all__)


def test_all_standard_components_and_errors_are_at_the_front_door() -> None:
    refusals = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.WorldloomError)
    ]
    for value in (*standard_components(), *refusals):
        assert getattr(worldloom, value.__name__) is value


def test_the_front_door_brings_no_server_along() -> None:
    code = "import sys, worldloom; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    for heavy in (b"'worldloom.server'", b"'asyncio'", b"'apsw'", b"'starlette'"):
        assert heavy not in loaded


def test_a_plain_program_runs_its_world(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []

    class Server:
        @staticmethod
        def run_world(world: worldloom.World, arguments: list[str]) -> int:
            served.extend((world, arguments))
            return 0

    monkeypatch.setattr("importlib.import_module", lambda name: Server)
    world = worldloom.World("hello")
    assert worldloom.run(world, "--port", "0") == 0
    assert served == [world, ["--port", "0"]]
