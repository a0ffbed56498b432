"""Where people's keys are kept in a realm's file, so that one can be destroyed without a trace.

A secret lies in a row that is never moved: rows are only added at the end and never removed, and
to destroy one is to overwrite it with zeros in its place. A row that SQLite moves when it splits a
page can leave a copy in the page's gap, which `secure_delete` does not reach: 2 of 1,500, measured.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import apsw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.sealing import SECRET_BYTES, Cipher, Home, Owner

KEY_TABLES = """
CREATE TABLE IF NOT EXISTS secret(slot INTEGER PRIMARY KEY, secret BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS person_key(key INTEGER PRIMARY KEY, slot INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS person(
    person TEXT NOT NULL, stream INTEGER NOT NULL, key INTEGER NOT NULL, seq INTEGER NOT NULL,
    plain INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(person, stream, key)) WITHOUT ROWID;
"""
"""`person` names the streams and the first seq under each key; key 0: in plain text, of format 2;
-1: the same of someone who is forgotten since."""
PLAIN, HIDDEN = 0, -1


class Ciphers:
    """The ciphers in use; one that was destroyed is never handed out again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, Cipher] = {}
        self._held: dict[int, Cipher] = {}
        self._dying: set[int] = set()
        self._generation = 0
        """Counts forgettings: what was read before one is not kept after it."""

    def find(self, key: int, read: Callable[[int], bytes | None]) -> Cipher | None:
        """Return the cipher of a key, which is read from the store at need."""
        while True:
            known = self._known.get(key) or self._held.get(key)
            if known is not None or key in self._dying:
                return known
            generation, secret = self._generation, read(key)
            if secret is None or secret == bytes(SECRET_BYTES):
                return None
            with self._lock:
                if generation == self._generation:
                    if len(self._known) >= LIMITS.keys_in_memory_max:
                        del self._known[next(iter(self._known))]
                    self._known[key] = AESGCM(secret)

    def hold(self, key: int, secret: bytes) -> None:
        """Know a key whose first group is still on its way."""
        with self._lock:
            self._held[key] = AESGCM(secret)

    def kept(self, key: int) -> None:
        """Take note that a key is in the store."""
        with self._lock:
            self._held.pop(key, None)

    def drop(self, keys: Iterable[int]) -> None:
        """Hand these out no more, though readers still find them until the commit ends."""
        with self._lock:
            self._generation += 1
            for key in keys:
                self._dying.add(key)
                self._known.pop(key, None)
                self._held.pop(key, None)

    def settle(self) -> None:
        """Believe the store again, once the commit that destroyed keys has ended either way."""
        with self._lock:
            self._generation += 1
            self._dying.clear()
            self._known.clear()


def secret_of(reader: apsw.Connection, key: int) -> bytes | None:
    """Return a key's secret; zeros where it was destroyed."""
    query = "SELECT secret FROM person_key JOIN secret USING(slot) WHERE key=?"
    found: bytes | None = reader.execute(query, (key,)).get
    return found


def key_of(reader: apsw.Connection, person: str) -> tuple[int, bytes] | None:
    """Return the id and the secret of a person's key."""
    query = (
        "SELECT key, secret FROM person JOIN person_key USING(key) JOIN secret USING(slot)"
        " WHERE person=? ORDER BY key LIMIT 1"
    )
    found: tuple[int, bytes] | None = reader.execute(query, (person,)).fetchone()
    return found


def homes(reader: apsw.Connection, person: str) -> list[Home]:
    """Return where a person's data stand, sealed or plain."""
    query = "SELECT stream, min(seq), sum(plain) FROM person WHERE person=? GROUP BY stream"
    return [Home(*row) for row in reader.execute(query, (person,))]


def hidden(reader: apsw.Connection) -> frozenset[str]:
    """Return the forgotten people of whom plain text of old stands in the log."""
    query = "SELECT DISTINCT person FROM person WHERE key=?"
    return frozenset(row[0] for row in reader.execute(query, (HIDDEN,)))


def keep(writer: apsw.Connection, owner: Owner) -> None:
    """Keep a key and where its person's data stand, once."""
    known = writer.execute("SELECT 1 FROM person_key WHERE key=?", (owner.key,)).get
    if known is None:
        writer.execute("INSERT INTO secret(secret) VALUES(?)", (owner.secret,))
        row = (owner.key, writer.last_insert_rowid())
        writer.execute("INSERT INTO person_key VALUES(?,?)", row)
    writer.execute(
        "INSERT OR IGNORE INTO person VALUES(?,?,?,?,0)",
        (owner.person, owner.stream, owner.key, owner.seq),
    )


def is_destroyed(writer: apsw.Connection, key: int) -> bool:
    """Tell whether a key was here and is no more: it stays so, whoever still remembers it."""
    return secret_of(writer, key) == bytes(SECRET_BYTES)


def destroy(writer: apsw.Connection, person: str) -> list[int]:
    """Overwrite a person's secrets; return the ids of the keys, which stay known as destroyed."""
    query = "SELECT DISTINCT key, slot FROM person JOIN person_key USING(key) WHERE person=?"
    found: list[Any] = writer.execute(query, (person,)).fetchall()
    for _, slot in found:
        zeros = bytes(SECRET_BYTES)
        writer.execute("UPDATE secret SET secret=? WHERE slot=?", (zeros, slot))
    writer.execute("DELETE FROM person WHERE person=? AND key>0", (person,))
    writer.execute(
        "UPDATE OR REPLACE person SET key=? WHERE person=? AND key=?", (HIDDEN, person, PLAIN)
    )
    return [key for key, _ in found]
