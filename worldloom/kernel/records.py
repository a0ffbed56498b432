"""What one entry of the log is: its body's bytes, its hash, and the kernel's own state events.

A body is a msgpack array `[seq, offset, size, kind, version, payload, time, actor, cause]`; the
last three stand only in the first record of a group. Bytes are hashed exactly as they are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.schema import is_private, plain

FIRST_HEAD: Final = bytes(32)
"""The hash before a stream's first record."""


class Record(Struct, frozen=True, gc=False):
    """One entry of a log; time in UTC microseconds, `hash` of 32 bytes."""

    seq: int
    offset: int
    size: int
    kind: str
    version: int
    payload: bytes
    time: int
    actor: str
    cause: str
    hash: bytes

    @property
    def group(self) -> int:
        """The seq of the first record of the same group."""
        return self.seq - self.offset


class Body(Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True):
    """A record's body as it is read."""

    seq: int
    offset: int
    size: int
    kind: str
    version: int
    payload: bytes
    time: int = 0
    actor: str = ""
    cause: str = ""


CellData = tuple[str, int, bytes]
"""(component, version, bytes)."""


class StateEvent(Struct, frozen=True, array_like=True, gc=False):
    """An event that changes a world's state; only these do, and only the kernel makes them."""


class Spawned(StateEvent, frozen=True, array_like=True, gc=False):
    """An entity came to be; its id is the seq of this record."""

    id: int
    name: str
    parent: int | None
    components: tuple[CellData, ...]


class Changed(StateEvent, frozen=True, array_like=True, gc=False):
    """A component was set; previous: the seq of the cell's last record, 0 for none."""

    id: int
    component: str
    version: int
    data: bytes
    previous: int
    origin: int


class Removed(StateEvent, frozen=True, array_like=True, gc=False):
    """A component was taken off."""

    id: int
    component: str
    previous: int
    origin: int


class Despawned(StateEvent, frozen=True, array_like=True, gc=False):
    """An entity is gone; its children went before, by records of their own."""

    id: int


class DeclaredEntity(Struct, frozen=True, array_like=True, gc=False):
    """What an author's file says of one entity."""

    name: str
    parent: str | None
    components: tuple[CellData, ...]


class Declared(StateEvent, frozen=True, array_like=True, gc=False):
    """The scene that the author's file declares, its source's sha256, its components' fields."""

    entities: tuple[DeclaredEntity, ...] = ()
    source: str = ""
    components: tuple[tuple[str, int, str], ...] = ()


class Undone(StateEvent, frozen=True, array_like=True, gc=False):
    """A group counts as undone, or no longer so."""

    group: int
    undone: bool


class Forked(StateEvent, frozen=True, array_like=True, gc=False):
    """This stream continues another one after that one's `seq`."""

    parent: str
    seq: int


class Forgot(StateEvent, frozen=True, array_like=True, gc=False):
    """A person's key was destroyed."""

    person: str


STATE_EVENTS: Final[dict[str, type[StateEvent]]] = {
    kind.__name__: kind
    for kind in (Spawned, Changed, Removed, Despawned, Declared, Undone, Forked, Forgot)
}
"""Kind → class of the events that the fold knows."""

encode_payload: Final = msgspec.msgpack.Encoder().encode
_decode_body = msgspec.msgpack.Decoder(Body).decode


def hash_of(previous: bytes, body: bytes) -> bytes:
    """Return a record's hash: the chain's link and the tree's leaf at once."""
    return sha256(b"\x00" + previous + body).digest()


def damaged(seq: int, why: str) -> Unavailable:
    """Make the error for a log whose bytes are not what was written; names the first bad seq."""
    return Unavailable(
        f"record {seq} is damaged: {why}",
        "run `loom verify` and go back to your newest export",
        code="log_damaged",
    )


def read(rows: Iterable[tuple[int, bytes, bytes]]) -> Iterator[Record]:
    """Yield records from rows that start at a group's first; raises Unavailable if damaged."""
    time, actor, cause = 0, "", ""
    for seq, data, hash in rows:
        try:
            body = _decode_body(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise damaged(seq, str(error)) from error
        if body.seq != seq:
            raise damaged(seq, f"it says that it is record {body.seq}")
        if body.offset == 0:
            time, actor, cause = body.time, body.actor, body.cause
        yield Record(
            seq, body.offset, body.size, body.kind, body.version, body.payload,
            time, actor, cause, hash,
        )  # fmt: skip


def verify(rows: Iterable[tuple[int, bytes, bytes]], after: int, head: bytes) -> Iterator[Record]:
    """Yield the records that follow `after`, whose hash is `head`, checking order and chain."""
    offset, size = 1, 1
    for record in read(_linked(rows, after, head)):
        if record.offset != (offset if offset < size else 0) or record.size <= record.offset:
            raise damaged(record.seq, "its group is not whole")
        if record.offset and record.size != size:
            raise damaged(record.seq, "its group changes its size")
        offset, size = record.offset + 1, record.size
        yield record


def _linked(
    rows: Iterable[tuple[int, bytes, bytes]], after: int, head: bytes
) -> Iterator[tuple[int, bytes, bytes]]:
    for seq, body, hash in rows:
        if seq != after + 1:
            raise damaged(after + 1, "it is missing")
        if hash_of(head, body) != hash:
            raise damaged(seq, "its hash does not follow from the one before")
        after, head = seq, hash
        yield seq, body, hash


def hidden(record: Record) -> bool:
    """Tell whether a record must not be shown to clients: private events and private components."""
    if record.kind in ("Changed", "Removed"):
        return is_private(plain(record.payload)[1])
    if record.kind == "Declared":
        return any(is_private(cell[0]) for entity in plain(record.payload)[0] for cell in entity[2])
    return is_private(record.kind)


def describe(record: Record) -> dict[str, Any]:
    """Return a record's payload as JSON-like data with named fields."""
    data = plain(record.payload)
    state_event = STATE_EVENTS.get(record.kind)
    if state_event is None:
        return data if isinstance(data, dict) else {"data": data}
    named = dict(zip(state_event.__struct_fields__, data, strict=False))
    if record.kind == "Changed":
        named["data"] = plain(named["data"])
    if "components" in named and record.kind == "Spawned":
        named["components"] = _describe_cells(named["components"])
    if "entities" in named:
        named["entities"] = [
            {"name": name, "parent": parent, "components": _describe_cells(cells)}
            for name, parent, cells in named["entities"]
        ]
    return named


def _describe_cells(cells: list[Any]) -> dict[str, Any]:
    return {component: plain(data) for component, _, data in cells}
