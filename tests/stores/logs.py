"""Makes groups of true records for the tests of stores, without a realm."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from worldloom.kernel.hashing import Frontier
from worldloom.kernel.ports import Group, Part, StreamHead
from worldloom.kernel.records import Spawned, encode_payload, hash_of

NO_COMPONENTS: tuple[tuple[str, int, bytes], ...] = ()


class Writer:
    """The owner of one stream: seals groups one after another, as a realm does."""

    def __init__(self, head: StreamHead) -> None:
        self.stream = head.id
        self.seq = head.seq
        self.head = head.head
        self.frontier = Frontier.unpack(head.seq, head.frontier)

    def part(self, texts: Sequence[str]) -> Part:
        """Seal one group's records: an entity for each text."""
        expected, before = self.seq, self.head
        rows: list[bytes] = []
        for offset, text in enumerate(texts):
            self.seq += 1
            payload = encode_payload(Spawned(self.seq, f"{text}-{self.seq}", None, NO_COMPONENTS))
            body = self._body(offset, len(texts), payload)
            self.head = hash_of(self.head, body)
            self.frontier.append(self.head)
            rows += body, self.head
        return Part(self.stream, expected, before, rows)

    def group(self, *texts: str) -> Group:
        """Seal a group of this stream alone."""
        return Group((self.part(texts),))

    def _body(self, offset: int, size: int, payload: bytes) -> bytes:
        entry: list[object] = [self.seq, offset, size, "Spawned", 1, payload]
        if offset == 0:
            entry += [1_700_000_000_000_000 + self.seq, "tester", "test"]
        return msgspec.msgpack.encode(entry)
