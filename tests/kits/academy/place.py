"""The academy's demo world in a realm in memory, with one visitor."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import msgspec

from worldloom import Role
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.records import Record
from worldloom.kits.academy.demo import make_world
from worldloom.kits.academy.events import StatementKept
from worldloom.stores.memory import MemoryStore


class Place:
    """The demo, decided without a server."""

    def __init__(self) -> None:
        clock, chance = count(1_700_000_000_000_000, 1000), count(1)
        self.store = MemoryStore()
        self.realm = Realm(
            self.store, lambda: next(clock), lambda size: next(chance).to_bytes(size, "big")
        )
        self.world = make_world()
        self.live = self.realm.open(self.world)
        self.records: list[Record] = []
        entered = self.realm.enter("academy", "ada", "Ada", Role.VISITOR).result
        self.caller = Caller("ada", "Ada", entered["visitor"], Role.VISITOR)
        self.keep()

    def do(self, action: str, **args: object) -> Any:
        result = self.realm.do(Command("academy", action, args, self.caller)).result
        self.keep()
        return result

    def keep(self) -> None:
        for sealed in list(self.realm.outbox):
            self.realm.outbox.remove(sealed)
            self.records += sealed.records.get("academy", [])
            self.realm.committed(sealed, self.store.commit([sealed.group])[0])

    def statements(self) -> list[dict[str, Any]]:
        """Return what the log says of learners."""
        found = []
        for record in self.records:
            if record.kind == StatementKept.__kind__.name:
                kept = StatementKept.__kind__.decode(record.payload)
                box = kept.statement.box
                assert box is not None, "it is sealed"
                text = self.realm.keys.open(box)
                assert text is not None
                found.append(json.loads(msgspec.msgpack.decode(text)))
        return found
