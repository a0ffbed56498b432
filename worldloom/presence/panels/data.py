"""Numbers, names and times of charts and tables: from what authors have, to columns for the wire.

A column is a float64 array (times are UTC seconds) or a tuple of texts. Frames are known by their
looks, so that pandas is never imported here.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS

Numbers: TypeAlias = NDArray[np.float64]
Column: TypeAlias = Numbers | tuple[str, ...]
ColumnKind: TypeAlias = Literal["number", "time", "text"]
_TIMES: Final = (datetime.datetime, datetime.date)


class Named(NamedTuple):
    """A column, how it is called, and what it holds."""

    name: str
    kind: ColumnKind
    cells: Column


def bad_data(why: str) -> Misused:
    """Make the error for data that no chart or table can show."""
    return Misused(
        why,
        "give a frame, a mapping of names to columns, or columns of equal length",
        code="bad_data",
    )


def column_of(values: Any) -> tuple[Column, ColumnKind]:
    """Return a sequence as a column; dates become UTC seconds, what is no number becomes text."""
    if not isinstance(values, np.ndarray) and hasattr(values, "to_numpy"):
        values = values.to_numpy()
    try:
        array = np.atleast_1d(np.asarray(values))
    except (TypeError, ValueError) as error:
        raise bad_data(f"a column is no sequence of one kind: {error}") from error
    if array.ndim != 1:
        raise bad_data(f"a column has {array.ndim} dimensions")
    if array.dtype.kind == "M":
        return _seconds(array), "time"
    if array.dtype.kind in "biuf":
        return np.ascontiguousarray(array, np.float64), "number"
    return _column_of_objects(array.tolist())


def _seconds(array: NDArray[Any]) -> Numbers:
    seconds = array.astype("datetime64[us]").astype(np.float64) / 1e6
    seconds[np.isnat(array)] = np.nan
    return seconds


def _column_of_objects(cells: list[Any]) -> tuple[Column, ColumnKind]:
    known = [cell for cell in cells if not _is_missing(cell)]
    if known and all(isinstance(cell, _TIMES) for cell in known):
        return np.array([_timestamp(cell) for cell in cells]), "time"
    if known and all(isinstance(cell, (int, float, np.number)) for cell in known):
        numbers = [np.nan if _is_missing(cell) else float(cell) for cell in cells]
        return np.array(numbers, np.float64), "number"
    return tuple("" if _is_missing(cell) else _text(cell) for cell in cells), "text"


def _is_missing(cell: Any) -> bool:
    # NaN and NaT alone differ from themselves; pandas' NA answers neither way.
    try:
        return cell is None or bool(cell != cell)
    except (TypeError, ValueError):
        return True


def _timestamp(cell: Any) -> float:
    if _is_missing(cell):
        return float("nan")
    if not isinstance(cell, datetime.datetime):
        cell = datetime.datetime(cell.year, cell.month, cell.day, tzinfo=datetime.UTC)
    if cell.tzinfo is None:
        cell = cell.replace(tzinfo=datetime.UTC)
    return float(cell.timestamp())


def _text(cell: Any) -> str:
    return str(cell)[: LIMITS.panel_text_characters_max]


def is_frame(data: Any) -> bool:
    """Tell whether this looks like a data frame: named columns and an index."""
    return all(hasattr(data, name) for name in ("columns", "index", "__getitem__", "shape"))


def table_columns(data: Any, rows: Any = None) -> tuple[Named, ...]:
    """Return the columns of a frame, a mapping, or of column names with rows; raises Misused."""
    if is_frame(data):
        found = [Named(str(name), *_swap(column_of(data[name]))) for name in data.columns]
    elif isinstance(data, Mapping):
        found = [Named(str(name), *_swap(column_of(cells))) for name, cells in data.items()]
    else:
        found = _columns_of_rows(data, () if rows is None else rows)
    lengths = {len(column.cells) for column in found}
    if len(lengths) > 1:
        raise bad_data(f"columns of different lengths: {sorted(lengths)}")
    if sum(len(column.cells) for column in found) > LIMITS.panel_cells_max:
        raise bad_data(f"a table of over {LIMITS.panel_cells_max} cells")
    return tuple(found)


def _columns_of_rows(names: Sequence[Any], rows: Any) -> list[Named]:
    rows = [tuple(row) for row in rows]
    if any(len(row) != len(names) for row in rows):
        raise bad_data(f"a row has not {len(names)} cells")
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    # An object array keeps 1 and "1" apart, which a plain one would make the same.
    columns = [_column_of_objects(list(column)) for column in cells]
    if not rows:
        columns = [(np.empty(0), "number")] * len(names)
    return [
        Named(str(name), kind, column) for name, (column, kind) in zip(names, columns, strict=True)
    ]


def _swap(found: tuple[Column, ColumnKind]) -> tuple[ColumnKind, Column]:
    return found[1], found[0]


class Series(NamedTuple):
    """What a chart shows: the names of its lines, what x is, and the columns, x first."""

    names: tuple[str, ...]
    axis: ColumnKind
    columns: tuple[Column, ...]


def series_of(data: Any, x: Any = None, names: Sequence[str] | None = None) -> Series:
    """Return a frame (its index is x), a mapping, `[x, y, …]` or one y as series, or Misused."""
    found: list[Any]
    if is_frame(data):
        x = data.index if x is None else x
        names, found = _numeric_columns(data)
    elif isinstance(data, Mapping):
        names, found = tuple(map(str, data)), list(data.values())
    elif np.ndim(data[0] if len(data) else 0) == 0:
        found = [data]
    else:
        found = list(data)
        if x is None:
            x, *found = found
    ys = [_numbers(y) for y in found]
    count = len(ys[0]) if ys else 0
    across, axis = (np.arange(float(count)), "number") if x is None else column_of(x)
    labels = tuple(map(str, names or [f"y{n + 1}" if len(ys) > 1 else "y" for n in range(len(ys))]))
    if len(labels) != len(ys):
        raise bad_data(f"{len(ys)} lines have {len(labels)} names")
    if any(len(y) != len(across) for y in ys):
        raise bad_data(f"a line has not {len(across)} points")
    if (len(ys) + 1) * len(across) > LIMITS.panel_points_max:
        raise bad_data(f"a chart of over {LIMITS.panel_points_max} numbers")
    return Series(labels, axis, (across, *ys))  # type: ignore[arg-type]


def _numeric_columns(frame: Any) -> tuple[tuple[str, ...], list[Any]]:
    pairs = [(str(name), column_of(frame[name])) for name in frame.columns]
    kept = [(name, column) for name, (column, kind) in pairs if kind == "number"]
    return tuple(name for name, _ in kept), [column for _, column in kept]


def _numbers(values: Any) -> Numbers:
    column, _ = column_of(values)
    if isinstance(column, tuple):
        raise bad_data("a line of a chart is made of numbers")
    return column


def points_of(columns: Sequence[Column], given: Sequence[Any]) -> tuple[Column, ...]:
    """Return new points for the columns of a chart, each one number or many; raises Misused."""
    if len(given) == len(columns) - 1:  # x goes on by itself
        last = columns[0]
        start = float(last[-1]) + 1 if isinstance(last, np.ndarray) and len(last) else 0.0
        given = (start + np.arange(float(np.size(given[0]))), *given)
    if len(given) != len(columns):
        raise bad_data(f"{len(given)} columns were appended to {len(columns)}")
    found = tuple(column_of(column)[0] for column in given)
    if len({len(column) for column in found}) != 1:
        raise bad_data("the appended columns have different lengths")
    if any(
        isinstance(new, tuple) != isinstance(old, tuple)
        for old, new in zip(columns, found, strict=True)
    ):
        raise bad_data("names were appended to numbers, or numbers to names")
    return found


def rows_of(columns: Sequence[Named], rows: Sequence[Sequence[Any]]) -> tuple[Named, ...]:
    """Return rows as further cells of a table's columns, in their kinds; raises Misused."""
    found = _columns_of_rows([column.name for column in columns], rows)
    return tuple(
        _fitting(old, new, [row[at] for row in rows])
        for at, (old, new) in enumerate(zip(columns, found, strict=True))
    )


def _fitting(old: Named, new: Named, cells: list[Any]) -> Named:
    if old.kind == new.kind or not len(old.cells):
        return new
    if old.kind != "text":
        raise bad_data(f"the column {old.name} holds no {new.kind}")
    texts = tuple("" if _is_missing(cell) else _text(cell) for cell in cells)
    return Named(old.name, "text", texts)


def joined(old: Column, new: Column, most: int) -> Column:
    """Return a column with more cells at its end and at most so many in all."""
    if isinstance(old, tuple) or isinstance(new, tuple):
        return (*map(str, old), *map(str, new))[-most:]
    both = np.concatenate((old, new))
    return both[-most:].copy() if len(both) > most else both


def joined_rows(old: Sequence[Named], new: Sequence[Named], most: int) -> tuple[Named, ...]:
    """Return a table's columns with more rows at their end."""
    return tuple(
        Named(one.name, more.kind if not len(one.cells) else one.kind,
              joined(one.cells, more.cells, most) if len(one.cells) else more.cells[-most:])
        for one, more in zip(old, new, strict=True)
    )  # fmt: skip


def wire_form(value: Any) -> Any:
    """Return a prop as msgpack carries it: an array as the bytes of its little-endian float64."""
    if isinstance(value, np.ndarray):
        return value.astype("<f8", copy=False).tobytes()
    if isinstance(value, Named):
        return {"name": value.name, "kind": value.kind, "cells": wire_form(value.cells)}
    if isinstance(value, (tuple, list)):
        # Long tuples of texts, such as a column, are passed as they are.
        return value if value and isinstance(value[0], str) else [wire_form(one) for one in value]
    if isinstance(value, dict):
        return {name: wire_form(one) for name, one in value.items()}
    return value
