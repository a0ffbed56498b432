"""The programs that a person may let in: those that registered, and those at their own address."""

from __future__ import annotations

import base64
import hmac
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from worldloom.server.client_documents import Document, Documents, Unreadable
from worldloom.server.house import House

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESSES_MAX: Final = 8
ADDRESS_CHARACTERS_MAX: Final = 500


class Registered(Struct):
    """What a client says of itself; what else it says is not needed here."""

    redirect_uris: list[str]
    client_name: str = ""
    grant_types: tuple[str, ...] = ("authorization_code",)


class Program(NamedTuple):
    """Who asks: its name, where it leads back to, and whether it can renew a token."""

    name: str
    addresses: list[str]
    renews: bool
    host: str = ""
    """Where it stands, if its id is an address."""


class Clients:
    """Knows programs by their ids."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._documents = Documents()

    async def documented(self, url: str) -> Program:
        """Return the program whose id is its own address; raises Unreadable."""
        return _program(await self._documents.read(url), url)

    def registered(self, id: str) -> Program | None:
        """Return what a client registered, if this realm signed it."""
        text, _, mark = id.partition(".")
        known = text.isascii() and mark.isascii()
        if not known or not hmac.compare_digest(mark, self._house.doorkeeper.sign("client", text)):
            return None
        name, addresses, *more = msgspec.json.decode(base64.urlsafe_b64decode(text))
        return Program(name, addresses, bool(more))

    def id_of(self, name: str, addresses: list[str], renews: bool) -> str:
        """Return the id of a client that registers itself."""
        told = [name, addresses, *([1] if renews else [])]
        text = base64.urlsafe_b64encode(msgspec.json.encode(told)).decode()
        return f"{text}.{self._house.doorkeeper.sign('client', text)}"


def plain_name(name: str) -> str:
    """Return what a program calls itself, as far as it can be shown."""
    return "".join(one for one in name if one.isprintable())[:60].strip()


def _program(document: Document, url: str) -> Program:
    """Return who a document describes; raises Unreadable."""
    addresses = document.redirect_uris
    if not 0 < len(addresses) <= ADDRESSES_MAX or not all(map(is_address, addresses)):
        raise Unreadable("it leads back to addresses that others could read")
    renews = "refresh_token" in document.grant_types
    return Program(
        plain_name(document.client_name), addresses, renews, urlsplit(url).hostname or ""
    )


def is_address(address: str) -> bool:
    """Tell whether a client may be led back to an address: https, or http on the same machine."""
    if len(address) > ADDRESS_CHARACTERS_MAX or not (address.isascii() and address.isprintable()):
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.fragment or "#" in address or parts.username is not None or not host:
        return False
    if any(sign in address for sign in " \"'<>\\;,"):
        return False
    return parts.scheme == "https" or parts.scheme == "http" and host in LOOPBACK


def same_address(given: str, known: str) -> bool:
    """Tell whether two addresses are the same; on this machine a program may take any port."""
    if given == known:
        return True
    if not is_address(given):
        return False
    one, two = urlsplit(given), urlsplit(known)
    local = one.scheme == two.scheme == "http" and one.hostname == two.hostname
    return local and (one.path, one.query) == (two.path, two.query)
