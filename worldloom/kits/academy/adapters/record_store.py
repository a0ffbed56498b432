"""A record store of others that speaks xAPI over HTTP, as those of learning platforms do."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from worldloom import Misused, Unavailable
from worldloom.kits.academy.adapters.outside import ask
from worldloom.kits.academy.ports import Outgoing
from worldloom.kits.academy.xapi.multipart import joined

NEVER: Final = frozenset({400, 409, 413, 422})
"""Answers that say of a statement that it will not be taken at another time either."""


class OutsideStore:
    """Sends statements to an endpoint such as https://lms.example/xapi, by HTTP Basic."""

    def __init__(self, endpoint: str, id: str, secret: str, version: str = "1.0.3") -> None:
        """Name the endpoint and what it knows us by; raises Misused."""
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Misused(f"{endpoint[:100]!r} is no endpoint", "https://lms.example/xapi",
                          code="bad_endpoint")  # fmt: skip
        self.name = f"xapi-{sha256(endpoint.encode()).hexdigest()[:16]}"
        self._url = f"{endpoint.rstrip('/')}/statements"
        pair = base64.b64encode(f"{id}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}", "X-Experience-API-Version": version}

    async def send(self, statements: Sequence[Outgoing]) -> Mapping[str, str]:
        """Hand statements over in their order; raises Unavailable."""
        refused: dict[str, str] = {}
        together: list[Outgoing] = []
        for one in statements:
            if not one.files:
                together.append(one)
                continue
            refused.update(await self._send_all(together))
            together = []
            refused.update(await self._send_one(one))
        return {**refused, **await self._send_all(together)}

    async def _send_all(self, statements: Sequence[Outgoing]) -> Mapping[str, str]:
        """Send a list; where it is refused as a whole, look for those that are to blame."""
        if not statements:
            return {}
        body = b"[" + b",".join(one.text for one in statements) + b"]"
        status = await asyncio.to_thread(self._post, body, "application/json")
        if status not in NEVER:
            return {}
        if len(statements) == 1:
            return {statements[0].id: str(status)}
        half = len(statements) // 2
        first = await self._send_all(statements[:half])
        return {**first, **await self._send_all(statements[half:])}

    async def _send_one(self, one: Outgoing) -> Mapping[str, str]:
        """Send a statement with its attachments."""
        boundary = uuid4().hex
        parts = [({"Content-Type": "application/json"}, one.text)]
        parts += [({"Content-Type": media, "Content-Transfer-Encoding": "binary",
                    "X-Experience-API-Hash": sha2}, data)
                  for sha2, (data, media) in one.files.items()]  # fmt: skip
        media = f"multipart/mixed; boundary={boundary}"
        status = await asyncio.to_thread(self._post, joined(parts, boundary), media)
        return {one.id: str(status)} if status in NEVER else {}

    def _post(self, body: bytes, media: str) -> int:
        """Send a body once; return the status of taken or refused; raises Unavailable."""
        try:
            status, _ = ask("POST", self._url, body, {**self._headers, "Content-Type": media})
        except (OSError, ValueError) as error:
            raise _away(f"cannot be reached: {str(error)[:200]}") from error
        if status >= 300 and status not in NEVER:
            raise _away(f"answers {status}")
        return status


def _away(why: str) -> Unavailable:
    return Unavailable(f"the outside record store {why}", "it is tried again", code="store_away")
