"""A realm that no server runs on, opened for one command and kept at once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from worldloom.kernel.errors import NotFound
from worldloom.kernel.live import LiveWorld, load_state
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.rights import Role
from worldloom.server.api import describe_actions, describe_record, describe_state, read_page
from worldloom.server.auth import LOCAL
from worldloom.server.worlds import Worlds
from worldloom.stores.sqlite import SqliteStore


class Closed:
    """A realm's file; what a command decides is durable when the call returns."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(str(path))
        self.realm = Realm(self.store, lambda: time.time_ns() // 1_000, secrets.token_bytes)
        self._worlds = Worlds(self)

    def close(self) -> None:
        """Leave one file. Cursors stay where they are: a server runs what follows."""
        self.store.close()

    def flush(self) -> None:
        """Keep all that was decided; raises what the disk refused."""
        while self.realm.outbox:
            sealed = self.realm.outbox.pop(0)
            (error,) = self.store.commit([sealed.group])
            self.realm.committed(sealed, error)
            if error is not None:
                raise error

    def world(self, name: str) -> LiveWorld:
        """Return a world, opened at need."""
        live = self.realm.world(name)
        self.flush()
        return live

    def worlds(self) -> list[dict[str, Any]]:
        """Return {name, title, seq} of each world."""
        found = (self.realm.world(name) for name in self.realm.worlds())
        return [
            {"name": live.name, "title": live.world.title, "public": live.world.public,
             "seq": live.seq, "visitors": 0}
            for live in found
        ]  # fmt: skip

    def log(self, world: str, after: int) -> Iterator[dict[str, Any]]:
        """Yield the records after a seq."""
        live = self.world(world)
        for record in read_page(self.store, live.stream, after, live.seq):
            yield describe_record(record)

    def at(self, world: str, seq: int | None) -> dict[str, Any]:
        """Return the state at a seq."""
        live = self.world(world)
        if seq is None:
            return describe_state(live.state)
        if seq > live.seq:
            raise NotFound(f"{world} has no seq {seq}", f"its newest is {live.seq}", code="no_seq")
        return describe_state(load_state(self.store, live.stream, seq))

    def actions(self, world: str) -> list[dict[str, Any]]:
        """Return what an owner may do."""
        return list(describe_actions(self._coded(world), Role.OWNER))

    def do(self, world: str, action: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do one action."""
        live = self._coded(world)
        caller = Caller(LOCAL, LOCAL, "", Role.OWNER)
        decision = self.realm.do(Command(live.name, action, args, caller))
        self.flush()
        return {"seq": decision.seq, "result": decision.result}

    def _coded(self, world: str) -> LiveWorld:
        live = self._worlds.find(world)
        self.flush()
        return live

    def token(self, account: str, role: str) -> str:
        """Return a new token."""
        secret, _ = self.realm.make_token(account, Role(role))
        self.flush()
        return secret

    def bring(self, path: Path) -> dict[str, Any]:
        """Import a realm file's world."""
        from worldloom.server.carrying import bring

        return bring(path, self.store)

    def asset(self, sha256: str) -> bytes:
        """Return an asset's bytes."""
        return b"".join(self.store.read_asset(sha256))
