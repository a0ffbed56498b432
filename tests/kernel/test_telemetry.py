"""Telemetry: what is appended is what is read, its bounds are true, and its hash is in the log."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import Host
from worldloom.kernel.columns import pack
from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import Record
from worldloom.kernel.schema import decode
from worldloom.kernel.telemetry import (
    CHUNK_ROWS,
    Chunk,
    Measured,
    Telemetry,
    Times,
    Values,
    buckets,
    samples,
)
from worldloom.kernel.world import World

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
SAMPLES = st.lists(st.tuples(st.integers(0, 2**50), NUMBER), min_size=1, max_size=50)


class Station:
    """A world with a thermometer, which a test appends to."""

    def __init__(self) -> None:
        self.host = Host()
        self.world = World("station")
        self.series = self.world.telemetry("temperature", unit="°C")
        self.given: tuple[object, ...] = ()

        @self.world.action
        def measure() -> None:
            """Append what the test gave."""
            self.series.append(*self.given)

        self.host.open(self.world)

    def measure(self, *given: object) -> list[Record]:
        """Append in a group of its own and return its records."""
        self.given = given
        before = self.host.realm.world("station").seq
        self.host.do("station", "measure")
        return self.host.records("station", before)


def read(records: list[Record]) -> tuple[Times, Values]:
    """Return all samples of some records, and check what each head says of its chunk."""
    found = []
    for head, chunk in zip(records[::2], records[1::2], strict=True):
        said = decode(Measured, head.payload)
        data = decode(Chunk, chunk.payload).data
        assert said.sha256 == sha256(data).hexdigest()
        times, values = samples(data)
        assert (said.count, said.first, said.last) == (len(times), times[0], times[-1])
        assert (said.minimum, said.maximum) == (values.min(), values.max())
        assert said.minimum <= said.mean <= said.maximum
        found.append((times, values))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


@given(SAMPLES)
def test_what_is_read_is_what_was_appended(rows: list[tuple[int, float]]) -> None:
    rows.sort(key=lambda row: row[0])
    given_times, given_values = [row[0] for row in rows], [row[1] for row in rows]
    times, values = read(Station().measure(given_values, given_times))
    assert times.tolist() == given_times
    assert values.tobytes() == np.array(given_values).tobytes()


def test_one_number_is_measured_now() -> None:
    station = Station()
    times, values = read(station.measure(20.5))
    assert (times.tolist(), values.tolist()) == ([station.host.now], [20.5])


def test_many_samples_are_several_chunks_of_one_group_whatever_they_are() -> None:
    noise = np.random.default_rng(1)
    count = 2 * CHUNK_ROWS + 1
    given_times = np.sort(noise.integers(0, 2**53, count))
    given_values = noise.standard_normal(count) * 10.0 ** noise.integers(-300, 300, count)
    records = Station().measure(given_values, given_times)
    assert len(records) == 6 and len({record.group for record in records}) == 1
    times, values = read(records)
    assert np.array_equal(times, given_times) and np.array_equal(values, given_values)


def test_nothing_is_a_chunk_too_few() -> None:
    assert Station().measure([], np.zeros(0, np.int64)) == []


@pytest.mark.parametrize(
    ("given_samples", "why"),
    [
        (("warm", 1), "no numbers"),
        (([1.0, 2.0], None), "one whole time"),
        (([1.0, 2.0], [1]), "one whole time"),
        (([1.0], [1.5]), "one whole time"),
        (([[1.0]], [[1]]), "one whole time"),
        (([float("nan")], [1]), "finite"),
        (([1.0, 2.0], [2, 1]), "backwards"),
        (([1.0], [-1]), "microsecond"),
        (([1.0], [2**60]), "microsecond"),
        ((np.zeros(LIMITS.telemetry_samples_max + 1), np.arange(200_001)), "at once"),
    ],
)
def test_what_are_no_samples_is_refused(given_samples: tuple[object, ...], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Station().measure(*given_samples)


def test_a_series_has_a_plain_name() -> None:
    with pytest.raises(Misused, match="series"):
        Telemetry(World("station"), "Hall °C")


def test_a_chunk_of_other_columns_is_refused() -> None:
    with pytest.raises(Invalid, match="times and values"):
        samples(pack([np.arange(3)]))


@given(SAMPLES, st.integers(1, 20))
def test_buckets_are_true_of_their_samples(rows: list[tuple[int, float]], points: int) -> None:
    times = np.array([row[0] for row in rows], np.int64)
    values = np.array([row[1] for row in rows], np.float64)
    start, end = int(times.min()), int(times.max())
    found = buckets(times, values, start, end, points)
    assert 0 < len(found) <= points
    assert sum(row[4] for row in found) == len(rows)
    span = max(-(-(end - start + 1) // points), 1)
    for moment, least, most, mean, count in found:
        inside = values[(times >= moment) & (times < moment + span)]
        assert (least, most, count) == (inside.min(), inside.max(), len(inside))
        assert least <= mean <= most


def test_no_samples_are_no_buckets() -> None:
    assert buckets(np.zeros(0, np.int64), np.zeros(0), 0, 10, 5) == []
