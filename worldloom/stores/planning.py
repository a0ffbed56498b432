"""Which groups of a batch may be committed: one refused group must not fail its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from worldloom.kernel.errors import Conflict, WorldloomError
from worldloom.kernel.ports import Group, Part
from worldloom.stores.refusals import seq_conflict

Head = tuple[int, bytes]
"""A stream's last seq and its chain hash (32 bytes; zeros when empty)."""


def plan(
    groups: Sequence[Group],
    head_of: Callable[[int], Head | None],
    is_destroyed: Callable[[int], bool],
) -> list[WorldloomError | None]:
    """For each group in order, None if it continues its streams, else the Conflict that drops it.

    A group that was decided on a refused one falls too, in whichever stream they meet: it does
    not chain to what stands. As groups are judged in order, this spreads until nothing more falls.
    So does one that would keep a key again which another process destroyed.
    """
    heads: dict[int, Head | None] = {}
    verdicts: list[WorldloomError | None] = []
    for group in groups:
        parts = group.parts
        verdict: Conflict | None = None
        for part in parts:
            stream = part.stream
            head = heads.get(stream)
            if head is None:
                head = heads[stream] = head_of(stream)
            if head != (part.expected_seq, part.expected_head):
                verdict = _refusal(part, head)
                break
        if len(parts) > 1 and len({part.stream for part in parts}) < len(parts):
            verdict = seq_conflict("a group has two parts of one stream")
        if any(is_destroyed(owner.key) for owner in group.owners):
            verdict = seq_conflict("someone whose words are in a group was forgotten meanwhile")
        if verdict is None:
            for part in parts:
                heads[part.stream] = (part.seq, part.head)
        verdicts.append(verdict)
    return verdicts


def _refusal(part: Part, head: Head | None) -> Conflict:
    """Say why a part does not follow: a gap, a duplicate, or another history."""
    if head is None:
        return seq_conflict(f"there is no stream {part.stream}")
    seq, _ = head
    if part.expected_seq != seq:
        return seq_conflict(
            f"stream {part.stream} stands at seq {seq}, the group expected {part.expected_seq}"
        )
    return seq_conflict(f"the group continues another record {seq} than the stored one")
