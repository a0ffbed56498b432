"""A visitor who trusts nothing: folds what it is sent and remembers what it was promised."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from worldloom.kernel.cells import Cell, EntityState
from worldloom.kernel.frozen import public_leaf
from worldloom.kernel.hashing import MerkleMap, state_hash_of
from worldloom.kernel.records import Changed, Despawned, Removed, Spawned, encode_payload
from worldloom.kernel.state import State
from worldloom.sync import wire
from worldloom.sync.messages import (
    VERSION,
    Answer,
    Bye,
    Do,
    GroupRow,
    Hello,
    Records,
    Refusal,
    Snapshot,
    Welcome,
)

READ = {
    kind.__name__: msgspec.msgpack.Decoder(kind).decode
    for kind in (Spawned, Changed, Removed, Despawned)
}


@dataclass
class Pipe:
    """One connection with a delay: bytes wait on both ways until they are delivered, in order."""

    to_client: list[bytes] = field(default_factory=list)
    to_server: list[bytes] = field(default_factory=list)
    closed: bool = False
    paused: bool = False

    def send(self, data: bytes) -> None:
        """Take a frame from the server."""
        if not self.closed:
            self.to_client.append(bytes(data))

    def send_many(self, frames: Sequence[bytes]) -> None:
        """Take several frames from the server."""
        for data in frames:
            self.send(data)

    def close(self, code: int, reason: str) -> None:
        """Take the server's close; what was sent before it still arrives."""
        self.closed = True


class Player:
    """One robot's whole memory: its copy of the world and the answers it has seen."""

    def __init__(self, account: str, name: str, dice: random.Random) -> None:
        self.account = account
        self.name = name
        self.dice = dice
        self.pipe: Pipe | None = None
        self.acknowledged: dict[int, int] = {}
        """Ticket → seq of every answer."""
        self.promised: set[int] = set()
        """The tickets of those that do what a log can be searched for."""
        self.seen: dict[int, bytes] = {}
        """Seq → hash of every group's end ever shown to this robot."""
        self.roots: dict[int, bytes] = {}
        """Seq → state hash that this robot computed."""
        self.inside = False
        self.history_lost = False
        self.fold_order: Callable[[list[GroupRow]], list[GroupRow]] = list
        self.forget()

    def forget(self) -> None:
        """Lose the memory, as a reloaded page does."""
        self.seq = 0
        self.head = b""
        self.entities: dict[int, EntityState] = {}
        self.private_root = b""
        self.inside = False

    def connect(self, pipe: Pipe) -> None:
        """Begin a connection and ask to resume."""
        self.pipe, self.inside = pipe, False
        resume = (self.seq, self.head) if self.seq else (None, None)
        self.post(Hello(VERSION, self.name, None, None, *resume))

    def post(self, message: Hello | Do) -> None:
        """Put a message on the way."""
        if self.pipe is not None and not self.pipe.closed:
            self.pipe.to_server.append(wire.encode(message))

    def receive(self, data: bytes) -> None:
        """Take one frame; motion is not looked at here."""
        if data[0] != 0:
            return
        message = wire.decode_from_server(data)
        if isinstance(message, Welcome):
            self.inside = True
            self.history_lost |= message.history_lost
        elif isinstance(message, Snapshot):
            self._restore(message)
        elif isinstance(message, Records):
            for group in self.fold_order(list(message.groups)):
                self._take(group)
        elif isinstance(message, Answer):
            assert message.seq <= self.seq, "an answer came before what it depends on"
            self.acknowledged[message.id] = message.seq
        elif isinstance(message, (Bye, Refusal)):
            pass

    def _restore(self, part: Snapshot) -> None:
        if part.first:
            self.entities = {}
        for row in part.entities:
            cells = {c.component: Cell(c.version, c.data, 0, 0, "") for c in row.components}
            self.entities[row.id] = EntityState(row.id, row.name, row.parent, cells)
        if part.last:
            self.private_root = part.private_root
            self._reach(part.seq, part.head)

    def _take(self, group: GroupRow) -> None:
        for row in group.records:
            assert row.seq == self.seq + 1, f"{row.seq} came after {self.seq}"
            self.seq = row.seq
            if row.payload is not None and row.kind in READ:
                self._fold(READ[row.kind](row.payload), row.seq)
        if group.private_root is not None:
            self.private_root = group.private_root
        self._reach(group.records[-1].seq, group.head, group.private_root is not None)

    def _fold(self, event: object, seq: int) -> None:
        if isinstance(event, Spawned):
            cells = {c: Cell(v, data, seq, seq, "") for c, v, data in event.components}
            self.entities[event.id] = EntityState(event.id, event.name, event.parent, cells)
        elif isinstance(event, Changed):
            old = self.entities[event.id]
            cells = {**old.cells, event.component: Cell(event.version, event.data, seq, seq, "")}
            self.entities[event.id] = EntityState(old.id, old.name, old.parent, cells)
        elif isinstance(event, Removed):
            old = self.entities[event.id]
            cells = {name: cell for name, cell in old.cells.items() if name != event.component}
            self.entities[event.id] = EntityState(old.id, old.name, old.parent, cells)
        elif isinstance(event, Despawned):
            del self.entities[event.id]

    def _reach(self, seq: int, head: bytes, complete: bool = True) -> None:
        self.seq, self.head = seq, head
        known = self.seen.setdefault(seq, head)
        assert known == head, f"seq {seq} was shown with two contents"
        if complete:
            self.roots[seq] = self.state_hash()

    def state_hash(self) -> bytes:
        """Return the hash of the whole state as this robot sees it."""
        tree = MerkleMap()
        for entity in self.entities.values():
            tree.set(entity.id, public_leaf(entity))
        return state_hash_of(tree.root(), self.private_root)

    def marbles(self) -> int:
        """Return how many marbles this robot sees in all."""
        cells = (entity.cells.get("sim.Bowl") for entity in self.entities.values())
        return sum(msgspec.msgpack.decode(cell.data)["marbles"] for cell in cells if cell)


__all__ = ["Pipe", "Player", "State", "encode_payload"]
