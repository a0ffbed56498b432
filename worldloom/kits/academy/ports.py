"""What the academy needs of the outside: a record store that gets a copy of every statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Outgoing(Struct, frozen=True):
    """A statement on its way out: its id, its JSON, and its attachments by their sha2."""

    id: str
    text: bytes
    files: Mapping[str, tuple[bytes, str]] = {}
    """sha2 → (bytes, media type)."""


class Outside(Protocol):
    """A record store of others."""

    name: str
    """Stable, and another one for another store: where it stands is kept under it."""

    async def send(self, statements: Sequence[Outgoing]) -> Mapping[str, str]:
        """Hand statements over; return why each of those that it will never take is refused.

        Raises Unavailable where it cannot take them now: they all come again. What comes twice has
        the same id, and is one statement.
        """
        ...


class SandboxOutside:
    """Keeps the statements in memory: nothing leaves the house."""

    name = "sandbox"

    def __init__(self) -> None:
        self.statements: dict[str, bytes] = {}
        """Id → JSON."""

    async def send(self, statements: Sequence[Outgoing]) -> Mapping[str, str]:
        """Take all."""
        self.statements |= {one.id: one.text for one in statements}
        return {}
