"""Other people's code: how long it may take, which somebody else watches, and what it says."""

from __future__ import annotations

from typing import Protocol


class Endless(BaseException):
    """Raised inside a handler that takes too long, wherever it is just then.

    Not an Exception: an author's `except Exception` in a loop without end must not swallow it.
    """


class Patience(Protocol):
    """Who watches the handlers of a realm."""

    def begins(self) -> None:
        """Note that a handler begins."""
        ...

    def ends(self) -> None:
        """Note that it ended, however it did; nothing is raised from here on."""
        ...


class Boundless:
    """Waits for ever: for tests, tools and files that nobody serves."""

    def begins(self) -> None:
        """Nothing."""

    def ends(self) -> None:
        """Nothing."""


def words_of(error: BaseException) -> str:
    """Return what an author's exception says, as far as it can be told."""
    try:
        return str(error)[:500].encode("utf-8", "replace").decode()
    except Exception:  # its words are the author's code, too
        return ""
