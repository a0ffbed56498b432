"""Makes proofs and signed heads from a realm's store; each is checked before it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from worldloom.kernel.hashing import Frontier, verify_consistency, verify_inclusion
from worldloom.kernel.missing import no_seq, no_seq_yet
from worldloom.kernel.ports import Store, StreamHead
from worldloom.kernel.proofs import Nodes, consistency, frontier_at, inclusion
from worldloom.kernel.records import FIRST_HEAD, damaged, hash_of, hidden, read
from worldloom.ledger.checkpoints import Checkpoint, RealmKey
from worldloom.ledger.notes import to_base64
from worldloom.ledger.proofs import Consistency, Head, Inclusion


class Prover:
    """Makes the proofs of a realm's worlds; safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key = RealmKey(store)

    def vkey(self, world: str) -> str:
        """Return the key that a world's checkpoints are checked with."""
        return self._key.signer(world).verifier.vkey

    def checkpoint(self, world: str) -> str:
        """Return the signed head of a world's durable log."""
        head = self._store.open_stream(world)
        return self._sign(world, head.seq, Frontier.unpack(head.seq, head.frontier).root())

    def inclusion(self, world: str, seq: int, size: int | None = None) -> Inclusion:
        """Prove a record to the root of the first `size` records (all); raises NotFound (`no_seq`).

        Raises Unavailable (`log_damaged`) where the log is not what was written.
        """
        head = self._store.open_stream(world)
        size = head.seq if size is None else size
        _check_length(world, seq, size, head.seq, 1)
        rows = list(self._store.records(head.id, max(seq - 2, 0), seq))
        before = rows[0][2] if seq > 1 else FIRST_HEAD
        _, body, leaf = rows[-1]

        def holds(path: Sequence[bytes], frontier: Frontier) -> bool:
            return hash_of(before, body) == leaf and verify_inclusion(
                leaf, seq - 1, size, path, frontier.root()
            )

        path, frontier = self._checked(
            head, size, lambda nodes, tree: inclusion(nodes, tree, seq - 1), holds, seq
        )
        redacted = hidden(next(read(rows[-1:])))
        root = frontier.root()
        return Inclusion(
            world=world, seq=seq, index=seq - 1, hash=leaf.hex(), size=size, root=root.hex(),
            before=None if redacted else before.hex(),
            body=None if redacted else to_base64(body),
            redacted=redacted, path=path,
            checkpoint=self._sign(world, size, root), vkey=self.vkey(world),
        )  # fmt: skip

    def consistency(self, world: str, first: int, second: int | None = None) -> Consistency:
        """Prove that the first `second` records (all) continue the first `first` ones.

        Raises NotFound (`no_seq`), Unavailable (`log_damaged`).
        """
        head = self._store.open_stream(world)
        second = head.seq if second is None else second
        _check_length(world, first, second, head.seq, 0)
        old = frontier_at(self._nodes(head), first).root()

        def holds(path: Sequence[bytes], frontier: Frontier) -> bool:
            return verify_consistency(first, second, old, frontier.root(), path)

        path, frontier = self._checked(
            head, second, lambda nodes, tree: consistency(nodes, tree, first), holds, second
        )
        root = frontier.root()
        return Consistency(
            world=world, first=Head(first, old.hex()), second=Head(second, root.hex()), path=path,
            checkpoint=self._sign(world, second, root), vkey=self.vkey(world),
        )  # fmt: skip

    def _checked(
        self,
        head: StreamHead,
        size: int,
        make: Callable[[Nodes, Frontier], list[bytes]],
        holds: Callable[[Sequence[bytes], Frontier], bool],
        seq: int,
    ) -> tuple[tuple[str, ...], Frontier]:
        """Make a path and check it: kept nodes that are damaged are made again, once."""
        nodes = self._nodes(head)
        for _ in range(2):
            if size == head.seq:
                frontier = Frontier.unpack(head.seq, head.frontier)
            else:
                frontier = frontier_at(nodes, size)
            path = make(nodes, frontier)
            if holds(path, frontier):
                return tuple(to_base64(step) for step in path), frontier
            self._store.forget_nodes(head.id)
        raise damaged(seq, "it does not lead to the root of its log")

    def _nodes(self, head: StreamHead) -> Nodes:
        store = self._store
        return lambda level, first, count: store.nodes(head.id, level, first, count)

    def _sign(self, world: str, size: int, root: bytes) -> str:
        signer = self._key.signer(world)
        return signer.sign(Checkpoint(signer.name, size, root).text())


def _check_length(world: str, seq: int, size: int, newest: int, least: int) -> None:
    """Raise NotFound unless a log has a seq, and a length that reaches it."""
    for one in (seq, size):
        if not least <= one <= newest:
            raise no_seq(world, one, newest)
    if seq > size:
        raise no_seq_yet(world, seq, size)
