"""What the head of every answer tells a browser not to do, whichever part answers."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldloom.server.replies import PLAIN_HEADERS

NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of what is no page of ours: whatever it is taken for, nothing in it runs."""
UNFRAMED: Final = "frame-ancestors 'none'"
"""The client's own files: a worker is bound by its script's policy, and must still load."""
ALONE: Final = "same-origin"
"""No page of another site that opens one of ours, or is opened by it, holds on to its window."""


class Guarded:
    """Gives every answer the headers that it does not bring itself; those it brings stay."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete the head of its answer."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=[*message.get("headers", ())])
                complete(scope, headers)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


def complete(scope: Scope, headers: MutableHeaders) -> None:
    """Add what is missing; what a door answers may be framed and opened as its author says."""
    for name, value in PLAIN_HEADERS.items():
        headers.setdefault(name, value)
    if "authored" in scope:
        return
    path = str(scope["path"])
    is_file = path.startswith("/static/")
    policy = headers.setdefault("Content-Security-Policy", UNFRAMED if is_file else NOTHING)
    # A program's page waits for the word of the window that it opened to let it in; and what is
    # sandboxed does not open at all where it is said to stand alone.
    if not path.startswith("/oauth/") and not policy.startswith("sandbox"):
        headers.setdefault("Cross-Origin-Opener-Policy", ALONE)
