"""The past of one log, for the few decisions that need it: undo, redo, restore.

A log never changes behind its head, so that what is read here is as fixed as the state itself, and
a decision that reads it stays pure: the same log, the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worldloom.kernel.errors import OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import load_state
from worldloom.kernel.missing import no_seq
from worldloom.kernel.ports import Store
from worldloom.kernel.records import Record, damaged, read
from worldloom.kernel.state import State, whole_groups


class Past:
    """Reads old records of one stream: from the disk, and from what is on its way there."""

    def __init__(
        self, store: Store, stream: int, durable_seq: int, waiting: Iterable[Record]
    ) -> None:
        self._store = store
        self._stream = stream
        self._durable = durable_seq
        self._known = {record.seq: record for record in waiting}
        self._left = LIMITS.undo_records_max

    def record(self, seq: int) -> Record:
        """Return one record; time, actor and cause stand in a group's first alone.

        Raises OverLimit when too much was read.
        """
        found = self._known.get(seq)
        if found is None:
            found = self._read(seq, 1)[0]
        return found

    def group(self, first: int) -> list[Record]:
        """Return the whole group that begins at this seq."""
        size = self.record(first).size
        found = [self._known.get(seq) for seq in range(first, first + size)]
        whole = [record for record in found if record is not None]
        return whole if len(whole) == size else self._read(first, size)

    def author(self, group: int) -> str:
        """Return who wrote the group that begins at this seq."""
        return self.record(group).actor

    def state(self, seq: int) -> State:
        """Return the state at a durable seq, rounded down to a whole group; raises NotFound."""
        if not 0 <= seq <= self._durable:
            raise no_seq("the world", seq, self._durable)
        return load_state(self._store, self._stream, seq)

    def since(self, seq: int) -> Iterator[list[Record]]:
        """Yield the whole groups after `seq`; raises OverLimit when too much was written since."""
        waiting = [record for one, record in sorted(self._known.items()) if one > self._durable]
        count = self._durable + len(waiting) - seq
        if count > LIMITS.restore_records_max:
            raise OverLimit(
                f"{count} records were written since, over {LIMITS.restore_records_max}",
                "fork from that moment",
                too_large=True,
            )
        yield from whole_groups(read(self._store.records(self._stream, seq, self._durable)))
        yield from whole_groups(waiting)

    def _read(self, first: int, count: int) -> list[Record]:
        self._left -= count
        if self._left < 0:
            raise OverLimit(
                f"this undo reads more than {LIMITS.undo_records_max} old records",
                "undo a smaller group, or restore one entity at a time",
                too_large=True,
            )
        rows = self._store.records(self._stream, first - 1, first - 1 + count)
        found = list(read(rows))
        if len(found) != count:
            raise damaged(first + len(found), "it is missing")
        self._known.update((record.seq, record) for record in found)
        return found
