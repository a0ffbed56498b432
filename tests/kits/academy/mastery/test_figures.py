"""Fitting a skill is measured beside pyBKT's published time; what was committed keeps the promise.

It is a ratio of two machines, so that it says the order of magnitude: the promise is 20 times.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.mastery import PUBLISHED_PYBKT_S, measure

RESULTS = Path(__file__).parents[4] / "benchmarks/results"
TIMES_MIN = 20
ERROR_MAX = 0.01
SEEDS_MIN = 50


def committed() -> list[dict[str, Any]]:
    """Return what was measured of it and committed, the oldest first."""
    files = sorted(RESULTS.glob("*.jsonl"))
    found = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    return [one for one in found if one.get("benchmark") == "mastery"]


def test_the_newest_committed_fit_is_twenty_times_as_fast_as_the_published_one() -> None:
    measured = committed()
    assert measured[-1]["pybkt_published_by_ours"] >= TIMES_MIN
    assert measured[-1]["seeds"] >= SEEDS_MIN, "no few that happen to be near"
    assert max(measured[-1]["error_rms"].values()) <= ERROR_MAX


def test_a_measurement_says_how_many_times_as_fast_it_was() -> None:
    found: dict[str, Any] = measure(60, 8, 1, seeds=3)
    assert max(found["error_rms"].values()) <= found["error_max"]
    assert found["error_worst_median"] <= found["error_max"]
    assert found["pybkt_published_s"] == PUBLISHED_PYBKT_S
    assert float(str(found["pybkt_published_by_ours"])) > 0
