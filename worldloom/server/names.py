"""Under which names a server may be asked: an answer to pages that give this machine a new name.

A page of another site can let its own name point at this machine (DNS rebinding). Its browser then
takes this server for that site, and lets the page read and do here what any guest may. Such a name
shows in the Host header, which no page can change. Numbers cannot be rebound, nor can HTTPS, whose
certificate has the name in it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldloom.kernel.errors import Refused
from worldloom.server.replies import refusal

ANY = "*"
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by machines under any name; they tell nothing of anyone's world."""


LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
STRICT = (b"strict-transport-security", b"max-age=31536000")


class UnknownHost(Refused):
    """The server is asked under a name that it does not know (421)."""

    code = "unknown_host"
    status = 421


class BadHost(Refused):
    """A Host header is none: it would stand in addresses that others are led to (400)."""

    code = "bad_host"
    status = 400


_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])?(:[0-9]{0,5})?")
"""What a Host header may be (RFC 9112, 3.2)."""


class Names:
    """The names that a server goes by; numbers and localhost are always among them."""

    def __init__(self, known: Iterable[str] = (ANY,)) -> None:
        self._known = frozenset(name.lower().rstrip(".") for name in known)

    @classmethod
    def of(cls, host: str, more: Iterable[str]) -> Names:
        """Return the names of a server that listens at a host, with those it was told of."""
        own = socket.gethostname().lower()
        first = own.partition(".")[0]
        return cls((host, own, f"{own}.local", first, f"{first}.local", *more))

    def check(self, headers: Mapping[str, str]) -> None:
        """Raise UnknownHost where a Host header names another; a token may come by any name.

        Raises BadHost for what is no Host header, whoever sends it.
        """
        asked = headers.get("host", "")
        if not _HOST.fullmatch(asked):
            raise BadHost("the Host header is no name and port", "send it as RFC 9112 has it")
        if not asked or headers.get("authorization") or self.knows(asked):
            return
        name = asked[:100]
        raise UnknownHost(
            f"this server does not go by the name {name}",
            f"open it as localhost or by its number, or start it with --name {host_of(name)}",
        )

    def knows(self, asked: str) -> bool:
        """Tell whether a Host header is one of the server's own, at whatever port."""
        name = host_of(asked)
        if ANY in self._known or name in self._known:
            return True
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def host_of(asked: str) -> str:
    """Return the name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{asked}").hostname or "").rstrip(".")
    except ValueError:
        return ""


class UnderItsName:
    """Stands before the application, and refuses what is asked under a name that is not known."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 421."""
        if scope["type"] == "http" and scope["path"] not in PROBES:
            headers = Headers(scope=scope)
            try:
                for asked in (given := headers.getlist("host")):
                    self._names.check({**headers, "host": asked})
                if len(given) > 1:
                    raise BadHost("there are several Host headers", "send one")
            except (UnknownHost, BadHost) as error:
                await refusal(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Strict:
    """Tells browsers to come by HTTPS alone from now on (RFC 6797), where there is a certificate.

    Not as localhost, where other servers of the same machine would be meant, too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the header in its answer."""
        local = scope["type"] != "http" or host_of(Headers(scope=scope).get("host", "")) in LOCAL

        async def strictly(message: Message) -> None:
            if message["type"] == "http.response.start" and not local:
                message = {**message, "headers": [*message["headers"], STRICT]}
            await send(message)

        await self._app(scope, receive, strictly)
