"""The HTTP interface of a world's tables: what they hold, as far as they have read the log."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import Invalid
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.projection import Projection, Scalar
from worldloom.kernel.rights import Deed, Standing, check, decide
from worldloom.server.auth import Who
from worldloom.server.house import House
from worldloom.server.replies import Json, whole_number
from worldloom.stores.refusals import table_unknown

Reader = Callable[[Request], tuple[LiveWorld, Who, Standing]]
ASKED = frozenset({"after", "limit"})
"""Query parameters that are no columns."""
PAGE_ROWS = 1_000
INT64 = 2**63


class TablesApi:
    """The endpoints under /api/worlds/{world}/tables."""

    def __init__(self, house: House, reader: Reader) -> None:
        self._engine = house.engine
        self._reader = reader

    async def list_tables(self, request: Request) -> Response:
        """List the tables that the caller may read."""
        live, _, standing = self._reader(request)
        found = [
            {
                "name": table.name,
                "doc": (table.row.__doc__ or "").strip(),
                "key": table.key,
                "columns": {column: kind.__name__ for column, kind in table.columns.items()},
            }
            for table in live.world.projections.values()
            if decide(standing, reading(live.name, table)) is None
        ]
        return Json({"tables": found})

    async def rows(self, request: Request) -> Response:
        """Return rows in order of the key; columns in the query must be equal."""
        live, _, standing = self._reader(request)
        known = live.world.projections
        name = request.path_params["table"]
        if name not in known:
            tables = known.values()
            may = [one for one in tables if decide(standing, reading(live.name, one)) is None]
            raise table_unknown(name, [one.name for one in may])
        table = known[name]
        check(standing, reading(live.name, table))
        limit = whole_number(request, "limit", PAGE_ROWS, 1, LIMITS.table_page_rows_max)
        query = request.query_params
        where = {
            column: _typed(table, column, query[column]) for column in query if column not in ASKED
        }
        after = _key(table, query.get("after"))
        await self._engine.durable(live.name)
        select = self._engine.store.select
        found = await asyncio.to_thread(select, live.stream, name, where, after, limit)
        rows = [_shown(row) for row in found.rows]
        answer: dict[str, Any] = {"seq": found.seq, "rows": rows}
        if len(rows) == limit:
            answer["next"] = msgspec.json.encode(table.key_of(found.rows[-1])).decode()
        if found.error:
            answer["stopped"] = found.error
        return Json(answer)


def reading(world: str, table: Projection[Any]) -> Deed:
    """Return what reading a table is to the decision about rights."""
    return Deed("read", table.role, said=f"reading the table {table.name}", world=world)


def _typed(table: Projection[Any], column: str, text: str) -> Scalar:
    """Return a query's text as a value of the column; raises Invalid."""
    table.check_where({column: text})
    kind = table.columns[column]
    try:
        if kind is bytes:
            return base64.b64decode(text, validate=True)
        value: Scalar = text if kind is str else msgspec.convert(text, kind, strict=False)
        if type(value) is int and not -INT64 <= value < INT64:
            raise ValueError("beyond 64 bits")
    except (msgspec.ValidationError, ValueError) as error:
        raise Invalid(
            f"{column} is not {kind.__name__}", f"give one {kind.__name__}", field=column
        ) from error
    return value


def _key(table: Projection[Any], text: str | None) -> tuple[Scalar, ...]:
    """Return the key after which rows are wanted, as a page's `next` gave it."""
    if text is None:
        return ()
    kinds = tuple(table.columns[column] for column in table.key)
    try:
        key: tuple[Scalar, ...] = msgspec.json.decode(text, type=tuple[kinds])  # type: ignore[valid-type]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            "after is no key", "give the `next` of the page before", field="after"
        ) from error
    return key


def _shown(row: Any) -> dict[str, Any]:
    return {
        column: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for column, value in msgspec.structs.asdict(row).items()
    }
