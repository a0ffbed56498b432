"""`loom demo KIT` serves one kit's demo and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.asking import Browser
from worldloom.server.cli.main import main
from worldloom.testing.fixtures import Server


def test_the_demo_of_a_kit_is_the_first_and_only_world(tmp_path: Path) -> None:
    server = Server(tmp_path / "realm.loom", "plaza", command="demo").start()
    try:
        worlds = Browser(server.url).get("/api/worlds").json["worlds"]
        assert [one["name"] for one in worlds] == ["plaza"]
    finally:
        assert server.stop() == 0


def test_an_unknown_kit_is_refused_with_those_that_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = str(tmp_path / "realm.loom")
    assert main(["demo", "moon", "--realm", where, "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert "no kit moon is installed [no_kit]" in said
    assert "plaza" in said
