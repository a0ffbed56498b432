"""A forgotten person's own figures: the VRM files that they wore and nobody else needs."""

from __future__ import annotations

from collections.abc import Iterator

from worldloom.kernel.avatar import DRESSED, VRM, Dressed, Worn, read_worn
from worldloom.kernel.people import People
from worldloom.kernel.ports import Store
from worldloom.kernel.records import read_bodies, read_changes
from worldloom.kernel.schema import decode, restorer
from worldloom.kernel.sealing import FORM, ID_BYTES, Box, open_box


def figures_of(store: Store, account: str) -> set[str]:
    """Return the sha256 of each VRM that an account ever wore, while its key still opens that."""
    key = store.key_of(account)
    if key is None:
        return set()
    head = FORM + key[0].to_bytes(ID_BYTES, "big")

    def own(box: Box) -> bytes | None:
        return open_box(store, box) if box.startswith(head) else None

    restore, worn = restorer(own), Worn.__kind__.name
    marks = (DRESSED.encode(), worn.encode())
    found = set()
    for row in _rows(store):
        if head not in row[1] or not any(mark in row[1] for mark in marks):
            continue
        ((body, _),) = read_bodies([row])
        value: Dressed | Worn | None = None
        if body.kind == DRESSED:
            value = decode(Dressed, body.payload, body.version, restore)
        elif body.kind == "Changed":
            changed = read_changes([body])[0]
            if changed.component == worn:
                value = decode(Worn, changed.data, changed.version, restore)
        avatar = None if value is None else read_worn(value)
        if avatar is not None and avatar.vrm:
            found.add(avatar.vrm)
    return found


def worn_now(people: People) -> set[str]:
    """Return the sha256 of each VRM that somebody wears when they come again."""
    worn = (people.worn(account) for account in people.having(Worn))
    return {avatar.vrm for avatar in worn if avatar is not None}


def drop_unnamed(store: Store, figures: set[str]) -> set[str]:
    """Delete those of these VRM files that no world names, past or present; return them."""
    left = {sha for sha in figures if (store.asset(sha) or ("",))[0] == VRM}
    for _, body, _ in _rows(store) if left else ():
        left = {sha for sha in left if sha.encode() not in body}
    for sha in left:
        store.drop_asset(sha)
    return left


def _rows(store: Store) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield all records of the realm as they are kept, each once."""
    for head in store.streams():
        yield from store.records(head.id, head.fork, head.seq)
