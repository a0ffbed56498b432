"""HTTP doors that a world opens: plain questions and answers, which whoever serves makes HTTP of.

A standard that other programs speak, such as a record store, needs addresses of its own. Its kit
says `world.door(Door("xapi", answer))` and never sees a server: `answer` gets what was asked, whole
and bounded, from someone whose right was checked, and a clerk that reads tables and decides.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec
from msgspec import Struct

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Role, Standing

if TYPE_CHECKING:
    from worldloom.kernel.projection import Scalar, Slice
    from worldloom.kernel.schema import Event
    from worldloom.kernel.world import World

T = TypeVar("T")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}").fullmatch
TAKEN: Final = frozenset({
    "api", "assets", "favicon", "healthz", "mcp", "metrics", "oauth", "openapi", "readyz",
    "static", "text", "w", "well-known",
})  # fmt: skip
"""First parts of the server's own addresses."""


class Asked(Struct, frozen=True):
    """One request at a door, with a whole body."""

    method: str
    path: str
    """What follows the door's own address, without a slash at its beginning."""
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes
    who: Standing
    """Who asks; their right was checked."""
    base: str
    """The door's own path, as it was asked for, without a slash at its end."""


class Answered(Struct, frozen=True):
    """An answer; `media` is its Content-Type where it has a body."""

    status: int = 200
    body: bytes = b""
    media: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    account: str = ""
    """Whose the browser that asked is from now on, where the door has made sure of that."""


class Kept(Struct, frozen=True):
    """An event as the log has it; `time` in UTC microseconds."""

    seq: int
    time: int
    event: Event


class Clerk(Protocol):
    """What a door may do in its world, for who asks."""

    world: str
    """The world's name."""

    def now(self) -> int:
        """Return the time of the world's log in UTC microseconds."""
        ...

    async def decide(self, run: Callable[[World], T]) -> T:
        """Run a function as a handler does, for who asks; return when it is durable.

        Until it first waits, nothing else is decided between what was called before and this.
        """
        ...

    def select(
        self,
        table: str,
        where: Mapping[str, Scalar],
        after: Sequence[Scalar] = (),
        limit: int = 1_000,
        descending: bool = False,
    ) -> Slice:
        """Return durable rows of a table of the world in the order of its key, after one."""
        ...

    def look_up(self, table: str, firsts: Sequence[Scalar]) -> Slice:
        """Return all durable rows whose key begins with one of these values, of one moment."""
        ...

    def events(self, kind: type[Event], seqs: Sequence[int]) -> list[Kept]:
        """Return durable events of one kind by their seqs; other seqs are left out."""
        ...

    def seq_at(self, time: int) -> int:
        """Return the seq of the last durable record at or before a time in UTC microseconds."""
        ...

    def new_account(self) -> str:
        """Return a guest's account that nobody has yet."""
        ...

    def keep_asset(self, data: bytes, media: str) -> str:
        """Keep a file; return its sha256 in hex."""
        ...

    def asset(self, sha256: str) -> bytes | None:
        """Return a file that is kept."""
        ...

    def secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return a secret of this name in this realm, made when it is first asked for.

        Every world of the realm has the same one; exports of a world do not carry it.
        """
        ...


class Door(Struct, frozen=True):
    """An address of a world, `/NAME/…` and `/w/WORLD/NAME/…`, and who answers there."""

    name: str
    answer: Callable[[Asked, Clerk], Awaitable[Answered]]
    needs: Role = Role.MEMBER
    """The role that asking takes; tokens are sent as `Bearer`, or as `Basic` with `ID:SECRET`."""
    free: tuple[str, ...] = ()
    """Paths that anyone may ask for; one that ends in `/` stands for all below it."""
    body_bytes_max: int = LIMITS.argument_bytes_max
    pages: bool = False
    """Whether scripts of other sites' pages may ask: by a token, never by a visitor's cookie."""
    read: Callable[[Asked], Asked] | None = None
    """Turns a request into the one that it stands for, before it is known who asks; never raises.

    For standards whose credentials may stand in a form; then short bodies are read of anyone.
    """

    def is_free(self, path: str) -> bool:
        """Tell whether anyone may ask for a path."""
        path = path.strip("/")
        return any(
            path == free or (free.endswith("/") and path.startswith(free)) for free in self.free
        )

    def check(self) -> None:
        """Raise Misused for a name that no address can have, or the server has itself."""
        if not _NAME(self.name) or self.name in TAKEN:
            raise Misused(
                f"{self.name[:40]!r} cannot be a door's name",
                "use lower case letters, digits and -, and no name of the server's own",
                code="bad_door",
            )
        if not 0 <= self.body_bytes_max <= LIMITS.door_body_bytes_max:
            raise Misused(
                f"a door takes at most {LIMITS.door_body_bytes_max} bytes",
                "let large files come as assets",
                code="bad_door",
            )


def with_headers(answered: Answered, *more: tuple[str, str]) -> Answered:
    """Return an answer with further headers."""
    return msgspec.structs.replace(answered, headers=(*answered.headers, *more))
