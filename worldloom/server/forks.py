"""The HTTP interface of forks: making one, and whose history a world continues."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import NotSignedIn
from worldloom.kernel.hashing import Frontier
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.ports import Store, StreamHead
from worldloom.kernel.proofs import frontier_at
from worldloom.kernel.records import Seq
from worldloom.kernel.rights import Standing
from worldloom.kernel.state import State
from worldloom.server.auth import Who, check_origin
from worldloom.server.house import House
from worldloom.server.replies import Json, read_struct
from worldloom.stores.lineage import line

ROOTS_KEPT = 10_000
"""Roots at forks that are remembered: they never change."""

Steps = tuple[tuple[str, int, str], ...]
"""(world, seq, who forked it) of each ancestor, nearest first."""
Reader = Callable[[Request], tuple[LiveWorld, Who, Standing]]
"""Returns the world that is asked for and what its reader is in it; raises."""


class NewFork(msgspec.Struct, forbid_unknown_fields=True):
    """What a fork is made from."""

    name: str
    seq: Seq | None = None
    title: str = ""
    """What people read; the parent's where none is given."""


class ForksApi:
    """The endpoint /api/worlds/{world}/fork."""

    def __init__(self, house: House, reader: Reader) -> None:
        self._house = house
        self._reader = reader

    async def fork(self, request: Request) -> Response:
        """Make a world that continues this one from a seq on and belongs to the caller."""
        live, who, standing = self._reader(request)
        check_origin(request.headers, who)
        if not who.account:
            raise NotSignedIn(
                "nobody is signed in", "open the page first, or send Authorization: Bearer …"
            )
        self._house.pay(who.account, request)
        wish = await read_struct(request, NewFork)
        self._house.check_may_fork(who, live, standing)
        self._house.worlds.check_free(wish.name)
        made = await self._house.engine.fork(
            live.name, wish.name, wish.seq, who.account, standing, wish.title
        )
        return Json(told(made.world, made.seq, made.parent), 201, {"Location": f"/w/{made.world}"})


def told(world: str, seq: int, parent: str) -> dict[str, Any]:
    """Return what every door tells of a new fork; `url` is that of its page."""
    return {"world": world, "seq": seq, "parent": parent, "url": f"/w/{world}"}


def adapters_of(state: State) -> str:
    """Return where requests of a world go: `live`, or the `sandbox` of a fork.

    What only says to be a fork, as one that was carried here, stays in the Sandbox, too.
    """
    lineage = state.lineage
    return "live" if lineage is None or lineage.live else "sandbox"


class Ancestry:
    """Tells of whom worlds are forks, with the Merkle root that each fork proves to continue."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._roots: dict[tuple[int, int], str] = {}

    async def of_all(self, worlds: Iterable[tuple[int, Steps]]) -> list[list[dict[str, Any]]]:
        """Return what `read` does, without waiting for the disk on this thread."""
        asked = list(worlds)
        if not any(said for _, said in asked):
            return [[] for _ in asked]
        return await asyncio.to_thread(self.read, asked)

    def read(self, worlds: Iterable[tuple[int, Steps]]) -> list[list[dict[str, Any]]]:
        """Return {world, seq, root, by} of each ancestor, nearest first; slow the first time.

        Worlds are given as stream and what their records say. Whose fork one is, is what the
        store knows of it: a record of a file from elsewhere may name any world.
        """
        heads = {head.id: head for head in self._store.streams()}
        return [self._steps(heads[stream], said, heads) for stream, said in worlds]

    def _steps(
        self, head: StreamHead, said: Steps, heads: Mapping[int, StreamHead]
    ) -> list[dict[str, Any]]:
        ancestors = line(head, heads.get)
        return [
            {"world": parent.name, "seq": child.fork, "root": self._root(head.id, child.fork),
             "by": by}
            for (child, parent), (_, _, by) in zip(pairwise(ancestors), said, strict=False)
        ]  # fmt: skip

    def _root(self, stream: int, seq: int) -> str:
        known = self._roots.get((stream, seq))
        if known is None:
            while len(self._roots) >= ROOTS_KEPT:
                del self._roots[next(iter(self._roots))]
            frontier: Frontier = frontier_at(lambda *part: self._store.nodes(stream, *part), seq)
            known = self._roots[stream, seq] = frontier.root().hex()
        return known
