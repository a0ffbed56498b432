"""Whether a file that says it is a realm holds tables only, and nothing that acts by itself."""

from __future__ import annotations

import apsw

from worldloom.kernel.errors import Invalid
from worldloom.stores import refusals

KINDS = frozenset({"table", "index"})
TYPES = {
    "stream": {"id": "integer", "name": "text", "seq": "integer", "head": "blob",
               "frontier": "blob", "parent": "integer", "fork": "integer"},
    "cursor": {"name": "text", "stream": "integer", "value": "blob"},
    "meta": {"key": "text", "value": "blob"},
    "asset": {"id": "integer", "sha256": "text", "media": "text", "size": "integer"},
}  # fmt: skip
"""The small tables, whose columns SQLite lets hold anything; records carry hashes instead."""


def check_shape(connection: apsw.Connection, path: str) -> None:
    """Raise Invalid (`not_a_realm`) for views, triggers, and tables that compute what they hold.

    A file from elsewhere could answer a read without an end, or change what is written into it.
    """
    for kind, name in connection.execute("SELECT type, name FROM sqlite_schema"):
        if kind not in KINDS:
            raise _odd(path, f"{kind} {name}")
    tables = connection.execute(
        "SELECT name, type FROM pragma_table_list WHERE schema='main' AND name<>'sqlite_schema'"
    ).fetchall()
    for name, kind in tables:
        if kind != "table":
            raise _odd(path, f"{kind} table {name}")
        hidden = connection.execute(
            "SELECT name FROM pragma_table_xinfo(?) WHERE hidden<>0", (name,)
        ).get
        if hidden is not None:
            raise _odd(path, f"computed column {name}.{hidden}")


def _odd(path: str, what: object) -> Invalid:
    message = f"{path} is not a realm file: it has the {str(what)[:100]}"
    return Invalid(message, "take the file from its maker's own `loom export`", code="not_a_realm")


def check_types(connection: apsw.Connection, path: str) -> None:
    """Raise Unavailable (`store_corrupt`) where a small table holds what it never would.

    A stream that continues itself, by whatever way round, would be followed without an end.
    """
    for table, columns in TYPES.items():
        odd = " OR ".join(f"typeof({name})<>'{kind}'" for name, kind in columns.items())
        if connection.execute(f"SELECT 1 FROM {table} WHERE {odd} LIMIT 1").get is not None:
            raise refusals.store_corrupt(path, f"{table} holds a value of another type")
    wrong = "id<1 OR seq<0 OR fork<0 OR fork>seq OR parent<0 OR parent>=id"
    if connection.execute(f"SELECT 1 FROM stream WHERE {wrong} LIMIT 1").get is not None:
        raise refusals.store_corrupt(path, "a stream has no place that it could have")
