"""A record store on a real server, and a learning program that speaks to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from tests.server.asking import Browser, Reply, Site
from worldloom.kits.academy.xapi.multipart import joined
from worldloom.testing.fixtures import Server

SCHOOL = '''"""A school with a record store."""

from worldloom import World, sphere
from worldloom.kits.academy import Academy
from worldloom.kits.academy.components import Exhibit

world = World("school")
world.use(Academy(home="https://school.example"))
world.spawn("lock", sphere(radius=0.3), Exhibit("Lock-out", "Power off, then lock."), at=(0, 1, -2))
'''
ANSWERED = "X-Experience-API-Consistent-Through"


class Program:
    """A learning program with a token of the role records."""

    def __init__(self, server: Server, account: str = "lms", version: str = "1.0.3") -> None:
        self.site = Site(server)
        made = self.site.owner().post("/api/auth/tokens", {"account": account, "role": "records"})
        pair = f"{made.json['id']}:{made.json['token']}"
        self.headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "X-Experience-API-Version": version,
        }
        self.browser = Browser(server.url, self.headers)

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Reply:  # fmt: skip
        where = f"/xapi/{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.browser.ask(method, where, data, {"Content-Type": "application/json",
                                                      **(headers or {})})  # fmt: skip

    def post(self, body: Any) -> Reply:
        return self.ask("POST", "statements", body)

    def put(self, told: Mapping[str, Any]) -> Reply:
        return self.ask("PUT", "statements", told, statementId=told["id"])

    def one(self, id: str) -> Reply:
        return self.ask("GET", "statements", statementId=id)

    def find(self, **query: Any) -> list[dict[str, Any]]:
        """Return all that matches, page after page."""
        said = self.ask("GET", "statements", **query)
        assert said.status == 200, said.body
        found, more = said.json["statements"], said.json["more"]
        while more:
            said = self.browser.ask("GET", more, None, {})
            found, more = found + said.json["statements"], said.json["more"]
        return list(found)

    def ids(self, **query: Any) -> list[str]:
        return [one["id"] for one in self.find(**query)]

    def with_files(self, told: Any, files: Sequence[bytes], **more: str) -> Reply:
        """Post statements with attachments."""
        heads = [{"Content-Type": "text/plain", "Content-Transfer-Encoding": "binary",
                  "X-Experience-API-Hash": sha256(data).hexdigest(), **more}
                 for data in files]  # fmt: skip
        first = ({"Content-Type": "application/json"}, json.dumps(told).encode())
        body = joined([first, *zip(heads, files, strict=True)], "cut")
        return self.ask("POST", "statements", body,
                        {"Content-Type": 'multipart/mixed; boundary="cut"'})  # fmt: skip
