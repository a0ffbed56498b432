"""Webhooks: what is told to an address of another program, as soon as it is durable.

A webhook is one more reader of the log: where it stands is a durable cursor, and what it could not
deliver after many tries is an event, `Undelivered`. So is the wish to send a record again,
`Resent`, which a webhook comes to in its turn.
"""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from types import EllipsisType
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from worldloom.kernel.errors import Misused
from worldloom.kernel.schema import Event

CURSOR: Final = "webhook:"
"""Before a webhook's key: the name of its cursor, the seq of the last record that is done."""
SECRET_MARK: Final = "whsec_"
Secret = str | EllipsisType
"""What signs a webhook; `...`, the default, is none."""


class Undelivered(Event):
    """A webhook gave a record up: the other side did not take it, however often it was sent."""

    webhook: str
    record: int
    status: str
    """The last answer: an HTTP status, or why there was none."""
    tries: int


class Resent(Event):
    """Somebody wants a record sent again: to one webhook, or to all that tell of its kind."""

    record: int
    webhook: str = ""
    """The address as `Undelivered` tells it; empty: all."""


class Webhook(Struct, frozen=True):
    """Events of some kinds go to an address."""

    url: str
    kinds: frozenset[str]
    secret: bytes = b""

    @property
    def key(self) -> str:
        """Stable over restarts and new secrets: another address or other kinds begin anew."""
        told = "\n".join((self.url, *sorted(self.kinds)))
        return sha256(told.encode()).hexdigest()[:16]

    @property
    def shown(self) -> str:
        """The address without what may be secret in it: no user, no query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{parts.path}"

    def signature(self, id: str, seconds: int, body: bytes) -> str:
        """Return what the other side compares: Standard Webhooks 1.0, `v1,` and an HMAC-SHA256."""
        told = f"{id}.{seconds}.".encode() + body
        mac = hmac.new(self.secret, told, sha256).digest()
        return "v1," + base64.b64encode(mac).decode()


def make_webhook(url: str, kinds: tuple[type[Event], ...], secret: Secret) -> Webhook:
    """Check what an author asks for; raises Misused."""
    _check_address(url)
    if not kinds or not all(isinstance(one, type) and issubclass(one, Event) for one in kinds):
        raise Misused("a webhook tells of events", "world.webhook(url, Said)", code="bad_webhook")
    return Webhook(url, frozenset(one.__kind__.name for one in kinds), _secret(secret))


def _check_address(url: object) -> None:
    """Raise Misused for what no request can be sent to; says nothing of a query, nor of a user."""
    fix = "https://example.org/hook"
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        port = parts.port if parts else None  # raises ValueError where it is no number
    except ValueError:
        parts = port = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Misused("this is no address to send a webhook to", fix, code="bad_webhook")
    if "@" in parts.netloc:
        told = "a webhook's address names a user or a password"
        raise Misused(told, "sign with secret=, or use the query", code="bad_webhook")
    if not all("!" <= letter <= "~" for letter in str(url)):
        told = "a webhook's address has a space or another letter that no address may have"
        raise Misused(told, "write it as %20, or as a browser copies it", code="bad_webhook")


def _secret(text: Secret) -> bytes:
    """Return a secret's bytes: `whsec_` and base64 as the standard writes it, or any text.

    None where it was left out. An empty one is a variable that was never set, and no such wish.
    """
    if text is ...:
        return b""
    if not isinstance(text, str) or not text:
        raise Misused(
            "the webhook's secret is empty" if text == "" else "the webhook's secret is no text",
            "give one, or leave secret= out: then nothing signs",
            code="bad_webhook",
        )
    if not text.startswith(SECRET_MARK):
        return text.encode()
    try:
        found = base64.b64decode(text.removeprefix(SECRET_MARK), validate=True)
    except ValueError:
        found = b""
    if not found:  # it would be sent unsigned
        raise Misused(
            "the webhook's secret is not base64 after whsec_", "copy it anew", code="bad_webhook"
        )
    return found
