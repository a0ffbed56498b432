"""The answers to idempotency keys, and how a person goes from them."""

from __future__ import annotations

import re
from typing import Any

import apsw
import msgspec

ANSWERS = """
CREATE TABLE answer(key TEXT PRIMARY KEY, expires INTEGER NOT NULL, body BLOB NOT NULL)
    WITHOUT ROWID;
"""
_ID = re.compile(r"[ev][0-9]{1,16}").fullmatch


def without_person(key: str, body: bytes, person: str) -> bytes | None:
    """Return an answer as it may stay once a person is forgotten; None: it goes.

    The person's own go. Of the others' stay the digest and the seqs, so that a repeated command is
    still done once; a result with any text in it goes, as it may be their words.
    """
    if key.partition("/")[2].startswith(f"{person}/"):
        return None
    digest, seq, result, *more = msgspec.msgpack.decode(body)
    if not _has_text(result):
        return body
    return msgspec.msgpack.encode((digest, seq, None, *more))


def _has_text(result: Any) -> bool:
    if isinstance(result, str):
        return not _ID(result)
    if isinstance(result, dict):
        return any(map(_has_text, result.values()))
    return isinstance(result, bytes) or isinstance(result, list) and any(map(_has_text, result))


def keep(writer: apsw.Connection, answer: tuple[str, int, bytes]) -> None:
    """Keep the answer to a key: (key, expiry in microseconds, body)."""
    writer.execute("INSERT OR REPLACE INTO answer VALUES(?,?,?)", answer)


def purge(writer: apsw.Connection, person: str) -> None:
    """Write the table of answers anew without a person: a removed row may have left a copy."""
    rows: list[Any] = writer.execute("SELECT key, expires, body FROM answer").fetchall()
    writer.execute("DROP TABLE answer").fetchall()
    writer.execute(ANSWERS).fetchall()
    for key, expires, body in rows:
        kept = without_person(key, body, person)
        if kept is not None:
            keep(writer, (key, expires, kept))
