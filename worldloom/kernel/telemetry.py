"""Telemetry: long series of measured numbers, kept in chunks of columns inside the log.

Each chunk is two records of one group: `Measured`, which everyone may read and which holds the
chunk's hash, and after it the private `Chunk` with the columns themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.columns import pack, unpack
from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import WHOLE_MAX, Event

if TYPE_CHECKING:
    from worldloom.kernel.world import World

Times = NDArray[np.int64]
Values = NDArray[np.float64]
CHUNK_ROWS: Final = 4_000
"""Samples of one chunk: even such as cannot be compressed then fit into an event."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}").fullmatch


class Measured(Event):
    """Samples were added to a series: their times (UTC microseconds), bounds, and chunk's hash."""

    series: str
    unit: str
    count: int
    first: int
    last: int
    minimum: float
    maximum: float
    mean: float
    sha256: str


class Chunk(Event, private=True):
    """The samples of the `Measured` right before it: times and values as packed columns."""

    data: bytes


MEASURED: Final = Measured.__kind__.name


class Telemetry:
    """A series of one world, made by `world.telemetry`; what it holds is read over HTTP."""

    def __init__(self, world: World, name: str, unit: str = "") -> None:
        """Name a series by lower case letters, digits, `-` and `_`; raises Misused."""
        if not isinstance(name, str) or not _NAME(name):
            raise Misused(
                f"{name!r} cannot be a series' name",
                "use lower case letters, digits, - and _, for instance hall-temperature",
                code="bad_name",
            )
        self.world = world
        self.name = name
        self.unit = unit[: LIMITS.name_characters_max]

    def append(self, values: object, times: object = None) -> None:
        """Add samples to the handler's group: numbers, with their times in UTC microseconds.

        One number needs no time: it is the step's. Times do not run backwards within one call.
        Raises Invalid.
        """
        if times is None and np.ndim(values) == 0:  # type: ignore[arg-type]
            times = self.world.now
        numbers, moments = _columns(values, times)
        for start in range(0, len(numbers), CHUNK_ROWS):
            part = slice(start, start + CHUNK_ROWS)
            for event in _events(self.name, self.unit, moments[part], numbers[part]):
                self.world.append(event)


def _columns(values: object, times: object) -> tuple[Values, Times]:
    """Return samples as columns of one length; raises Invalid."""
    try:
        numbers = np.atleast_1d(np.asarray(values, np.float64))
        moments = np.atleast_1d(np.asarray(times))
    except (TypeError, ValueError) as error:
        raise Invalid(f"samples are no numbers: {error}", "append(values, times)") from error
    if moments.dtype.kind not in "iu" or numbers.ndim != 1 or numbers.shape != moments.shape:
        raise Invalid(
            "samples need one whole time in UTC microseconds for each value",
            "append([20.5, 20.6], [1700000000000000, 1700000001000000])",
            field="times",
        )
    if len(numbers) > LIMITS.telemetry_samples_max:
        raise Invalid(
            f"{len(numbers)} samples at once, at most {LIMITS.telemetry_samples_max} are taken",
            "append them in several groups",
            code="too_large",
        )
    if not np.isfinite(numbers).all():
        raise Invalid("a sample is no finite number", "leave it out", field="values")
    if len(moments) and not (0 <= moments.min() and moments.max() <= WHOLE_MAX):
        raise Invalid("a time is no UTC microsecond", "time.time_ns() // 1000", field="times")
    moments = moments.astype(np.int64)
    if (np.diff(moments) < 0).any():
        raise Invalid("times run backwards", "sort the samples by time", field="times")
    return numbers, moments


def _events(name: str, unit: str, times: Times, values: Values) -> Sequence[Event]:
    data = pack([times, values])
    lowest, highest = float(values.min()), float(values.max())
    # Divided first: a sum of huge numbers would leave the range of floats, and rounding still may.
    with np.errstate(over="ignore"):
        mean = float(np.clip((values / len(values)).sum(), lowest, highest))
    return (
        Measured(
            name, unit, len(values), int(times[0]), int(times[-1]), lowest, highest, mean,
            sha256(data).hexdigest(),
        ),
        Chunk(data),
    )  # fmt: skip


def samples(data: bytes) -> tuple[Times, Values]:
    """Return the times and values of a chunk; raises Invalid."""
    columns: list[Any] = unpack(data)
    if [column.dtype for column in columns] != [np.int64, np.float64]:
        raise Invalid("a chunk of telemetry does not hold times and values", "loom verify")
    return columns[0], columns[1]


def buckets(times: Times, values: Values, start: int, end: int, points: int) -> list[list[Any]]:
    """Return [time, least, greatest, mean, count] of at most `points` equal spans of time.

    The spans divide start..end (microseconds, both inclusive); one without samples is left out.
    """
    span = max(-(-(end - start + 1) // points), 1)
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    which = (times - start) // span
    firsts = np.flatnonzero(np.diff(which, prepend=-1))
    if not len(firsts):
        return []
    counts = np.diff(np.append(firsts, len(times)))
    least, most = np.minimum.reduceat(values, firsts), np.maximum.reduceat(values, firsts)
    with np.errstate(over="ignore"):
        means = np.clip(np.add.reduceat(values / np.repeat(counts, counts), firsts), least, most)
    moments = start + which[firsts] * span
    columns = (moments, least, most, means, counts)
    return [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]
