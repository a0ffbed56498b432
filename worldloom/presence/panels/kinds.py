"""The kinds of widgets: which hold a value, what a value may be, and what can be pressed.

What comes from a visitor is bounded here: a number is clamped to its range and step, a text cut,
an option that is none refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from worldloom.kernel.errors import Invalid, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.presence.panels.data import joined, joined_rows
from worldloom.presence.panels.graphs import Graph, done, whole

Props = Mapping[str, Any]
Check = Callable[[Props, Any, Any], Any]
"""(props, the value as it is, what came) → the new value; raises Invalid."""
Join = Callable[[Any, Any, Props], Any]
"""(what is there, what was appended, props) → both."""


class Kind(msgspec.Struct, frozen=True):
    """What the server knows of one kind of widget."""

    name: str
    check: Check | None = None
    """What makes a value of what a visitor sends; None: it holds no value."""
    pressed: bool = False
    """Whether it, or an item of it, can be pressed."""
    join: Join | None = None
    """How more data are put to its data."""
    holds: bool = False
    """Whether other widgets stand in it."""


class Upload(msgspec.Struct, frozen=True):
    """A file that someone gave to an upload: kept under its sha256 (hex) as an asset."""

    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    name: Annotated[str, Meta(max_length=200)]
    media: Annotated[str, Meta(max_length=100)]
    bytes: Annotated[int, Meta(ge=0, le=LIMITS.asset_bytes_max)]


def bad_value(why: str, fix: str = "") -> Invalid:
    """Make the error for a value that a widget cannot have."""
    return Invalid(why, fix or "send what the widget takes", code="bad_value", field="value")


def _toggle(props: Props, now: Any, given: Any) -> bool:
    if not isinstance(given, bool):
        raise bad_value("a toggle is true or false")
    return given


def _number(props: Props, now: Any, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise bad_value("this takes a finite number")
    least, most, step = props["min"], props["max"], props["step"]
    value = float(given)
    if step:
        start = least if least is not None else 0.0
        value = start + round((value - start) / step) * step
        # Decimal steps stay as they are written: 0.1 + 0.2 is 0.3.
        value = float(f"{value:.12g}")
    if most is not None:
        value = min(value, float(most))
    if least is not None:
        value = max(value, float(least))
    return value if math.isfinite(value) else float(now)


def _choice(props: Props, now: Any, given: Any) -> str:
    if not any(given == value for value, _ in props["options"]):
        raise bad_value("this is none of the options")
    return str(given)


def _field(props: Props, now: Any, given: Any) -> str:
    if not isinstance(given, str):
        raise bad_value("this takes a text")
    shown = "".join(
        c if c.isprintable() or (c == "\n" and props["lines"] > 1) else " " for c in given
    )
    return shown[: props["most"]]


def _graph(props: Props, now: Any, given: Any) -> Graph:
    if not props["editable"]:
        raise bad_value("this graph is only shown", "ask its author")
    if isinstance(given, dict) and "nodes" in given:
        return whole(given)
    return done(now, given)


def _upload(props: Props, now: Any, given: Any) -> Upload:
    try:
        file = msgspec.convert(given, Upload)
    except msgspec.ValidationError as error:
        raise bad_value(f"this is no uploaded file: {error}") from error
    accepted = props["accept"]
    if accepted and not any(file.media == one or file.media.startswith(one) for one in accepted):
        raise bad_value(f"a {file.media} is not wanted here", f"choose {', '.join(accepted)}")
    return file


def _join_series(old: Any, new: Any, props: Props) -> Any:
    most = LIMITS.panel_points_max // max(1, len(old))
    window = min(props["window"] or most, most)
    return tuple(joined(one, more, window) for one, more in zip(old, new, strict=True))


def _join_rows(old: Any, new: Any, props: Props) -> Any:
    most = LIMITS.panel_cells_max // max(1, len(old))
    return joined_rows(old, new, min(props["window"] or most, most))


def _join_counts(old: Any, new: Any, props: Props) -> Any:
    return (old[0], old[1] + new[1])


def _join_items(old: Any, new: Any, props: Props) -> Any:
    most = LIMITS.panel_items_max
    return (*old, *new)[-min(props["window"] or most, most) :]


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("column", holds=True), Kind("row", holds=True), Kind("group", holds=True),
        Kind("tabs", holds=True), Kind("tab", holds=True),
        Kind("text"), Kind("markdown"), Kind("image"), Kind("video"),
        Kind("progress"), Kind("meter"), Kind("form"),
        Kind("button", pressed=True),
        Kind("toggle", _toggle), Kind("slider", _number), Kind("number", _number),
        Kind("choice", _choice), Kind("field", _field), Kind("upload", _upload),
        Kind("table", pressed=True, join=_join_rows),
        Kind("list", pressed=True, join=_join_items), Kind("cards", pressed=True, join=_join_items),
        Kind("timeline", _number, pressed=True, join=_join_items),
        Kind("chart", join=_join_series), Kind("histogram", join=_join_counts), Kind("heat"),
        Kind("graph", _graph),
    )
}  # fmt: skip


def checked(kind: Kind, props: Props, now: Any, given: Any) -> Any:
    """Return the value that a widget takes of what came; raises Invalid for what it cannot."""
    if kind.check is None:
        raise bad_value(f"a {kind.name} has no value", "press it, or send to another widget")
    try:
        return kind.check(props, now, given)
    except WorldloomError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_value(f"this is no value of a {kind.name}") from error
