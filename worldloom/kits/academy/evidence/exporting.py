"""The door `/evidence/`: how learners did and what was seen of them, as CSV or JSON.

It is for instructors. `COURSE.csv` has the steps, `COURSE.people.csv` the learners with what came
of it, `COURSE.json` both and the whole group.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from worldloom import Entry, Invalid, NotFound, Projection, Row, Rows, World, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk, Door
from worldloom.kits.academy.courses import attempts
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.evidence.events import Observed
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS
from worldloom.kits.academy.evidence.people import PEOPLE, group, people
from worldloom.kits.academy.instructors import Instructors

TABLE: Final = "evidence"
PAGE: Final = 1_000
INT64_MAX: Final = 2**63 - 1
COLUMNS: Final = (
    "learner", "course", "step", "number", "answered", "right", "tries", "errors", "hesitation_s",
    "seconds", "looked_before_deciding", "walked_m", "dwell_s", "first_look_s", "head_m", "hands_m",
    "pitch_low_deg", "pitch_mean_deg", "pitch_high_deg", "name",
)  # fmt: skip
WHO: Final = "people"
"""What stands between a course and `.csv` for its learners."""
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


class Told(NamedTuple):
    """What a course's runs say: what learners are called, a row each, and the group."""

    names: dict[str, str]
    people: list[dict[str, Any]]
    group: dict[str, Any]


async def answer(asked: Asked, clerk: Clerk) -> Answered:
    """Answer for `COURSE.csv`, `COURSE.people.csv`, `COURSE.json`; raises NotFound, and Invalid.

    Where there are more steps than one answer has, it says so: `next`, a `Link`, and the file's
    name. Learners and group stand in the first answer as JSON alone.
    """
    if asked.method not in ("GET", "HEAD"):
        error = WorldloomError("evidence is only read here", "ask by GET", code="wrong_method")
        error.status = 405
        raise error
    what, _, form = asked.path.strip("/").rpartition(".")
    # No course has a dot in its id.
    course, _, who = what.partition(".")
    known = form in ("csv", "json") if not who else (who, form) == (WHO, "csv")
    if not course or len(course) > 48 or what.endswith(".") or not known:
        raise NotFound("there is nothing here", "ask for COURSE.csv, COURSE.people.csv, "
                       "or COURSE.json", code="no_page")  # fmt: skip
    told = await clerk.decide(lambda world: told_of(world, course))
    name = "".join(letter if letter.isalnum() else "-" for letter in course)
    if who:
        return _file(f"{name}-{WHO}", as_csv(told.people, PEOPLE), form)
    most = _whole(asked, "limit", LIMITS.export_rows_max, 1, LIMITS.export_rows_max)
    after = _whole(asked, "after", 0, 0, INT64_MAX)
    # Opening what is sealed takes a while: others are served meanwhile.
    rows, following = await asyncio.to_thread(page_of, course, clerk, after, most)
    for row in rows:
        row["name"] = told.names.get(row["learner"], row["learner"])
    headers: tuple[tuple[str, str], ...] = ()
    if following:
        # A file without the rest says so by its name: CSV has no other place.
        name += f"-more-after-{following}"
        where = f"{asked.base}/{quote(course)}.{form}?after={following}&limit={most}"
        headers = (("Link", f'<{where}>; rel="next"'),)
    if form == "csv":
        return _file(name, as_csv(rows), form, headers)
    whole: dict[str, Any] = {"rows": rows}
    if told.group and not after:
        whole |= {"people": told.people, **told.group}
    if following:
        whole["next"] = following
    return _file(name, msgspec.json.encode(whole), form, headers)


def told_of(world: World, course: str) -> Told:
    """Return what the newest runs of a course say; only names where it is taught no more."""
    every = list(attempts.newest(world, course))
    names = attempts.names(world, every)
    kits = (kit for kit in world.used if isinstance(kit, Courses))
    taught = next((kit.courses[course] for kit in kits if course in kit.courses), None)
    if taught is None:
        return Told(names, [], {})
    runs = [known.run for known in every]
    return Told(names, people(taught, runs, names), group(taught, runs))


def _file(name: str, body: bytes, form: str, headers: tuple[tuple[str, str], ...] = ()) -> Answered:
    """Return an answer that a browser saves."""
    media = "application/json" if form == "json" else "text/csv; charset=utf-8"
    saved = ("Content-Disposition", f'attachment; filename="evidence-{name}.{form}"')
    return Answered(200, body, media, (*headers, saved))


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


def as_csv(rows: list[dict[str, Any]], columns: Sequence[str] = COLUMNS) -> bytes:
    """Return rows as CSV (RFC 4180); maps are written as `name=number; …`, lists as `name; …`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        value = [f"{name}={number}" for name, number in value.items()]
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return str(value)
