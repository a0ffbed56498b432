"""What failed while nobody waited for its answer."""

from __future__ import annotations

from msgspec import Struct

from worldloom.kernel.errors import WorldloomError


class Fault(Struct, frozen=True):
    """A reaction, timer, declaration or reload that failed while nobody waited for its answer."""

    world: str
    cause: str
    error: WorldloomError


def fails_by(error: WorldloomError) -> tuple[str, ...]:
    """Return the kind and place of a failure."""
    return type(error).__name__, error.code, error.logged, getattr(error, "place", "")
