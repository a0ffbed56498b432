"""Other people's code: how long it may take, which somebody else watches, and what it says."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from types import CodeType
from typing import Final, Protocol

PACKAGE: Final = PurePath(__file__).parent.parent


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


def place_of(error: BaseException) -> str:
    """Return where an author's code failed, as `file:line in function`; empty: nowhere in it.

    That is the deepest line in the handler's own folder: below it lie libraries, above it we.
    """
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    theirs = [(code, line) for code, line in frames if not _is_ours(code)]
    if not theirs:
        return ""
    folder = PurePath(theirs[0][0].co_filename).parent
    code, line = [one for one in theirs if PurePath(one[0].co_filename).parent == folder][-1]
    return f"{code.co_filename}:{line} in {code.co_name}"


def kind_and_place(error: BaseException) -> str:
    """Return what a log says of an author's exception: none of its words, which may be a visitor's.

    A message of the house that an author's code raises itself is the author's words, too.
    """
    return f"{type(error).__name__}, at {place_of(error) or 'no line of its author'}"


def raised_by_author(error: BaseException) -> bool:
    """Tell whether an author's own line raised it, and not the house that it called."""
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and not _is_ours(frames[-1])


def _is_ours(code: CodeType) -> bool:
    """Tell whether code is the house's own: kits count as their authors'."""
    path = PurePath(code.co_filename)
    return path.is_relative_to(PACKAGE) and not path.is_relative_to(PACKAGE / "kits")
