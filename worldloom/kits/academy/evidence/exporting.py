"""The door `/evidence/`: what was seen of learners, as CSV or JSON, for instructors."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from worldloom import Entry, NotFound, Projection, Row, Rows, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk, Door
from worldloom.kits.academy.evidence.events import Observed
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS
from worldloom.kits.academy.instructors import Instructors

TABLE: Final = "evidence"
PAGE: Final = 1_000
COLUMNS: Final = (
    "learner", "course", "step", "number", "answered", "right", "tries", "errors", "hesitation_s",
    "seconds", "looked_before_deciding", "walked_m", "dwell_s", "first_look_s",
)  # fmt: skip
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for something to reckon."""


class Kept(Row, frozen=True):
    """Where the log has what was seen."""

    course: str
    at: int


def table() -> Projection[Kept]:
    """Return the table of what was seen, by courses."""
    made = Projection(TABLE, Kept, key=("course", "at"))

    @made.on(Observed)
    def keep(event: Observed, entry: Entry, rows: Rows[Kept]) -> None:
        rows.put(Kept(event.course, entry.seq))

    return made


def door(instructors: Instructors) -> Door:
    """Return the door, which answers instructors."""

    async def ask(asked: Asked, clerk: Clerk) -> Answered:
        instructors.check(asked.who)
        return await answer(asked, clerk)

    return Door("evidence", ask, instructors.needs, body_bytes_max=0)


async def answer(asked: Asked, clerk: Clerk) -> Answered:
    """Answer a request for `COURSE.csv` or `COURSE.json`; raises NotFound."""
    if asked.method not in ("GET", "HEAD"):
        error = WorldloomError("evidence is only read here", "ask by GET", code="wrong_method")
        error.status = 405
        raise error
    course, _, form = asked.path.strip("/").rpartition(".")
    if not course or len(course) > 48 or form not in ("csv", "json"):
        raise NotFound("there is nothing here", "ask for COURSE.csv or COURSE.json",
                       code="no_page")  # fmt: skip
    # Opening what is sealed takes a while: others are served meanwhile.
    rows = await asyncio.to_thread(lambda: list(rows_of(course, clerk)))
    name = "".join(letter if letter.isalnum() else "-" for letter in course)
    save = ("Content-Disposition", f'attachment; filename="evidence-{name}.{form}"')
    if form == "json":
        return Answered(200, msgspec.json.encode({"rows": rows}), "application/json", (save,))
    return Answered(200, as_csv(rows), "text/csv; charset=utf-8", (save,))


def rows_of(course: str, clerk: Clerk) -> Iterator[dict[str, Any]]:
    """Yield what was seen, the oldest first, but of those who are forgotten."""
    after: tuple[Any, ...] = ()
    for _ in range(LIMITS.export_rows_max // PAGE):
        kept = clerk.select(TABLE, {"course": course}, after, PAGE).rows
        for one in clerk.events(Observed, [row.at for row in kept]):
            if isinstance(one.event, Observed) and (row := row_of(one.event, one.time)):
                yield row
        if len(kept) < PAGE:
            return
        after = (course, kept[-1].at)


def row_of(event: Observed, time: int) -> dict[str, Any]:
    """Return one step by COLUMNS; nothing for who is forgotten. `time` is microseconds UTC."""
    seen = event.seen.value
    if seen is None:
        return {}
    when = datetime.fromtimestamp(time / 1e6, UTC).isoformat(timespec="milliseconds")
    values = (
        event.learner, event.course, event.step, event.number, when, seen.right, seen.tries,
        seen.errors, seen.hesitation, seen.seconds, seen.looked, seen.metres, seen.dwell,
        seen.first,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """Return rows as CSV (RFC 4180); maps are written as `name=seconds; …`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        value = "; ".join(f"{name}={seconds}" for name, seconds in value.items())
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return str(value)
