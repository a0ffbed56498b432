"""A realm over a store in memory, with a clock that a test turns and chance that repeats."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.realm import Caller, Command, Decision, Realm
from worldloom.kernel.records import Record, read
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.stores.memory import MemoryStore

SECOND = 1_000_000


class Host:
    """What a server does around a realm, without sockets and threads."""

    def __init__(self, store: Any = None) -> None:
        self.store = store or MemoryStore()
        self.now = 1_700_000_000 * SECOND
        self.drawn = 0
        self.realm = Realm(self.store, lambda: self.now, self.entropy)
        self.fate: Callable[[Sealed], WorldloomError | None] = lambda _: None

    def entropy(self, count: int) -> bytes:
        """Return bytes that differ at every call and repeat in every run."""
        self.drawn += 1
        return sha256(self.drawn.to_bytes(8, "big")).digest()[:count]

    def open(self, world: World) -> LiveWorld:
        """Open a world and make its declaration durable."""
        live = self.realm.open(world)
        self.flush()
        return live

    def commit(self) -> list[Sealed]:
        """Commit the outbox once; return the groups whose fate became known."""
        batch, self.realm.outbox[:] = list(self.realm.outbox), []
        known: list[Sealed] = []
        for sealed in batch:
            error = self.fate(sealed) or self.store.commit([sealed.group])[0]
            known += self.realm.committed(sealed, error)
            if error is None:
                for snapshot in sealed.snapshots:
                    snapshot.save(self.store)
        return known

    def flush(self) -> None:
        """Commit and react until nothing is left to do."""
        while True:
            self.commit()
            if not self.realm.react() and not self.realm.outbox:
                return

    def enter(self, world: str, name: str = "Ann", role: Role | None = None) -> Caller:
        """Let a guest in and return them as a caller."""
        account = f"guest:{name.lower()}"
        found = self.realm.enter(world, account, name, role).result
        self.flush()
        return Caller(account, name, found["visitor"], Role(found["role"]), (0.0, 0.0, 0.0))

    def do(self, world: str, action: str, caller: Caller | None = None, /, **args: Any) -> Any:
        """Do an action, as the owner unless someone is named, and return its result."""
        return self.ask(world, action, args, caller).result

    def ask(
        self,
        world: str,
        action: str,
        args: dict[str, Any],
        caller: Caller | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Do an action and make it durable."""
        caller = caller or Caller("local", "Owner", "", Role.OWNER)
        decision = self.realm.do(Command(world, action, args, caller, key=key, dry_run=dry_run))
        self.flush()
        return decision

    def records(self, world: str, after: int = 0) -> list[Record]:
        """Return a world's durable records."""
        live = self.realm.world(world)
        return list(read(self.store.records(live.stream, after, live.durable_seq)))

    def kinds(self, world: str, after: int = 0) -> list[str]:
        """Return the kinds of a world's durable records."""
        return [record.kind for record in self.records(world, after)]

    def restart_with(self, world: World) -> Host:
        """Return a host over the same store, with a world's code."""
        other = self.restart()
        other.open(world)
        return other

    def restart(self) -> Host:
        """Return a host over the same store, as after a crash."""
        other = Host(self.store)
        other.now = self.now
        other.drawn = self.drawn
        return other
