"""The door `/evidence/`: what was seen of learners, as CSV or JSON, for instructors."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from worldloom import Entry, Invalid, NotFound, Projection, Row, Rows, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk, Door
from worldloom.kits.academy.courses import attempts
from worldloom.kits.academy.evidence.events import Observed
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS
from worldloom.kits.academy.instructors import Instructors

TABLE: Final = "evidence"
PAGE: Final = 1_000
INT64_MAX: Final = 2**63 - 1
COLUMNS: Final = (
    "learner", "course", "step", "number", "answered", "right", "tries", "errors", "hesitation_s",
    "seconds", "looked_before_deciding", "walked_m", "dwell_s", "first_look_s", "head_m", "hands_m",
    "pitch_low_deg", "pitch_mean_deg", "pitch_high_deg", "name",
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
    """Answer a request for `COURSE.csv` or `COURSE.json`; raises NotFound, and Invalid.

    Where there is more than one answer has, it says so: `next`, a `Link`, and the file's name.
    """
    if asked.method not in ("GET", "HEAD"):
        error = WorldloomError("evidence is only read here", "ask by GET", code="wrong_method")
        error.status = 405
        raise error
    course, _, form = asked.path.strip("/").rpartition(".")
    if not course or len(course) > 48 or form not in ("csv", "json"):
        raise NotFound("there is nothing here", "ask for COURSE.csv or COURSE.json",
                       code="no_page")  # fmt: skip
    most = _whole(asked, "limit", LIMITS.export_rows_max, 1, LIMITS.export_rows_max)
    after = _whole(asked, "after", 0, 0, INT64_MAX)
    # Opening what is sealed takes a while: others are served meanwhile.
    rows, following = await asyncio.to_thread(page_of, course, clerk, after, most)
    names = await clerk.decide(lambda world: attempts.names(world, attempts.newest(world, course)))
    for row in rows:
        row["name"] = names.get(row["learner"], row["learner"])
    name = "".join(letter if letter.isalnum() else "-" for letter in course)
    told: dict[str, Any] = {"rows": rows}
    headers: tuple[tuple[str, str], ...] = ()
    if following:
        # A file without the rest says so by its name: CSV has no other place.
        name += f"-more-after-{following}"
        told["next"] = following
        where = f"{asked.base}/{quote(course)}.{form}?after={following}&limit={most}"
        headers = (("Link", f'<{where}>; rel="next"'),)
    headers += (("Content-Disposition", f'attachment; filename="evidence-{name}.{form}"'),)
    if form == "json":
        return Answered(200, msgspec.json.encode(told), "application/json", headers)
    return Answered(200, as_csv(rows), "text/csv; charset=utf-8", headers)


def page_of(
    course: str, clerk: Clerk, after: int = 0, most: int = LIMITS.export_rows_max
) -> tuple[list[dict[str, Any]], int]:
    """Return what was seen after a seq, the oldest first, but of those who are forgotten.

    Also the seq after which there is more than that many; 0 where that was all.
    """
    seqs: list[int] = []
    while len(seqs) <= most:
        wanted = min(PAGE, most + 1 - len(seqs))
        since = seqs[-1] if seqs else after
        kept = clerk.select(TABLE, {"course": course}, (course, since), wanted).rows
        seqs += [row.at for row in kept]
        if len(kept) < wanted:
            break
    rows = []
    for start in range(0, min(len(seqs), most), PAGE):
        for one in clerk.events(Observed, seqs[start : min(start + PAGE, most)]):
            if isinstance(one.event, Observed) and (row := row_of(one.event, one.time)):
                rows.append(row)
    return rows, seqs[most - 1] if len(seqs) > most else 0


def _whole(asked: Asked, name: str, usual: int, least: int, most: int) -> int:
    """Return a whole number of the query; raises Invalid."""
    text = dict(asked.query).get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
        raise Invalid(f"{name} is no whole number from {least} to {most}",
                      f"write {name}={usual}", field=name)  # fmt: skip
    return int(text)


def row_of(event: Observed, time: int) -> dict[str, Any]:
    """Return one step by COLUMNS; nothing for who is forgotten. `time` is microseconds UTC."""
    seen = event.seen.value
    if seen is None:
        return {}
    when = datetime.fromtimestamp(time / 1e6, UTC).isoformat(timespec="milliseconds")
    values = (
        event.learner, event.course, event.step, event.number, when, seen.right, seen.tries,
        seen.errors, seen.hesitation, seen.seconds, seen.looked, seen.metres, seen.dwell,
        seen.first, seen.head_m, seen.hands_m, *(seen.pitch or (None, None, None)), event.learner,
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
