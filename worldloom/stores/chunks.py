"""Finds events of a few kinds in a log: an index in memory, made from the log and nothing else.

It reads only what came since it was last asked, and looks inside only those records whose bytes
spell the kind: no table has to follow every commit for what is seldom asked.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final, Generic, TypeVar

import msgspec

from worldloom.kernel.ports import Store

T = TypeVar("T")
KIND_AT: Final = 3
PAYLOAD_AT: Final = 5


class Found(msgspec.Struct, Generic[T], frozen=True):
    """An event's place in the log and what is wanted of it."""

    seq: int
    head: T


class Finder(Generic[T]):
    """The events of one kind in each stream; `head` is a struct with the fields that are kept."""

    def __init__(self, store: Store, kind: str, head: type[T], streams_max: int = 64) -> None:
        self._store = store
        self._kind = kind
        self._mark = kind.encode()
        self._decode = msgspec.msgpack.Decoder(head).decode
        self._streams_max = streams_max
        self._known: OrderedDict[int, tuple[int, list[Found[T]]]] = OrderedDict()
        self._lock = Lock()

    def find(self, stream: int, until: int) -> list[Found[T]]:
        """Return the events up to a seq that is durable, oldest first; may read the whole log."""
        with self._lock:
            seq, found = self._known.pop(stream, (0, []))
            if until < seq:
                # An import may have put another world in the place of one that went.
                seq, found = 0, []
            for number, body, _ in self._store.records(stream, seq, until):
                if self._mark in body:
                    fields = msgspec.msgpack.decode(body)
                    if fields[KIND_AT] == self._kind:
                        found.append(Found(number, self._decode(fields[PAYLOAD_AT])))
            self._known[stream] = (until, found)
            while len(self._known) > self._streams_max:
                self._known.popitem(last=False)
            return list(found)


def payload(store: Store, stream: int, seq: int) -> bytes:
    """Return the payload of one record that is there."""
    _, body, _ = next(iter(store.records(stream, seq - 1, seq)))
    data: bytes = msgspec.msgpack.decode(body)[PAYLOAD_AT]
    return data
