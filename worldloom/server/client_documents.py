"""A program whose id is an address: what it says of itself is read there, with great care.

Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document). The address comes from
a stranger, so that nothing inside our own network may be reached by it: only https at its usual
port, only addresses of the public internet (every one that the name has, and we connect to the very
one that was looked at), no redirect, few bytes, little time, and only for who is signed in.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httptools
import msgspec
from msgspec import Struct

from worldloom.kernel.limits import LIMITS

PORT: Final = 443
HEAD_BYTES_MAX: Final = 16_384
KEPT_SECONDS: Final = 300
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 ones (RFC 6052)."""


class Unreadable(Exception):
    """Why there is no such program; told to the person."""


class Document(Struct):
    """What a program says of itself; what else it says is not needed here."""

    client_id: str
    redirect_uris: list[str]
    client_name: str = ""
    grant_types: tuple[str, ...] = ("authorization_code",)
    token_endpoint_auth_method: str = "none"
    client_secret: str | None = None


class Documents:
    """Reads documents, and keeps each for a few minutes."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Document]] = {}
        self._few = asyncio.Semaphore(LIMITS.client_documents_at_once_max)

    async def read(self, url: str) -> Document:
        """Return what stands at the address that a program calls itself; raises Unreadable."""
        known = self._kept.get(url)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        async with self._few:
            found = _checked(url, await fetch(url))
        while len(self._kept) >= LIMITS.client_documents_max:
            del self._kept[next(iter(self._kept))]
        self._kept[url] = (time.monotonic() + KEPT_SECONDS, found)
        return found


def is_document_address(id: str) -> bool:
    """Tell whether a program's id is an address that may be asked: https, a name and a path."""
    if not id.startswith("https://") or len(id) > LIMITS.client_id_characters_max:
        return False
    if not (id.isascii() and id.isprintable()) or any(sign in id for sign in " \"'<>\\#@"):
        return False
    try:
        parts = urlsplit(id)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    steps = parts.path.split("/")
    named = "." in host and not host.endswith(".") and not _is_number(host)
    return named and port in (None, PORT) and len(parts.path) > 1 and not {".", ".."} & set(steps)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, also inside of another form."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if found.teredo is not None or inner is not None and not is_public(str(inner)):
            return False
        if found.ipv4_mapped is not None:
            return True
    return found.is_global and not found.is_multicast and not found.is_reserved


async def addresses_of(host: str) -> list[str]:
    """Return the IP addresses of a name; raises Unreadable."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)
    except OSError:
        raise Unreadable(f"{host} is no name that is known here") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def trust() -> ssl.SSLContext:
    """Return whom we believe that they are the host that they say."""
    return ssl.create_default_context()


async def fetch(url: str) -> bytes:
    """Return the body at an address of the public internet; raises Unreadable."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        async with asyncio.timeout(LIMITS.client_document_seconds_max):
            addresses = await addresses_of(host)
            if not addresses or not all(map(is_public, addresses)):
                raise Unreadable(f"{host} is not on the public internet")
            return await _get(addresses[0], host, parts.path, parts.query)
    except TimeoutError:
        raise Unreadable(f"{host} does not answer") from None
    except (OSError, ssl.SSLError, ValueError):
        raise Unreadable(f"{host} cannot be reached safely") from None
    except httptools.HttpParserError:
        raise Unreadable(f"{host} does not speak HTTP") from None


class Answer(NamedTuple):
    """One answer: its status, its headers in lower case, its body."""

    status: int
    headers: dict[str, str]
    body: bytes


async def _get(address: str, host: str, path: str, query: str) -> bytes:
    reader, writer = await asyncio.open_connection(
        address, PORT, ssl=trust(), server_hostname=host, limit=HEAD_BYTES_MAX
    )
    try:
        target = f"{path}?{query}" if query else path
        writer.write(
            f"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: worldloom\r\n"
            "Accept: application/json\r\nAccept-Encoding: identity\r\n"
            "Connection: close\r\n\r\n".encode("ascii")
        )
        answer = await _read(reader, host)
    finally:
        writer.transport.abort()
    if answer.status != 200:
        raise Unreadable(f"{host} answered {answer.status}; redirects are not followed")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind == "application/json" or kind.startswith("application/") and "+json" in kind):
        raise Unreadable(f"{host} answered with something else than JSON")
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unreadable(f"{host} answered packed, which was not asked for")
    return answer.body


class _Taking:
    """What httptools tells of an answer."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.complete = True


async def _read(reader: asyncio.StreamReader, host: str) -> Answer:
    """Read one answer, within its bounds."""
    taking = _Taking()
    parser = httptools.HttpResponseParser(taking)
    most = LIMITS.client_document_bytes_max
    taken = 0
    while not taking.complete:
        part = await reader.read(4096)
        taken += len(part)
        if taken > HEAD_BYTES_MAX + most or len(taking.body) > most:
            raise Unreadable(f"{host} answered with more than {most} bytes")
        if not part:
            break
        parser.feed_data(part)
    if len(taking.body) > most:
        raise Unreadable(f"{host} answered with more than {most} bytes")
    return Answer(parser.get_status_code(), taking.headers, bytes(taking.body))


def _checked(url: str, body: bytes) -> Document:
    """Return a document that is the one of this address, and that we can let in."""
    try:
        found = msgspec.json.decode(body, type=Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unreadable("what stands at its address is no description of a program") from None
    if found.client_id != url:
        raise Unreadable("what stands at its address describes another program")
    if found.token_endpoint_auth_method != "none" or found.client_secret is not None:
        raise Unreadable("it wants to prove itself by a secret, which is not known here")
    return found


def _is_number(host: str) -> bool:
    """Tell whether a host is no name: an IP address, or what some would take for one."""
    last = host.rsplit(".", 1)[-1]
    return host.startswith("[") or ":" in host or last.isdigit() or last[:2].lower() == "0x"
