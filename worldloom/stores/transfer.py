"""One world out of a realm into a file of its own, and back in; never keys, tokens or secrets."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Container, Iterator
from functools import partial

import apsw
from msgspec import Struct

from worldloom.kernel.avatar import GLB, VRM
from worldloom.kernel.errors import Invalid, Misused, WorldloomError
from worldloom.kernel.hashing import Frontier
from worldloom.kernel.missing import no_world
from worldloom.kernel.ports import Group, Part, StreamHead
from worldloom.kernel.records import FIRST_HEAD, Record, damaged
from worldloom.kernel.records import verify as linked
from worldloom.kernel.state import State
from worldloom.kernel.world import RESERVED, World
from worldloom.stores import carried, foreign, refusals, walking
from worldloom.stores.shape import check_types
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.streams import STAGING

COPY_RECORDS = 1_000
"""Records in one commit of a copy, rounded up to a whole group."""

Check = Callable[[Record, State], None]
"""Raises for a record that cannot come in; takes the state before it."""
_HEX = re.compile(rb"[0-9a-f]{64,}")


class Transferred(Struct, frozen=True):
    """What was copied; root and state hash (hex) are recomputed on the way, not believed."""

    world: str
    seq: int
    root: str
    state_hash: str
    assets: int


def export_world(source: str, world: str, target: str) -> Transferred:
    """Write a world with its history, files and rules into a fresh realm file.

    The source may be in use: one read transaction sees one moment of it.
    Raises NotFound (`not_found`), Conflict (`file_exists`), Unavailable.
    """
    if os.path.exists(target):
        raise refusals.file_exists(target)
    part = f"{target}.part"
    _remove(part)
    try:
        with walking.reading(source) as connection:
            check_types(connection, source)
            head = _find(connection, world)
            store = SqliteStore(part)
            try:
                done = _copy(connection, head, store, world)
                for key, value in carried.settings(connection, world, world).items():
                    store.set_meta(key, value)
            finally:
                store.close()
        os.rename(part, target)
        return done
    finally:
        _remove(part)


def import_world(
    source: str,
    store: SqliteStore,
    world: str | None = None,
    name: str | None = None,
    media_of: Callable[[bytes, str], str] = lambda data, media: media,
    of_kit: foreign.OfKit = lambda name: False,
    taken: Container[str] = (),
) -> Transferred:
    """Copy a world from a realm file into an open realm, under its own or another name.

    `world` may be left out where the file has one. The realm shows the world when it is whole,
    and keeps it private until the people have the rules that came with it (`carried`).
    `media_of` says what kind a file really is of which the realm file says one, and `of_kit` which
    components and events are those of a kit. `taken`: names that it may not have either.
    Raises Conflict (`name_taken`), NotFound (`not_found`), Unavailable (`log_damaged`).
    """
    with walking.reading(source) as connection:
        check_types(connection, source)
        head = _find(connection, world)
        name = _checked(head.name if name is None else name)
        if name in taken or any(known.name == name for known in store.streams()):
            raise refusals.name_taken(name)
        staging = f"{STAGING}{secrets.token_hex(8)}"
        with contextlib.ExitStack() as undo:
            undo.callback(store.drop_staged, staging)
            # What came before is not acted on again here: neither by reactions nor outside.
            check = partial(foreign.check, until=foreign.latest(store.now()), of_kit=of_kit)
            done = _copy(connection, head, store, staging, check, media_of)
            store.rename_stream(staging, name, carried.settings(connection, head.name, name))
            undo.pop_all()
    return Transferred(name, done.seq, done.root, done.state_hash, done.assets)


def worlds_of(source: str) -> list[str]:
    """Return the names of the worlds in a realm file."""
    with walking.reading(source) as connection:
        return [head.name for head in walking.heads(connection) if _is_world(head.name)]


def _is_world(name: str) -> bool:
    """Accounts, tokens and money are the realm's own and never leave with a world."""
    return name not in RESERVED and not name.startswith(STAGING)


def _checked(name: str) -> str:
    """Return a name that a world may have; a file from elsewhere may hold any."""
    try:
        return World(name).name
    except Misused as error:
        raise Invalid(error.message, error.fix, code=error.code, field="name") from error


def _find(connection: apsw.Connection, world: str | None) -> StreamHead:
    """Return the head of the wanted world, or of the only one."""
    heads = [head for head in walking.heads(connection) if _is_world(head.name)]
    if world is None and len(heads) != 1:
        raise refusals.which_world([head.name for head in heads])
    for head in heads:
        if world in (None, head.name):
            return head
    raise no_world(world or "")


def _copy(
    connection: apsw.Connection,
    head: StreamHead,
    store: SqliteStore,
    name: str,
    check: Check | None = None,
    media_of: Callable[[bytes, str], str] = lambda data, media: media,
) -> Transferred:
    """Check and copy a stream's records, its files, and what its reactions have seen.

    `check`: it is from elsewhere, and this is asked of every record; its cursors are left there.
    """
    to = store.open_stream(name)
    state = State()
    seq, before = to.seq, to.head
    wanted: set[str] = set()
    for rows, last in _runs(connection, head, state, check):
        for _, body, _ in rows:
            wanted.update(_names_in(body))
        part = Part(to.id, seq, before, [one for row in rows for one in row[1:]])
        _raise_first(store.commit([Group((part,))]))
        seq, before = last.seq, last.hash
    if seq != head.seq:
        raise damaged(seq + 1, f"it is missing, though the world goes to {head.seq}")
    if check is None:
        query = "SELECT name, value FROM cursor WHERE stream=?"
        cursors = [(key, to.id, value) for key, value in connection.execute(query, (head.id,))]
        _raise_first(store.commit([Group((), tuple(cursors))]))
    state_hash = state.state_hash()
    if state.seq:
        body = state.encode_snapshot()
        store.save_snapshot(to.id, state.seq, state_hash, state.head, body)
    copied = _copy_assets(connection, store, wanted, media_of)
    root = Frontier.unpack(seq, store.open_stream(name).frontier).root()
    return Transferred(name, state.seq, root.hex(), state_hash.hex(), copied)


def _runs(
    connection: apsw.Connection, head: StreamHead, state: State, check: Check | None
) -> Iterator[tuple[list[tuple[int, bytes, bytes]], Record]]:
    """Yield whole groups of checked and folded records, about COPY_RECORDS at a time."""
    run: list[tuple[int, bytes, bytes]] = []

    def kept() -> Iterator[tuple[int, bytes, bytes]]:
        for row in walking.rows(connection, head):
            run.append(row)
            yield row

    record: Record | None = None
    for record in linked(kept(), 0, FIRST_HEAD):
        if check is not None:
            check(record, state)
        state.fold(record)
        if record.offset == record.size - 1 and len(run) >= COPY_RECORDS:
            yield [*run], record
            run.clear()
    if run and record is not None:
        if record.offset != record.size - 1:
            raise damaged(record.seq + 1, "the last group is not whole")
        yield run, record


def _names_in(body: bytes) -> Iterator[str]:
    """Yield everything in a record that could be the sha256 of a file."""
    for match in _HEX.finditer(body):
        digits = match.group().decode("ascii")
        for start in range(len(digits) - 63):
            yield digits[start : start + 64]


def _copy_assets(
    connection: apsw.Connection,
    store: SqliteStore,
    wanted: set[str],
    media_of: Callable[[bytes, str], str],
) -> int:
    """Copy the files that the world's records have ever named."""
    copied = 0
    for asset, sha, media, size in walking.asset_rows(connection):
        if sha not in wanted:
            continue
        data = b"".join(walking.asset_bytes(connection, asset, size))
        # Whether a VRM can be worn is found by a check here, and not said by a file from elsewhere.
        if store.put_asset(data, media_of(data, GLB if media == VRM else media)) != sha:
            raise refusals.asset_damaged(sha)
        copied += 1
    return copied


def _raise_first(outcomes: list[WorldloomError | None]) -> None:
    for outcome in outcomes:
        if outcome is not None:
            raise outcome


def _remove(path: str) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
