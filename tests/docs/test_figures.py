"""The sizes that the docs name are those of what is built."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
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


def newest(benchmark: str, **of: object) -> dict[str, Any]:
    """Return the newest committed result of a benchmark, of a kind where it has several."""
    return _newest({"benchmark": benchmark, **of})


def newest_soak(part: str, **of: object) -> dict[str, Any]:
    """Return the newest committed line of a part of the soak."""
    return _newest({"soak": part, **of})


def _newest(wanted: dict[str, object]) -> dict[str, Any]:
    files = sorted((ROOT / "benchmarks/results").glob("*.jsonl"))
    lines: list[dict[str, Any]] = [
        json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()
    ]
    return [line for line in lines if wanted.items() <= line.items()][-1]


def test_the_figures_of_learning_records_are_those_of_the_newest_committed_run() -> None:
    told = FIGURES.read_text("utf-8").splitlines()
    assert [row for row in figures(newest("records")) if row not in told] == []


ROWS: dict[str, str] = {
    "bodies": "| 500 bodies awake in a heap, 60 steps a second, frames for 50 viewers |"
    " {core:.2f} of a core | {ratio:.2f} of the engine by itself; our aim: one core |",
    "panels": "| three widgets of a panel in an empty world, patched ten times a second, software"
    " rendering | {patched[fps]:.0f} frames a second | {still[fps]:.0f} without a change;"
    " our aim: 30 |",
    "mastery": "| four chances of a skill fitted to 24,000 simulated answers of 6,000 learners,"
    " five starts,"
    " {seeds} groups | {fit_s:.3f} s, from {fit_s_spread[0]:.3f} to {fit_s_spread[1]:.3f} |"
    " pyBKT as published, on another machine: 25.6 s; our aim: 20 times as fast |\n"
    "| how far those are from what was planted: prior, learn, guess, slip |"
    " {error_without_chance[prior]:.4f}, {error_without_chance[learn]:.4f},"
    " {error_without_chance[guess]:.4f}, {error_without_chance[slip]:.4f} of answers without chance"
    " in them; of random ones, root mean square, {error_rms[prior]:.4f}, {error_rms[learn]:.4f},"
    " {error_rms[guess]:.4f}, {error_rms[slip]:.4f}; in {groups_off_by_a_hundredth} of the"
    " {seeds} groups one by more than"
    " 0.01, {of_which_by_the_prior} times the prior | the least for any unbiased fit:"
    " {error_least[prior]:.4f}, {error_least[learn]:.4f}, {error_least[guess]:.4f},"
    " {error_least[slip]:.4f}; begun at the planted values"
    " {from_the_planted_off_by_a_hundredth} groups miss; our aim: 0.01 |",
    "pybkt": "| the same answers fitted by pyBKT {version} here, once | {pybkt_s:.0f} s;"
    " its log-likelihood {likelihood_behind_pybkt:+.3f} of ours | {pybkt_by_ours:,} times ours;"
    " our aim: 20 |",
    "block": "| from the wish until neither of two sees the other, among 20 who walk |"
    " {both_ways_ms:.1f} ms, p99 {both_ways_p99_ms:.0f} ms; {words_heard} words came through |"
    " {ratio:.0f} echoes of a bare WebSocket; our aim: 100 ms |",
    "film": "| how far apart two visitors are in a film | {ours_ms:.0f} ms, {ours_p95_ms:.0f} ms at"
    " the 95th percentile | two plain films begun together and left alone: {plain_ms:.1f} ms;"
    " our aim: a median of 20 ms |",
    "instances": "| 100,000 copies with new numbers, 20 sent a second and {updates_per_second:.0f}"
    " of them taken: software rendering drew {frames_per_second:.0f} frames a second |"
    " {ms_per_update:.1f} ms of script an update, where several share a frame's upload |"
    " our aim: 15 ms |",
    "look": "| `look` of an agent over MCP in a world of 1,000 things | {look_p50_ms:.1f} ms, p99"
    " {look_p99_ms:.1f} ms; {look_after_change_p50_ms:.1f} ms, p99"
    " {look_after_change_p99_ms:.1f} ms after a change | a bare answer: {bare_p50_ms:.2f} ms;"
    " our aim: 5 ms, p99 25 ms |",
}
"""Benchmark → its rows of the page."""
AIMS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "bodies": lambda run: run["bodies"] >= 500 and run["core"] <= 1,
    "panels": lambda run: run["patched"]["fps"] >= 30,
    "records": lambda run: (
        run["statements"] >= 1_000_000
        and run["seconds"] >= 60
        and run["kept_per_s_sustained"] >= 2_000
        and run["query_p95_ms"] <= 50
        and run["query_meanwhile_p95_ms"] <= 50
    ),
    "mastery": lambda run: (
        run["answers"] == 24_000
        and run["pybkt_published_by_ours"] >= 20
        and max(run["error_without_chance"].values()) <= 0.01
        and max(run["error_rms"].values()) <= 0.01
    ),
    "pybkt": lambda run: run["answers"] == 24_000 and run["pybkt_by_ours"] >= 20,
    "block": lambda run: run["both_ways_p99_ms"] <= 100 and run["words_heard"] == 0,
    "film": lambda run: run["ours_ms"] <= 20,
    "instances": lambda run: run["rows"] >= 100_000 and run["ms_per_update"] <= 15,
    "look": lambda run: run["look_p50_ms"] <= 5 and run["look_p99_ms"] <= 25,
}
"""Benchmark → whether a run reaches what the page says that we aim for."""
Kind = tuple[str, dict[str, object]]
SMALL: dict[str, object] = {"entities": 10_000}
LARGE: dict[str, object] = {"entities": 100_000}
ROWS_OF_KINDS: list[tuple[Kind, str]] = [
    (("open", SMALL), "| a world of a million records and 10,000 things, opened | {open_ms:.0f} ms;"
     " {killed_ms:.0f} ms with the longest tail that a kill leaves | our aim: 300 ms |"),
    (("open", LARGE), "| the same with 100,000 things | {open_ms:.0f} ms; {killed_ms:.0f} ms with"
     " the longest tail | our aim: 1 s |"),
    (("open", SMALL), "| the file of 10,000 things | {file_bytes_to_body_bytes:.3f} times what its"
     " records say | our aim: 1.6 |"),
    (("at", SMALL), "| the state's hash after 100 changes of 10,000 things |"
     " {state_hash_100_changes_ms:.2f} ms | our aim: 1 ms |"),
    (("verify", SMALL), "| every hash of its million records verified | {verify_s:.1f} s | their"
     " hashes alone on one core: {hashes_alone_s:.2f} s; our aim: 4 s |"),
]  # fmt: skip
"""Kind of run → a row of the page."""
AIMS_OF_KINDS: list[tuple[Kind, Callable[[dict[str, Any]], bool]]] = [
    (("open", SMALL), lambda run: max(run["open_ms"], run["killed_ms"]) <= 300),
    (("open", SMALL), lambda run: run["file_bytes_to_body_bytes"] <= 1.6),
    (("open", LARGE), lambda run: max(run["open_ms"], run["killed_ms"]) <= 1_000),
    (("at", SMALL), lambda run: run["at_p99_ms"] <= 60),
    (("at", SMALL), lambda run: run["state_hash_100_changes_ms"] <= 1),
    (("at", SMALL), lambda run: run["snapshot_longest_wait_ms"] <= 10),
    (("verify", SMALL), lambda run: run["verify_s"] <= 4),
    (("proof", {}), lambda run: run["signed_file_p99_ms"] <= 2 and run["path_bytes_max"] <= 1_024),
]
"""Kind of run → whether it reaches what the page says that we aim for, a million records long."""
DEVICES = ("phone", "headset", "desktop", "software")


@pytest.mark.parametrize("benchmark", ROWS)
def test_a_row_of_the_page_is_the_newest_committed_run(benchmark: str) -> None:
    wanted = ROWS[benchmark].format(**newest(benchmark)).splitlines()
    assert [row for row in wanted if row not in FIGURES.read_text("utf-8").splitlines()] == []


@pytest.mark.parametrize("benchmark", AIMS)
def test_the_newest_committed_run_reaches_the_aim_that_the_page_names(benchmark: str) -> None:
    assert AIMS[benchmark](newest(benchmark)), newest(benchmark)


@pytest.mark.parametrize(("kind", "row"), ROWS_OF_KINDS)
def test_a_row_of_one_kind_of_run_is_the_newest_committed_one(kind: Kind, row: str) -> None:
    benchmark, of = kind
    assert row.format(**newest(benchmark, **of)) in FIGURES.read_text("utf-8").splitlines()


@pytest.mark.parametrize(("kind", "reaches"), AIMS_OF_KINDS)
def test_the_newest_run_of_a_long_history_reaches_its_aim(
    kind: Kind, reaches: Callable[[dict[str, Any]], bool]
) -> None:
    benchmark, of = kind
    run = newest(benchmark, **of)
    assert run.get("events", run.get("records")) == 1_000_000
    assert reaches(run), run


@pytest.mark.parametrize(("part", "whole"), [("simulation", 100_000), ("kills", 1_000)])
def test_the_newest_whole_soak_of_a_part_was_clean(part: str, whole: int) -> None:
    run = newest_soak(part, done=whole)
    assert run["failed"] == []
    assert run.get("a_minute_of_one_core", 1_000) >= 1_000


@pytest.mark.parametrize("device", DEVICES)
def test_the_newest_committed_run_keeps_each_devices_budget(device: str) -> None:
    run = newest("budget", device=device)
    limits = run["limits"]
    assert [name for name in limits if run[name] > limits[name]] == run["over"] == []


def test_every_benchmark_stands_on_the_page_of_figures() -> None:
    known = [p.name for p in (ROOT / "benchmarks").glob("*.py") if not p.name.startswith("_")]
    told = FIGURES.read_text("utf-8")
    assert [name for name in known if f"benchmarks/{name}" not in told] == []
