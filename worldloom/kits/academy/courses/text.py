"""Courses as text: `course.toml` is read with the line of every fault, and written again."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from worldloom.kits.academy.courses.checking import Fault, faults, refusal
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")
_AT: Final = re.compile(r"(?s)(.*?)(?: - at `(.*)`)?$")
_UNKNOWN: Final = re.compile(r"unknown field `(.*)`")
_MISSING: Final = re.compile(r"missing required field `(.*)`")


def read(text: str) -> Course:
    """Return the course that a text says; raises Invalid with the line of what is wrong."""
    course = parse(text)
    if found := faults(course):
        raise refusal([_located(fault, text) for fault in found])
    return course


def parse(text: str) -> Course:
    """Return the course that a text says, which may have faults; raises Invalid for no course."""
    if len(text.encode(errors="replace")) > LIMITS.file_bytes_max:
        raise refusal([Fault(
            "$", "the course is too long", f"use at most {LIMITS.file_bytes_max} bytes of text"
        )])  # fmt: skip
    try:
        parsed = tomllib.loads(text)
        none = list(_no_numbers(parsed, "$"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refusal([_no_toml(str(error))]) from error
    if none:
        raise refusal([_located(fault, text) for fault in none[: LIMITS.faults_max]])
    try:
        return msgspec.convert(parsed, Course)
    except msgspec.ValidationError as error:
        raise refusal([_located(_no_course(str(error)), text)]) from error


def write(course: Course) -> str:
    """Return a course as text, which reads as the same course."""
    return "".join(_table(msgspec.to_builtins(course), "", Course)).lstrip("\n")


def lines_of(text: str) -> dict[str, int]:
    """Return where each table and key of a text stands: `$.scene[0].id` → its line, from 1."""
    found = {"$": 1}
    here, counts, quoted = "$", dict[str, int](), ""
    for number, line in enumerate(text.splitlines(), 1):
        if not quoted and (header := _HEADER.match(line)):
            here = _enter(header[2].split("."), header[1] == "[[", counts)
            found.setdefault(here, number)
            found.setdefault(here.rpartition("[")[0], number)
        elif not quoted and (key := _KEY.match(line)):
            found.setdefault(f"{here}.{key[1]}", number)
        quoted = _open_quote(line, quoted)
    return found


def _enter(names: list[str], is_item: bool, counts: dict[str, int]) -> str:
    """Return the path of a table's header; an item of a list is a new one of its list."""
    here = "$"
    for place, name in enumerate(names):
        here = f"{here}.{name}"
        last = place == len(names) - 1
        if last and is_item:
            counts[here] = counts.get(here, -1) + 1
        if here in counts:
            here = f"{here}[{counts[here]}]"
    return here


def _open_quote(line: str, quoted: str) -> str:
    """Return the quotes of a text of several lines that is still open after a line."""
    at = 0
    while at < len(line):
        if quoted:
            at = line.find(quoted, at)
            if at < 0:
                return quoted
            at, quoted = at + 3, ""
            continue
        found = re.compile(r"\"{3}|'{3}|\"(?:[^\"\\]|\\.)*\"|'[^']*'|#").search(line, at)
        if found is None or found[0] == "#":
            return ""
        at, quoted = found.end(), found[0] if found[0] in ('"""', "'''") else ""
    return quoted


def _located(fault: Fault, text: str) -> Fault:
    """Add the line that a fault stands on, or that of what it stands in."""
    known, path = lines_of(text), fault.path
    while path not in known:
        path = path[: max(path.rfind("."), path.rfind("["))]
    return msgspec.structs.replace(fault, line=known[path])


def _no_numbers(value: Any, path: str) -> Iterator[Fault]:
    """Yield the numbers that TOML knows and nothing can reckon with: inf, nan, beyond 64 bits."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _no_numbers(one, f"{path}.{key}")
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _no_numbers(one, f"{path}[{at}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Fault(path, f"{_last(path)} is {value}", "write a number that has an end")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield Fault(path, f"{_last(path)} is too large a number", "write a smaller one")


def _last(path: str) -> str:
    return path.rpartition(".")[2][:50]


def _no_toml(message: str) -> Fault:
    where = re.search(r"\(at line (\d+), column \d+\)", message)
    told = message[:200] if where is None else message[: where.start()].strip()
    fix = 'see https://toml.io: key = "text", and [[scene]] before a scene\'s own lines'
    return Fault("$", f"this is no TOML: {told}", fix, int(where[1]) if where else 0)


def _no_course(message: str) -> Fault:
    """Make a fault of what msgspec says, in the words of someone who writes a course."""
    said = _AT.match(message)
    told, path = (said[1], said[2] or "$") if said else (message, "$")
    if unknown := _UNKNOWN.search(told):
        return Fault(f"{path}.{unknown[1]}", f"there is nothing called {unknown[1][:50]!r} here",
                     "look for a slip of the pen, or leave it out")  # fmt: skip
    if missing := _MISSING.search(told):
        return Fault(path, f"{missing[1]} is missing", f'write {missing[1]} = "…"')
    return Fault(path, told[:300].replace("`", ""), "write it as the guide to courses shows")


def _table(values: dict[str, Any], name: str, kind: Any) -> Iterator[str]:
    """Yield a table's own keys, then its lists of tables; what is as it would be is left out."""
    plain = {field.encode_name: field.default for field in msgspec.structs.fields(kind)}
    items: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    for key, value in values.items():
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
            items[key] = ("[[{}]]", list(value))
        elif isinstance(value, dict):
            items[key] = ("[{}]", [value])
        elif value is not None and value != plain[key] and value not in ((), []):
            yield f"{key} = {_value(value)}\n"
    for key, (header, rows) in items.items():
        inner = next(f for f in msgspec.structs.fields(kind) if f.encode_name == key)
        path = f"{name}.{key}" if name else key
        for row in rows:
            yield f"\n{header.format(path)}\n"
            yield from _table(row, path, inner.type.__args__[0])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode().replace("\x7f", "\\u007F")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)
