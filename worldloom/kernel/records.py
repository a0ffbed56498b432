"""What one entry of the log is: its body's bytes, its hash, and the kernel's own state events.

A body is a msgpack array `[seq, offset, size, kind, version, payload, time, actor, cause]`; the
last three stand only in the first record of a group. Bytes are hashed exactly as they are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.personal import opened
from worldloom.kernel.schema import PRIVATE_MARK, is_private, plain, registry
from worldloom.kernel.sealing import Vault, open_box

FIRST_HEAD: Final = bytes(32)
"""The hash before a stream's first record."""

SEQ_MAX: Final = 2**53 - 1
"""What JSON carries whole; no log reaches it."""
Seq = Annotated[int, Meta(ge=0, le=SEQ_MAX)]


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
    time: Seq = 0
    actor: str = ""
    cause: str = ""

    def record(self, time: int, actor: str, cause: str, hash: bytes) -> Record:
        """Return the record, with what its group's first one says."""
        return Record(
            self.seq, self.offset, self.size, self.kind, self.version, self.payload,
            time, actor, cause, hash,
        )  # fmt: skip


ComponentName = Annotated[str, Meta(min_length=1)]
CellData = tuple[ComponentName, int, bytes]
"""(component, version, bytes)."""


class StateEvent(Struct, frozen=True, array_like=True, gc=False):
    """An event that changes a world's state; only these do, and only the kernel makes them."""


class Spawned(StateEvent, frozen=True, array_like=True, gc=False):
    """An entity came to be; its id is the seq of this record, or an older one: it came back."""

    id: int
    name: str
    parent: int | None
    components: tuple[CellData, ...]
    previous: int = 0
    """Of one that came back: the seq of the last record about its being there."""
    origin: int = 0
    """Written by undo and redo: the seq of the record whose effect it restores."""
    pointers: tuple[tuple[int, int], ...] = ()
    """Of one that came back: (previous, origin) of each component."""


class Changed(StateEvent, frozen=True, array_like=True, gc=False):
    """A component was set."""

    id: int
    component: ComponentName
    version: int
    data: bytes
    previous: int
    """The seq of the cell's last record; of its last that undo or redo did not write, in one that
    they write; 0 for none."""
    origin: int
    """0; written by undo and redo: the seq of the record whose effect it restores."""


class Removed(StateEvent, frozen=True, array_like=True, gc=False):
    """A component was taken off."""

    id: int
    component: ComponentName
    previous: int
    origin: int


class Despawned(StateEvent, frozen=True, array_like=True, gc=False):
    """An entity is gone; its children went before, by records of their own."""

    id: int
    previous: int = 0
    """The seq of the last record about its being there; 0 for the one that made it."""
    origin: int = 0


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
    """An author's group counts as undone, or no longer so; the first record of its own group."""

    group: int
    undone: bool
    by: str = ""


class Bound(StateEvent, frozen=True, array_like=True, gc=False):
    """This group reached beyond the world's state, to `what`: it cannot be undone."""

    what: str
    fix: str
    """What makes up for it; empty when nothing is known."""


class Forked(StateEvent, frozen=True, array_like=True, gc=False):
    """This stream continues another one after that one's `seq`."""

    parent: str
    seq: int


class WentLive(StateEvent, frozen=True, array_like=True, gc=False):
    """Requests of this fork from here on leave by the real adapters, not by their Sandbox."""


class Forgot(StateEvent, frozen=True, array_like=True, gc=False):
    """A person's key was destroyed."""

    person: str


STATE_EVENTS: Final[dict[str, type[StateEvent]]] = {
    kind.__name__: kind
    for kind in (
        Spawned,
        Changed,
        Removed,
        Despawned,
        Declared,
        Undone,
        Bound,
        Forked,
        WentLive,
        Forgot,
    )
}
"""Kind → class of the events that the fold knows."""

encode_payload: Final = msgspec.msgpack.Encoder().encode
_decode_body = msgspec.msgpack.Decoder(Body).decode
_decode_bodies = msgspec.msgpack.Decoder(list[Body]).decode
_decode_changed = msgspec.msgpack.Decoder(Changed).decode
_decode_changes = msgspec.msgpack.Decoder(list[Changed]).decode
_PAGE_ROWS: Final = 1_000
T = TypeVar("T")


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


def read_pages(
    rows: Iterable[tuple[int, bytes, bytes]],
) -> Iterator[tuple[list[Body], bytes]]:
    """Yield many bodies at once, and the hash of the last; raises Unavailable if damaged.

    The seqs of a page follow each other.
    """
    rows = iter(rows)
    while page := list(islice(rows, _PAGE_ROWS)):
        after = page[0][0] - 1
        bodies = read_page(after, len(page), b"".join([data for _, data, _ in page]))
        if bodies is None:
            bodies = [body for body, _ in read_bodies(page)]  # it names what is wrong
            for seq, _, _ in page:
                if seq != after + 1:
                    raise damaged(after + 1, f"record {seq} came instead")
                after = seq
        yield bodies, page[-1][2]


def read_page(after: int, count: int, joined: bytes) -> list[Body] | None:
    """Return the bodies that follow a seq, joined as they are kept; None if one is damaged."""
    found = _decode_many(_decode_bodies, count, joined)
    if found is None or [body.seq for body in found] != [*range(after + 1, after + 1 + count)]:
        return None
    return found


def read_changes(bodies: Sequence[Body]) -> list[Changed]:
    """Return the events of records of the kind `Changed`; raises Unavailable if damaged."""
    joined = b"".join([body.payload for body in bodies])
    events = _decode_many(_decode_changes, len(bodies), joined)
    if events is not None:
        return events
    for body in bodies:
        try:
            _decode_changed(body.payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise damaged(body.seq, f"Changed does not fit: {error}") from error
    raise damaged(bodies[0].seq, "what follows does not fit")


def _decode_many(decode: Callable[[bytes], list[T]], count: int, joined: bytes) -> list[T] | None:
    """Decode all parts in one call, as a msgpack array of them; None where one does not fit."""
    try:
        found = decode(b"\xdd" + count.to_bytes(4, "big") + joined)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found


def read_bodies(rows: Iterable[tuple[int, bytes, bytes]]) -> Iterator[tuple[Body, bytes]]:
    """Yield (body, hash) of rows; raises Unavailable for one that is damaged."""
    for seq, data, hash in rows:
        try:
            body = _decode_body(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise damaged(seq, str(error)) from error
        if body.seq != seq:
            raise damaged(seq, f"it says that it is record {body.seq}")
        yield body, hash


def read(rows: Iterable[tuple[int, bytes, bytes]]) -> Iterator[Record]:
    """Yield records from rows that start at a group's first; raises Unavailable if damaged."""
    time, actor, cause = 0, "", ""
    for body, hash in read_bodies(rows):
        if body.offset == 0:
            time, actor, cause = body.time, body.actor, body.cause
        yield body.record(time, actor, cause, hash)


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
    if record.kind == "Spawned" and PRIVATE_MARK.encode() in record.payload:
        # No realm writes it, and a whole one from elsewhere is served as it is.
        return any(is_private(cell[0]) for cell in plain(record.payload)[3])
    return is_private(record.kind)


def reveal(record: Record, vault: Vault) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return an event's payload as plain data with people's words in it, as far as they are there.

    The fields whose person is forgotten are None, and named.
    """
    data, forgotten = opened(record.payload, partial(open_box, vault))
    if not isinstance(data, dict):
        return {"data": data}, forgotten
    cls = registry.get(record.kind)
    if cls is not None and vault.hides(record.actor):
        # Kept in plain text before format 3: the log cannot be changed, so it is not shown.
        plain_ones = [name for name in cls.__kind__.personal if data.get(name)]
        data.update(dict.fromkeys(plain_ones))
        forgotten = (*forgotten, *plain_ones)
    return data, forgotten


def is_personal(record: Record) -> bool:
    """Tell whether people's own data may stand in an event, and have to be opened."""
    cls = registry.get(record.kind)
    if cls is None:
        return record.kind not in STATE_EVENTS
    return bool(cls.__kind__.personal)


def describe(record: Record, vault: Vault | None = None) -> dict[str, Any]:
    """Return a record's payload as JSON-like data with named fields, opened by the vault's keys."""
    state_event = STATE_EVENTS.get(record.kind)
    if state_event is None:
        if vault is not None:
            return reveal(record, vault)[0]
        data = plain(record.payload)
        return data if isinstance(data, dict) else {"data": data}
    data = plain(record.payload)
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
