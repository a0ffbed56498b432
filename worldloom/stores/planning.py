"""Which groups of a batch may be committed: one refused group must not fail its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.ports import Group, Part
from worldloom.stores.refusals import seq_conflict

Head = tuple[int, bytes]
"""A stream's last seq and its chain hash (32 bytes; zeros when empty)."""


def plan(
    groups: Sequence[Group], head_of: Callable[[int], Head | None]
) -> list[WorldloomError | None]:
    """For each group in order, None if it continues its streams, else the Conflict that drops it.

    After a refusal all later groups on the refused group's streams are refused too: they were
    decided on a state that never came to be. As groups are judged in order, this spreads over
    groups that tie streams together until nothing more falls.
    """
    heads: dict[int, Head | None] = {}
    fallen: set[int] = set()
    verdicts: list[WorldloomError | None] = []
    for group in groups:
        parts = group.parts
        # The common case by itself, as this loop runs for each command: the next group of one
        # stream that stood well so far.
        if len(parts) == 1 and parts[0].stream not in fallen:
            part = parts[0]
            head, records = heads.get(part.stream), part.records
            if head is not None and records and _follows(part, head[0], records):
                heads[part.stream] = (head[0] + len(records), part.head)
                verdicts.append(None)
                continue
        verdict = _judge(group, heads, fallen, head_of)
        if verdict is not None:
            fallen.update(part.stream for part in group.parts)
        verdicts.append(verdict)
    return verdicts


def _judge(
    group: Group,
    heads: dict[int, Head | None],
    fallen: set[int],
    head_of: Callable[[int], Head | None],
) -> WorldloomError | None:
    """Check every part of one group, then move the heads of its streams."""
    parts = group.parts
    for part in parts:
        stream = part.stream
        if stream in fallen:
            return seq_conflict(f"an earlier group of stream {stream} was refused")
        known = stream in heads
        if not known:
            heads[stream] = head_of(stream)
        head = heads[stream]
        if head is None:
            return seq_conflict(f"there is no stream {stream}")
        refusal = _check_part(part, head, check_chain=not known)
        if refusal is not None:
            return refusal
    if len(parts) > 1 and len({part.stream for part in parts}) < len(parts):
        return seq_conflict("a group has two parts of one stream")
    for part in parts:
        heads[part.stream] = (part.expected_seq + len(part.records), part.head)
    return None


def _check_part(part: Part, head: Head, check_chain: bool) -> WorldloomError | None:
    """Refuse a gap, a duplicate, an old head, and a chain that does not continue the stored one."""
    seq, head_hash = head
    records = part.records
    if part.expected_seq != seq:
        return seq_conflict(
            f"stream {part.stream} stands at seq {seq}, the group expected {part.expected_seq}"
        )
    if not records:
        return None if part.head == head_hash else seq_conflict("an empty part moves the head")
    if not _follows(part, seq, records):
        return seq_conflict(f"the group's records do not lead from seq {seq} to its head")
    # The heads of later parts come from the same writer; the first one may come from another,
    # whose refused group had the same seq: only the chain tells.
    if check_chain:
        _, body, stored = records[0]
        if sha256(b"\x00" + head_hash + body).digest() != stored:
            return seq_conflict(f"the group continues another record {seq} than the stored one")
    return None


def _follows(part: Part, seq: int, records: Sequence[tuple[int, bytes, bytes]]) -> bool:
    """Whether a part's records lead from `seq` to its head."""
    last = records[-1]
    return (
        part.expected_seq == seq
        and records[0][0] == seq + 1
        and last[0] == seq + len(records)
        and last[2] == part.head
    )


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
