"""The sizes that the docs name are those of what is built."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from benchmarks.records import figures
from benchmarks.start import page_bytes
from tests.docs.snippets import ROOT

FIGURES = ROOT / "docs/operating/figures.md"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("scripts that the page asks for at once, gzip", "initial_js_gzip_bytes"),
        ("the plaza's meshes, gzip", "plaza_gzip_bytes"),
    ],
)
def test_a_size_in_the_docs_is_what_is_built(row: str, name: str) -> None:
    if not (ROOT / "worldloom/static/index.html").is_file():
        pytest.skip("the client is not built here")
    told = re.search(rf"\| {row} \| ([0-9]+) KiB \|", FIGURES.read_text("utf-8"))
    assert told is not None
    assert int(told[1]) * 1024 == pytest.approx(page_bytes()[name], rel=0.1)


def newest(benchmark: str) -> dict[str, Any]:
    """Return the newest committed result of a benchmark."""
    files = sorted((ROOT / "benchmarks/results").glob("*.jsonl"))
    lines: list[dict[str, Any]] = [
        json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()
    ]
    return [line for line in lines if line.get("benchmark") == benchmark][-1]


def test_the_figures_of_learning_records_are_those_of_the_newest_committed_run() -> None:
    told = FIGURES.read_text("utf-8").splitlines()
    assert [row for row in figures(newest("records")) if row not in told] == []


ROWS: dict[str, str] = {
    "bodies": "| 500 bodies awake in a heap, 60 steps a second, frames for 50 viewers |"
    " {core:.2f} of a core | {ratio:.2f} of the engine by itself |",
    "panels": "| three widgets of a panel in an empty world, patched ten times a second, software"
    " rendering | {patched[fps]:.0f} frames a second | {still[fps]:.0f} without a change;"
    " our aim: 30 |",
    "block": "| from the wish until neither of two sees the other, among 20 who walk |"
    " {both_ways_ms:.1f} ms, p99 {both_ways_p99_ms:.0f} ms; {words_heard} words came through |"
    " {ratio:.0f} echoes of a bare WebSocket; our aim: 100 ms |",
}
"""Benchmark → its row of the page."""


@pytest.mark.parametrize("benchmark", ROWS)
def test_a_row_of_the_page_is_the_newest_committed_run(benchmark: str) -> None:
    wanted = ROWS[benchmark].format(**newest(benchmark))
    assert wanted in FIGURES.read_text("utf-8").splitlines()


def test_every_benchmark_stands_on_the_page_of_figures() -> None:
    known = [p.name for p in (ROOT / "benchmarks").glob("*.py") if not p.name.startswith("_")]
    told = FIGURES.read_text("utf-8")
    assert [name for name in known if f"benchmarks/{name}" not in told] == []
