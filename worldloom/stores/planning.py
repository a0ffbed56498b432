"""Which groups of a batch may be committed: one refused group must not fail its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from worldloom.kernel.errors import Conflict, WorldloomError
from worldloom.kernel.ports import Group, Part
from worldloom.stores.refusals import seq_conflict

Head = tuple[int, bytes]
"""A stream's last seq and its chain hash (32 bytes; zeros when empty)."""


def plan(
    groups: Sequence[Group], head_of: Callable[[int], Head | None]
) -> list[WorldloomError | None]:
    """For each group in order, None if it continues its streams, else the Conflict that drops it.

    A group that was decided on a refused one falls too, in whichever stream they meet: it does
    not chain to what stands. As groups are judged in order, this spreads until nothing more falls.
    """
    heads: dict[int, Head | None] = {}
    verdicts: list[WorldloomError | None] = []
    for group in groups:
        verdict: Conflict | None = None
        for part in group.parts:
            if part.stream not in heads:
                heads[part.stream] = head_of(part.stream)
            verdict = _check(part, heads[part.stream])
            if verdict is not None:
                break
        if verdict is None and len({part.stream for part in group.parts}) < len(group.parts):
            verdict = seq_conflict("a group has two parts of one stream")
        if verdict is None:
            for part in group.parts:
                heads[part.stream] = (part.expected_seq + len(part.records), part.head)
        verdicts.append(verdict)
    return verdicts


def _check(part: Part, head: Head | None) -> Conflict | None:
    """Refuse a gap, a duplicate, an old head, and a chain that does not continue the stored one."""
    if head is None:
        return seq_conflict(f"there is no stream {part.stream}")
    seq, head_hash = head
    records = part.records
    if part.expected_seq != seq:
        return seq_conflict(
            f"stream {part.stream} stands at seq {seq}, the group expected {part.expected_seq}"
        )
    if not records:
        return None if part.head == head_hash else seq_conflict("an empty part moves the head")
    first, body, hash = records[0]
    last = records[-1]
    if first != seq + 1 or last[0] != seq + len(records) or last[2] != part.head:
        return seq_conflict(f"the group's records do not lead from seq {seq} to its head")
    # A seq alone would let a group in that was decided on another record of that seq, which was
    # refused: only the chain tells.
    if sha256(b"\x00" + head_hash + body).digest() != hash:
        return seq_conflict(f"the group continues another record {seq} than the stored one")
    return None


def ranges_of(groups: Sequence[Group]) -> list[tuple[int, int, int]]:
    """Return what one commit adds to the realm's order: (stream, first seq, count) in turn."""
    ranges: list[tuple[int, int, int]] = []
    stream, first, count = 0, 0, 0
    for group in groups:
        for part in group.parts:
            if part.stream == stream:
                count += len(part.records)
            elif part.records:
                ranges.append((stream, first, count))
                stream, first, count = part.stream, part.expected_seq + 1, len(part.records)
    return [*ranges[1:], (stream, first, count)] if count else []
