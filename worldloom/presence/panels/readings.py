"""The widgets that show something: texts, pictures, tables, lists, bars, charts, time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS
from worldloom.presence.panels.base import Audience, Base
from worldloom.presence.panels.data import (
    bad_data,
    column_of,
    points_of,
    rows_of,
    series_of,
    table_columns,
)
from worldloom.presence.panels.pictures import source_of
from worldloom.presence.panels.widget import Scope, Widget

ChartKind: TypeAlias = Literal["line", "bar", "scatter"]
Tone: TypeAlias = Literal["good", "bad"]
"""How a text is meant: as good news, or as what went wrong."""
Item: TypeAlias = str | Mapping[str, Any]
ITEM_PROPS = ("title", "text", "image", "key", "label")


class Readings(Base):
    """What a panel can be asked for that shows something to people."""

    def text(
        self, text: str = "", *, live: bool = False, tone: Tone | None = None, label: str = "",
        id: str = "", for_: Audience = None,
    ) -> Widget[None]:  # fmt: skip
        """Add a line of text; `live`: screen readers are told when it changes.

        With a `tone` it stands out by colour, sign and a word: that of its `label`, if it has one.
        """
        if tone not in (None, *get_args(Tone)):
            raise Misused(f"{tone!r} is no tone", 'tone="good" or "bad"', code="bad_widget")
        props = {"text": text, "live": live, "tone": tone, "label": label or None}
        return self.add("text", "", props, id=id, for_=for_)

    def markdown(self, text: str, *, id: str = "", for_: Audience = None) -> Widget[None]:
        """Add headings, lists, links, bold, italic and code; never HTML."""
        return self.add("markdown", "", {"text": text}, id=id, for_=for_)

    def image(
        self, source: Any, alt: str, *, height: float | None = None, id: str = "",
        for_: Audience = None,
    ) -> Widget[None]:  # fmt: skip
        """Add a picture: a file beside yours, an asset's sha256, or an array of pixels.

        `alt` says what it shows to those who do not see it; `height` is CSS pixels.
        """
        props = {"source": source, "alt": alt, "height": height}
        return self.add("image", alt, props, id=id, for_=for_, ready={"source": source_of})

    def video(
        self, source: str, label: str, *, captions: str = "", loop: bool = False, id: str = "",
        for_: Audience = None,
    ) -> Widget[None]:  # fmt: skip
        """Add a film: a file beside yours or an asset; `captions`: WebVTT text."""
        props = {"label": label, "source": source, "captions": captions or None, "loop": loop}
        return self.add("video", label, props, id=id, for_=for_, ready={"source": source_of})

    def progress(
        self, label: str, value: float | None = 0.0, *, id: str = "", for_: Audience = None
    ) -> Widget[float]:
        """Add a bar of how much is done, from 0 to 1; None: it is not known."""
        props = {"label": label, "value": value}
        return self.add("progress", label, props, id=id, for_=for_)

    def meter(
        self,
        label: str,
        value: float = 0.0,
        *,
        min: float = 0.0,
        max: float = 1.0,
        low: float | None = None,
        high: float | None = None,
        best: float | None = None,
        unit: str = "",
        id: str = "",
        for_: Audience = None,
    ) -> Widget[float]:
        """Add a bar of a measured value; it warns outside `low` to `high`, and far from `best`."""
        props = {
            "label": label, "min": min, "max": max, "low": low, "high": high, "best": best,
            "unit": unit or None, "value": value,
        }  # fmt: skip
        return self.add("meter", label, props, id=id, for_=for_)

    def table(
        self,
        data: Any,
        rows: Any = None,
        *,
        label: str = "",
        filter: bool | None = None,
        window: int | None = None,
        id: str = "",
        for_: Audience = None,
    ) -> Widget[None]:
        """Add a table of a frame, of a mapping of names to columns, or of names and rows.

        People sort it, and filter it where it is long or `filter` says so; `window` is the most
        rows that are kept of those appended. As a decorator it takes what follows a press on a row.
        """
        props = {
            "label": label or None, "data": data if rows is None else (data, rows),
            "filter": filter, "window": window, "pressed": False,
        }  # fmt: skip
        made: Widget[None] = self.add(
            "table", label, props, id=id, for_=for_,
            ready={"data": _table, "append": lambda more: rows_of(made.read("data"), more)},
        )  # fmt: skip
        return made

    def list(
        self, items: Iterable[Item] = (), *, label: str = "", window: int | None = None,
        id: str = "", for_: Audience = None,
    ) -> Widget[None]:  # fmt: skip
        """Add a list of texts, or of `{"title", "text", "key"}`; its decorator follows presses."""
        return self._items("list", items, label, window, id, for_)

    def cards(
        self, items: Iterable[Item] = (), *, label: str = "", window: int | None = None,
        id: str = "", for_: Audience = None,
    ) -> Widget[None]:  # fmt: skip
        """Add cards of `{"title", "text", "image", "key"}`; its decorator follows presses."""
        return self._items("cards", items, label, window, id, for_)

    def _items(
        self, kind: str, items: Iterable[Item], label: str, window: int | None, id: str,
        for_: Audience,
    ) -> Widget[None]:  # fmt: skip
        props = {"label": label or None, "data": items, "window": window, "pressed": False}
        ready = {"data": items_of, "append": items_of}
        return self.add(kind, label, props, id=id, for_=for_, ready=ready)

    def chart(
        self,
        label: str,
        data: Any,
        *,
        x: Any = None,
        names: Sequence[str] | None = None,
        kind: ChartKind = "line",
        window: int | None = None,
        unit: str = "",
        zoom: bool = False,
        id: str = "",
        for_: Audience = None,
    ) -> Widget[None]:
        """Add a chart of a frame (its index is x), a mapping, `[x, y, …]`, or one y; NumPy or not.

        `kind`: line, bar or scatter; `window`: the most points that are kept of those appended.
        """
        if kind not in ("line", "bar", "scatter"):
            raise Misused(
                f"{kind!r} is no chart", 'kind="line", "bar" or "scatter"', code="bad_widget"
            )
        series = series_of(data, x, names)
        props = {
            "label": label, "type": kind, "names": series.names, "axis": series.axis,
            "data": series.columns, "window": window, "unit": unit or None, "zoom": zoom,
        }  # fmt: skip
        made: Widget[None] = self.add(
            "chart", label, props, id=id, for_=for_,
            ready={
                "data": lambda given: _same_lines(given, series.names),
                "names": lambda given: given,
                "append": lambda more: points_of(made.read("data"), more),
            },
        )  # fmt: skip
        return made

    def histogram(
        self, label: str, values: Any, *, bins: int = 20, range: tuple[float, float] | None = None,
        unit: str = "", id: str = "", for_: Audience = None,
    ) -> Widget[None]:  # fmt: skip
        """Add a histogram of values; appended ones are counted into the same bins."""
        first, _ = _counted(values, bins, range)

        def recount(given: Any) -> Any:
            return _counted(given, first, None)

        def more(given: Any) -> Any:
            return _counted(np.concatenate([np.atleast_1d(one) for one in given]), first, None)

        props = {"label": label, "data": values, "unit": unit or None}
        ready = {"data": recount, "append": more}
        return self.add("histogram", label, props, id=id, for_=for_, ready=ready)

    def heat(
        self, label: str, data: Any, *, rows: Sequence[str] = (), columns: Sequence[str] = (),
        unit: str = "", id: str = "", for_: Audience = None,
    ) -> Widget[None]:  # fmt: skip
        """Add a heat map of a matrix: rows from top to bottom, named or numbered."""
        props = {
            "label": label,
            "data": data,
            "rows": rows,
            "columns": columns,
            "unit": unit or None,
        }
        ready = {"data": _matrix, "rows": _names, "columns": _names}
        return self.add("heat", label, props, id=id, for_=for_, ready=ready)

    def timeline(
        self,
        label: str,
        items: Iterable[Sequence[Any]] = (),
        *,
        value: float | None = None,
        window: int | None = None,
        id: str = "",
        scope: Scope = "each",
        for_: Audience = None,
    ) -> Widget[float]:
        """Add stretches of time `(start, end, label)`, or `(start, end, label, lane)`.

        Times are numbers or dates (then UTC seconds). `value` is a moment that people can move;
        its decorator follows a press on a stretch (its place from 0) or a new moment.
        """
        data, axis = _stretches(items)
        edges = [edge for stretch in data for edge in stretch[:2]]
        least, most = (min(edges), max(edges)) if edges else (0.0, 1.0)
        props = {
            "label": label, "data": data, "axis": axis,
            "min": least, "max": max(most, least + 1e-9), "step": 0,
            "moment": value is not None, "window": window, "pressed": False,
            "value": least if value is None else value,
        }  # fmt: skip
        ready = {
            "data": lambda given: _stretches(given)[0],
            "append": lambda more: _stretches(more)[0],
        }
        return self.add("timeline", label, props, id=id, scope=scope, for_=for_, ready=ready)


def _table(given: Any) -> Any:
    if isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], str):
        return table_columns(*given)
    return table_columns(given)


def _same_lines(given: Any, names: tuple[str, ...]) -> Any:
    series = series_of(given)
    if len(series.names) != len(names):
        raise bad_data(f"a chart of {len(names)} lines was given {len(series.names)}")
    return series.columns


def _counted(values: Any, bins: Any, span: tuple[float, float] | None) -> tuple[Any, Any]:
    column, kind = column_of(values)
    if kind == "text":
        raise bad_data("a histogram counts numbers")
    finite = np.asarray(column, np.float64)
    finite = finite[np.isfinite(finite)]
    if isinstance(bins, np.ndarray):
        finite = np.clip(finite, bins[0], bins[-1])
    elif not 0 < bins <= LIMITS.panel_items_max:
        raise bad_data(f"a histogram of {bins} bins")
    counts, edges = np.histogram(finite, bins, span)
    return edges.astype(np.float64), counts.astype(np.float64)


def _matrix(given: Any) -> Any:
    array = np.asarray(given, np.float64)
    if array.ndim != 2 or 0 in array.shape:
        raise bad_data(f"a heat map is a matrix, not {array.ndim} dimensions")
    if array.size > LIMITS.panel_points_max:
        raise bad_data(f"a heat map of over {LIMITS.panel_points_max} numbers")
    return array.shape[1], array.ravel()


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(name) for name in given)


def items_of(items: Iterable[Item]) -> tuple[dict[str, Any], ...]:
    """Return items with a title and a key each; raises Misused."""
    found = []
    for at, item in enumerate(items):
        given = {"title": item} if isinstance(item, str) else dict(item)
        unknown = given.keys() - set(ITEM_PROPS)
        if unknown or "title" not in given:
            raise bad_data(f"an item has {', '.join(ITEM_PROPS)}, not {', '.join(sorted(unknown))}")
        given = {name: str(value) for name, value in given.items() if name != "image"} | (
            {"image": source_of(given["image"])} if "image" in given else {}
        )
        given.setdefault("key", str(given["title"]) if not isinstance(item, str) else str(at))
        found.append(given)
    if len(found) > LIMITS.panel_items_max:
        raise bad_data(f"over {LIMITS.panel_items_max} items")
    return tuple(found)


def _stretches(items: Iterable[Sequence[Any]]) -> tuple[tuple[Any, ...], str]:
    rows = [tuple(item) for item in items]
    if any(not 3 <= len(row) <= 4 for row in rows) or len(rows) > LIMITS.panel_items_max:
        raise bad_data("a stretch is (start, end, label) or (start, end, label, lane)")
    edges, axis = column_of([edge for row in rows for edge in row[:2]])
    if axis == "text" or not all(math.isfinite(float(edge)) for edge in edges):
        raise bad_data("a stretch goes from a time to a time")
    found = tuple(
        (min(start, end), max(start, end), str(row[2]), str(row[3]) if len(row) > 3 else "")
        for row, start, end in zip(
            rows, map(float, edges[::2]), map(float, edges[1::2]), strict=True
        )
    )
    return found, axis
