"""Forks share history by reference: where a stream's records lie, in it and in its ancestors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from worldloom.kernel.hashing import Frontier, verify_consistency
from worldloom.kernel.missing import no_seq
from worldloom.kernel.ports import Store, StreamHead
from worldloom.kernel.proofs import consistency, frontier_at
from worldloom.kernel.records import FIRST_HEAD, Body
from worldloom.stores import refusals

HeadOf = Callable[[int], StreamHead | None]
"""Stream id → its head."""

Span = tuple[int, int, int]
"""(stream, after, until): the records after < seq <= until lie in this stream."""


def line(head: StreamHead, head_of: HeadOf) -> Iterator[StreamHead]:
    """Yield a stream and then its ancestors, nearest first; raises Unavailable if damaged."""
    yield head
    while head.parent:
        parent = head_of(head.parent)
        # A parent is always older: a damaged row must not lead in a circle.
        if parent is None or parent.id >= head.id or parent.seq < head.fork:
            raise refusals.store_corrupt(
                "", f"its parent, stream {head.parent}, is lost", head.name
            )
        yield parent
        head = parent


def spans(head: StreamHead, after: int, until: int, head_of: HeadOf) -> list[Span]:
    """Return where the records after < seq <= until of a stream lie, oldest first."""
    found: list[Span] = []
    for owner in line(head, head_of):
        start = max(after, owner.fork)
        if start < until:
            found.append((owner.id, start, until))
        until = min(until, owner.fork)
        if until <= after:
            break
    return found[::-1]


def owner_of(head: StreamHead, seq: int, head_of: HeadOf) -> StreamHead:
    """Return the stream of a line that wrote `seq`: itself or an ancestor."""
    return next(owner for owner in line(head, head_of) if seq > owner.fork or not owner.parent)


def plan_fork(store: Store, name: str, parent: StreamHead, seq: int, head_of: HeadOf) -> StreamHead:
    """Return the head of a new fork, with the parent's hash and frontier at the seq used."""
    if not 0 <= seq <= parent.seq:
        raise no_seq(parent.name, seq, parent.seq)
    seq, head = _group_end(store, parent.id, seq)
    owner = owner_of(parent, seq, head_of)
    frontier = _frontier_at(store, parent, seq)
    return StreamHead(0, name, seq, head, frontier.pack(), owner.id, seq)


def _group_end(store: Store, stream: int, seq: int) -> tuple[int, bytes]:
    """Return the seq and hash of the newest record at or before `seq` that ends a group."""
    while seq:
        _, data, hash = next(iter(store.records(stream, seq - 1, seq)))
        body = msgspec.msgpack.decode(data, type=Body)
        if body.offset == body.size - 1:
            return seq, hash
        seq -= body.offset + 1
    return 0, FIRST_HEAD


def _frontier_at(store: Store, parent: StreamHead, seq: int) -> Frontier:
    """Return the parent's frontier at `seq`, proven to be a prefix of what it is now."""

    def nodes(level: int, first: int, count: int) -> list[bytes]:
        return store.nodes(parent.id, level, first, count)

    now = Frontier.unpack(parent.seq, parent.frontier)
    for _ in range(2):
        then = frontier_at(nodes, seq)
        proof = consistency(nodes, now, seq)
        if verify_consistency(seq, parent.seq, then.root(), now.root(), proof):
            return then
        store.forget_nodes(parent.id)  # kept nodes are a cache, which may be damaged
    raise refusals.store_corrupt("", "its records do not lead to its root", parent.name)
