"""Every refusal and failure, in three families by who must act.

WorldloomError(message, fix="", code="")
├── Refused        the visitor can mend it      NotSignedIn NotAllowed NotFound Conflict Invalid
│                                               OverLimit
├── Misused        the author can mend it       raised when a file is loaded if at all possible
└── Unavailable    nobody: wait and try again
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class WorldloomError(Exception):
    """A message for a person, what to do about it, and a stable lower_snake code."""

    code: str = "error"
    status: int = 500
    """The HTTP status that says the same."""
    counted: bool = False
    """Whether the metrics of a server have it already."""
    logged: str = ""
    """What a log says instead of the message, where that may hold what a visitor wrote."""

    def __init__(self, message: str, fix: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.data: Mapping[str, int] = {}
        """What a program goes on with, where there is something; never anybody's words."""
        if code:
            self.code = code

    def wire(self) -> dict[str, dict[str, Any]]:
        """Return the one form in which every door tells an error."""
        told = {"code": self.code, "message": self.message, "fix": self.fix}
        return {"error": {**told, "data": dict(self.data)} if self.data else told}

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class Refused(WorldloomError):
    """A visitor's wish that the world does not grant (409); kits and authors subclass it."""

    code = "refused"
    status = 409


class NotSignedIn(Refused):
    """Nobody in particular asked, or the token is unknown (401)."""

    code = "not_signed_in"
    status = 401
    basic: bool = False
    """Whether a token may also come as HTTP Basic where this was asked."""


class NotAllowed(Refused):
    """The caller lacks a right, which the message names (403)."""

    code = "not_allowed"
    status = 403
    missing: str = ""
    """The scope or the role that is missing, as programs compare it."""
    scopes: tuple[str, ...] = ()
    """All that a token would need besides, each as narrow as it can be."""
    noted: bool = False
    """Whether it was told already to who keeps what is refused to software."""


class NotFound(Refused):
    """No such world, entity, action or seq (404)."""

    code = "not_found"
    status = 404


class Conflict(Refused):
    """What stands in the world contradicts the wish (409)."""

    code = "conflict"
    status = 409


class Invalid(Refused):
    """An argument has the wrong form; the message names the field (422)."""

    code = "invalid"
    status = 422

    def __init__(self, message: str, fix: str = "", *, code: str = "", field: str = "") -> None:
        super().__init__(message, fix, code=code)
        self.field = field


class OverLimit(Refused):
    """More than the table of limits allows: too often (429) or, with `too_large`, too big (413)."""

    code = "over_limit"
    status = 429

    def __init__(
        self,
        message: str,
        fix: str = "",
        *,
        code: str = "",
        too_large: bool = False,
        retry_after_seconds: float = 1.0,
    ) -> None:
        super().__init__(message, fix, code=code)
        self.status = 413 if too_large else 429
        self.retry_after_seconds = retry_after_seconds


class Misused(WorldloomError):
    """The author's Python asks for something that cannot be (500 when it shows only later)."""

    code = "misused"
    place: str = ""
    """Where in the author's file, as `file:line in function`: for the log, not for visitors."""


class Unavailable(WorldloomError):
    """Something outside the wish is down or full; the same wish may succeed later (503)."""

    code = "unavailable"
    status = 503
    default_fix: ClassVar[str] = "wait a moment and try again"
    file: str = ""
    """Which file it is about: for the log and the terminal, not for visitors."""

    def __init__(
        self, message: str, fix: str = "", *, code: str = "", retry_after_seconds: float = 1.0
    ) -> None:
        super().__init__(message, fix or self.default_fix, code=code)
        self.retry_after_seconds = retry_after_seconds


def for_log(error: WorldloomError) -> str:
    """Return an error as a log may have it: without an author's exception's own words."""
    told = f"{error.logged} [{error.code}]" if error.logged else str(error)
    return in_terminal(error, told)


def in_terminal(error: WorldloomError, told: str = "") -> str:
    """Return an error as who runs the server reads it, with the file that it is about."""
    file = getattr(error, "file", "")
    return f"{file}: {told or error}" if file else told or str(error)


def key_reused() -> Conflict:
    """Make the error for one Idempotency-Key with two commands."""
    return Conflict(
        "this Idempotency-Key was used for another command",
        "use a new key for a new command",
        code="key_reused",
    )
