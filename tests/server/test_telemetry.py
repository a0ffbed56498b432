"""Telemetry over HTTP: the list, a span as a chart wants it, a fork's share, wrong questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.asking import Site
from worldloom.testing.fixtures import Server

STATION = '''"""A station that measures."""

import numpy as np

from worldloom import World

world = World("station")
temperature = world.telemetry("temperature", unit="°C")


@world.action
def measure(start: int, count: int) -> None:
    """Measure once a second."""
    times = start + np.arange(count) * 1_000_000
    temperature.append(20 + np.arange(count) % 10 / 10, times)
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the station."""
    folder = tmp_path_factory.mktemp("station")
    (folder / "station.py").write_text(STATION)
    running = Server(folder / "realm.loom", str(folder / "station.py"))
    running.start()
    yield Site(running)
    assert running.stop() == 0


def test_a_series_is_listed_read_by_spans_and_shared_with_forks(site: Site) -> None:
    path = "/api/worlds/station/telemetry"
    assert site.nobody.get(path).json == {"series": []}
    assert site.guest().act("station", "measure", start=0, count=9_000).status == 200
    [card] = site.nobody.get(path).json["series"]
    assert card == {
        "series": "temperature", "unit": "°C", "count": 9_000, "chunks": 3,
        "first": 0, "last": 8_999_000_000, "min": 20.0, "max": 20.9,
    }  # fmt: skip

    found = site.nobody.get(f"{path}/temperature?from=1000000&to=100000000&points=4").json
    assert (found["from"], found["to"], found["unit"]) == (1_000_000, 100_000_000, "°C")
    assert sum(found["count"]) == 100
    assert (min(found["min"]), max(found["max"])) == (20.0, 20.9)
    assert len({len(found[name]) for name in ("t_us", "min", "max", "mean", "count")}) == 1
    whole = site.nobody.get(f"{path}/temperature?points=1").json
    assert (whole["t_us"], whole["count"]) == ([0], [9_000])
    assert whole["mean"] == [pytest.approx(20.45)]
    later = site.nobody.get(f"{path}/temperature?from=9000000000&to=9000000001").json
    assert later["t_us"] == []

    made = site.owner().post("/api/worlds/station/fork", {"name": "winter"})
    assert made.status == 201
    assert site.owner().act("winter", "measure", start=9_000_000_000, count=10).status == 200
    counts = [
        site.nobody.get(f"/api/worlds/{name}/telemetry").json["series"][0]["count"]
        for name in ("station", "winter")
    ]
    assert counts == [9_000, 9_010]


def test_everyone_reads_the_head_of_a_chunk_and_nobody_is_sent_the_chunk(site: Site) -> None:
    assert site.guest().act("station", "measure", start=10**12, count=1).status == 200
    records = site.nobody.get("/api/worlds/station/events?limit=1000").json["records"]
    head, chunk = records[-2:]
    assert head["kind"] == "Measured" and len(head["data"]["sha256"]) == 64
    assert chunk["redacted"]


def test_wrong_questions_are_answered_by_what_is_wrong(site: Site) -> None:
    path = "/api/worlds/station/telemetry"
    assert site.nobody.get(f"{path}/pressure").code == "not_found"
    assert site.nobody.get(f"{path}/temperature?from=9&to=3").status == 422
    assert site.nobody.get(f"{path}/temperature?points=0").status == 422
