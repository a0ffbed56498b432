"""What was measured of the record store and committed keeps its promise, beside plain SQLite."""

from __future__ import annotations

from tests.docs.test_figures import newest

KEPT_PER_S_MIN = 2_000
ASKED_P95_MS_MAX = 50.0


def test_the_newest_committed_run_keeps_two_thousand_a_second_among_a_million() -> None:
    found = newest("records")
    assert found["statements"] >= 1_000_000 and found["seconds"] >= 60
    assert found["kept_per_s_sustained"] >= KEPT_PER_S_MIN
    assert found["query_p95_ms"] <= ASKED_P95_MS_MAX
    beside = {"plain_insert_per_s", "plain_insert_per_s_among_all", "plain_select_p95_ms"}
    assert beside <= found.keys()
