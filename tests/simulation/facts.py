"""What a log says was done: each ticket once, and where its group ends."""

from __future__ import annotations

import msgspec

from worldloom.kernel.records import Record

PROMISES = ("sim.Moved", "sim.Paid", "sim.Noted", "sim.Letter", "sim.Weighed")
"""What a command with a ticket does, once."""
ACTIONS = ("move", "pay", "note", "write", "weigh")
"""The actions that do it."""
_decode = msgspec.msgpack.Decoder(ext_hook=lambda code, data: None).decode


class Facts:
    """The tickets of a log: which facts have them, and where their groups end."""

    def __init__(self, log: list[Record]) -> None:
        self.found: dict[str, list[int]] = {}
        self.places: dict[int, int] = {}
        for record in log:
            if record.kind.startswith("sim.") and record.kind != "sim.Struck":
                ticket = _decode(record.payload)["ticket"]
                self.found.setdefault(record.kind, []).append(ticket)
                if record.kind in PROMISES:
                    self.places[ticket] = record.seq - record.offset + record.size - 1

    def tickets(self, kind: str) -> list[int]:
        """Return the tickets of a kind in order."""
        return sorted(self.found.get(kind, ()))
