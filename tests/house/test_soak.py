"""The long proofs are long enough, run alone, and go on after a stop."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.crowd_client import grew
from benchmarks.room import parse
from tests.house.source import ROOT
from tools import soak
from tools.lrs_suite import BATTERIES
from tools.soak import PARTS, ROOMS, Part, Piece, Progress


def test_the_long_proofs_are_as_long_as_promised() -> None:
    assert PARTS["simulation"].whole >= 100_000
    assert PARTS["kills"].whole >= 1_000
    assert PARTS["page"].whole >= 60, "an hour of a page, whose memory stays steady"


def test_the_crowds_are_as_large_as_promised_and_their_commands_are_known() -> None:
    asked = [parse(room.split()) for room in ROOMS]
    assert PARTS["room"].whole == len(ROOMS)
    assert {200, 800} <= {one.people[0] for one in asked if "colyseus" in one.peers}
    assert any(one.people == [1_200] and one.plaza and one.peers == ["views"] for one in asked)
    assert any(one.people == [2_500] for one in asked)
    assert any(one.people == [5_000] and one.storm and one.actions for one in asked)
    assert any(one.overload and one.actions for one in asked)
    assert any(one.slow == 0.1 and one.actions for one in asked)
    assert any(one.foes == 0.01 and one.actions for one in asked)
    assert any(one.lock and one.seconds == 600 for one in asked)
    assert any(one.tls and {"bare", "relay", "colyseus"} <= set(one.peers) for one in asked)
    assert any(one.far and one.loss for one in asked) and any(one.check for one in asked)


def test_what_a_piece_measured_is_kept_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = 'print(\'{"benchmark": "room", "people": 8}\'); raise SystemExit(1)'
    monkeypatch.setattr(soak, "PROGRESS", tmp_path / "progress")
    monkeypatch.setattr(soak, "RESULTS", tmp_path)
    monkeypatch.setitem(PARTS, "part", Part(2, 1, lambda *_: [sys.executable, "-c", code]))
    assert soak.main(["part", "--most", "1"]) == 1, "a bound is broken"
    written = next(tmp_path.glob("*.jsonl")).read_text().splitlines()
    assert json.loads(written[1]) == {"benchmark": "room", "people": 8, "commit": head()}


def test_a_page_grows_where_its_last_third_is_a_tenth_over_its_first() -> None:
    assert not grew([20.0, 8.0, 8.2, 7.9, 8.1, 9.0, 8.4])
    assert grew([8.0, 8.0, 8.0, 9.0, 9.5, 10.2, 10.4])


def test_the_kills_listen_to_their_number_and_seed() -> None:
    text = (ROOT / "tests/server/test_kill.py").read_text()
    part = PARTS["kills"]
    for name in part.environment(0, 20).keys() - {"WORLDLOOM_READY_SECONDS"}:
        assert f'os.environ.get("{name}"' in text
    assert f"def {part.command(0, 20)[-1].partition('::')[2]}(" in text


def test_the_continuous_checks_kill_the_server_fifty_times() -> None:
    found = re.search(r"WORLDLOOM_KILL_ROUNDS:-([0-9]+)", (ROOT / ".ci" / "run").read_text())
    assert found is not None
    assert int(found[1]) >= 50


def head() -> str:
    """Return the commit that is checked out here, or nothing."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


def told(first: int, count: int) -> list[str]:
    """Return the command of a part that fails at 7."""
    failed = ["seed 7"] if first <= 7 < first + count else []
    line = json.dumps({"cpu_seconds": 0.5, "failed": failed, "told": [f"from {first}"]})
    return [sys.executable, "-c", f"print({line!r}); raise SystemExit({len(failed)})"]


def test_a_part_goes_on_where_it_stopped_and_tells_what_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(soak, "PROGRESS", tmp_path / "progress")
    monkeypatch.setattr(soak, "RESULTS", tmp_path)
    monkeypatch.setitem(PARTS, "part", Part(20, 5, told))
    assert soak.main(["part", "--most", "5", "--jobs", "2"]) == 0
    assert soak.read_progress("part") == Progress(5, 0.5, told=["from 0"])
    assert soak.main(["part", "--jobs", "2"]) == 1
    pieces = ["from 0", "from 5", "from 10", "from 15"]
    assert soak.read_progress("part") == Progress(20, 2.0, ["seed 7"], pieces, 20)
    written = next(tmp_path.glob("*.jsonl")).read_text().splitlines()
    machine, line = map(json.loads, written)
    assert {"machine", "date"} <= machine.keys()
    assert line == {
        "soak": "part", "done": 20, "whole": 20, "failed": ["seed 7"], "told": pieces,
        "a_minute_of_one_core": 600, "commit": head(),
    }  # fmt: skip
    assert soak.main(["part", "--report"]) == 1
    assert len(next(tmp_path.glob("*.jsonl")).read_text().splitlines()) == 2


def test_a_piece_that_breaks_is_told_by_its_command(tmp_path: Path) -> None:
    part = Part(
        1, 1, lambda *_: [sys.executable, "-c", "raise SystemExit(3)"], lambda *_: {"A": "1"}
    )
    failed = ["A=1 python -c raise SystemExit(3)"]
    assert soak.run_piece(part, 0, 1) == Piece(0.0, failed, [])


def test_a_piece_that_somebody_ends_does_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    monkeypatch.setattr(soak, "PROGRESS", tmp_path)
    monkeypatch.setitem(PARTS, "part", Part(20, 5, lambda *_: ended))
    assert soak.main(["part"]) == 130
    assert soak.read_progress("part") == Progress()


def test_the_suite_of_others_runs_only_where_its_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(soak, "PROGRESS", tmp_path / "progress")
    monkeypatch.setattr(soak, "RESULTS", tmp_path)
    monkeypatch.setitem(PARTS, "xapi", Part(2, 1, told))
    monkeypatch.delenv("LRS_CTS", raising=False)
    assert soak.main(["xapi"]) == 0
    assert capsys.readouterr().out.startswith("xapi: not run; make soak LRS_CTS=FOLDER")
    monkeypatch.setenv("LRS_CTS", str(tmp_path))
    assert soak.main(["xapi"]) == 0
    assert soak.read_progress("xapi").done == 2


def test_both_batteries_of_the_suite_are_run_whole() -> None:
    assert dict(BATTERIES) == {"1.0.3": 1_365, "2.0.0": 1_442}
    assert PARTS["xapi"].whole == len(BATTERIES)
