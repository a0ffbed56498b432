"""Files in a realm: chunks of 256 KiB under their sha256, written without holding up the log."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256

import apsw

from worldloom.kernel.avatar import VRM
from worldloom.stores.connections import transaction
from worldloom.stores.format import CHUNK_BITS
from worldloom.stores.realm_file import RealmFile

CHUNK_BYTES = 256 * 1024
"""One row of `asset_chunk`; the last of an asset may be shorter."""

CHUNKS_A_TRANSACTION = 4
"""So many chunks hold up a waiting commit at most."""


def chunk_runs(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Cut a file into runs of chunks: (number of the first chunk, chunks)."""
    run = CHUNK_BYTES * CHUNKS_A_TRANSACTION
    for start in range(0, len(data), run):
        piece = data[start : start + run]
        chunks = [piece[at : at + CHUNK_BYTES] for at in range(0, len(piece), CHUNK_BYTES)]
        yield start // CHUNK_BYTES, chunks


def new_id() -> int:
    """Return a random id of 38 bits: two processes never write into one asset's chunks."""
    return (int.from_bytes(os.urandom(5), "big") >> 2) | 1


def insert_chunks(connection: apsw.Connection, asset: int, first: int, chunks: list[bytes]) -> None:
    """Write one run of an asset that nobody sees yet."""
    rows = [(asset << CHUNK_BITS | first + n, chunk) for n, chunk in enumerate(chunks)]
    with transaction(connection):
        connection.executemany("INSERT INTO asset_chunk VALUES(?,?)", rows)


def finish(connection: apsw.Connection, asset: int, data: bytes, media: str) -> bool:
    """Make an asset visible, or drop its chunks when somebody was faster.

    Returns False when chunks are missing: another process took the upload for a broken one.
    """
    sha = sha256(data).hexdigest()
    low = asset << CHUNK_BITS
    query = "SELECT count(*) FROM asset_chunk WHERE id BETWEEN ? AND ?"
    with transaction(connection):
        if find(connection, sha) is not None:
            drop_chunks(connection, asset)
            return True
        found = connection.execute(query, (low, low + (1 << CHUNK_BITS) - 1)).get
        if found != -(-len(data) // CHUNK_BYTES):
            return False
        connection.execute("INSERT INTO asset VALUES(?,?,?,?)", (asset, sha, media, len(data)))
        return True


def refine(connection: apsw.Connection, sha: str, media: str) -> None:
    """Let an asset that came as a model be the avatar that it was found to be since."""
    if media == VRM:
        with transaction(connection):
            connection.execute(
                "UPDATE asset SET media=? WHERE sha256=? AND media<>?", (media, sha, media)
            )


def drop_chunks(connection: apsw.Connection, asset: int) -> None:
    """Remove all chunks of one asset."""
    low = asset << CHUNK_BITS
    connection.execute(
        "DELETE FROM asset_chunk WHERE id BETWEEN ? AND ?", (low, low + (1 << CHUNK_BITS) - 1)
    )


def drop(file: RealmFile, sha: str) -> None:
    """Remove an asset, if it is here, and what the write-ahead log has of it."""
    with file.writing() as writer:
        with transaction(writer):
            known = find(writer, sha)
            if known is not None:
                writer.execute("DELETE FROM asset WHERE id=?", (known[0],))
                drop_chunks(writer, known[0])
        file.wipe_log()


def drop_orphans(connection: apsw.Connection) -> None:
    """Remove chunks whose upload ended before its last step, as after a crash."""
    known = {row[0] for row in connection.execute("SELECT id FROM asset")}
    query = f"SELECT DISTINCT id >> {CHUNK_BITS} FROM asset_chunk"
    lost = [row[0] for row in connection.execute(query) if row[0] not in known]
    if lost:
        with transaction(connection):
            for asset in lost:
                drop_chunks(connection, asset)


def find(connection: apsw.Connection, sha: str) -> tuple[int, str, int] | None:
    """Return (id, media type, bytes) of an asset."""
    query = "SELECT id, media, size FROM asset WHERE sha256=?"
    row: tuple[int, str, int] | None = connection.execute(query, (sha,)).fetchone()
    return row


def chunk(connection: apsw.Connection, asset: int, number: int) -> bytes | None:
    """Return one chunk of an asset."""
    query = "SELECT data FROM asset_chunk WHERE id=?"
    data: bytes | None = connection.execute(query, (asset << CHUNK_BITS | number,)).get
    return data
