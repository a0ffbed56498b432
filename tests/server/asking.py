"""A small HTTP client for the tests: cookies, tokens, and nothing hidden."""

from __future__ import annotations

import http.client
import json
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import apsw

from tests.server.authenticator import Authenticator
from worldloom.kernel.records import Record, describe, read
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.walking import reading
from worldloom.testing.fixtures import Server

PASSKEYS = "/api/auth/passkeys"


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@contextmanager
def copied(server: Server) -> Iterator[SqliteStore]:
    """Open a copy of a running server's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/copy.loom"
        with closing(apsw.Connection(path)) as copy, reading(str(server.realm)) as source:
            with copy.backup("main", source, "main") as backup:
                backup.step()
        store = SqliteStore(path)
        try:
            yield store
        finally:
            store.close()


def log_of(store: SqliteStore, world: str) -> list[Record]:
    """Return all records of a world."""
    head = next(head for head in store.streams() if head.name == world)
    return list(read(store.records(head.id, 0, head.seq)))


def kept(server: Server, world: str) -> list[dict[str, Any]]:
    """Return all that a running server's file has of a world, with what no door gives out."""
    with copied(server) as store:
        return [
            {"kind": one.kind, "actor": one.actor, "data": describe(one, store)}
            for one in log_of(store, world)
        ]


@dataclass(frozen=True)
class Slow:
    """A request of which the server has all but the last byte."""

    line: socket.socket
    last: bytes

    def end(self) -> Reply:
        """Send the last byte, and return the answer."""
        with closing(self.line):
            self.line.sendall(self.last)
            answer = http.client.HTTPResponse(self.line)
            answer.begin()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())


@dataclass
class Browser:
    """Someone who asks: with a cookie, with a token, or as nobody."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
        sent = {**self.headers, **(headers or {})}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            line.request(method, path, data, sent)
            answer = line.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            set_here = answer.headers.get_all("Set-Cookie") or ()
            cookies = tuple(one.partition(";")[0] for one in set_here)
            return Reply(answer.status, found, answer.read(), cookies)
        finally:
            line.close()

    def slowly(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Slow:
        """Ask with all but the last byte of a body, as soon as the server waits for it."""
        parts = urlsplit(self.url)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Host": parts.netloc, **self.headers, **(headers or {}),
                "Expect": "100-continue", "Content-Length": str(len(data))}  # fmt: skip
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        line = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20)
        line.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        if line.recv(12, socket.MSG_PEEK) != b"HTTP/1.1 100":
            return Slow(line, b"")  # it is answered already
        line.sendall(data[:-1])
        return Slow(line, data[-1:])

    def takes(self, reply: Reply) -> None:
        """Keep an answer's cookies beside those of before, as a browser does."""
        kept = self.headers.get("Cookie", "").split("; ")
        every = dict(one.split("=", 1) for one in (*filter(None, kept), *reply.cookies))
        self.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in every.items())

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.ask("POST", path, {} if body is None else body, headers)

    def delete(self, path: str) -> Reply:
        return self.ask("DELETE", path)

    @property
    def account(self) -> str:
        """Their account, as the server tells it."""
        return str(self.get("/api/auth/me").json["account"])

    def act(self, world: str, action: str, /, **args: Any) -> Reply:
        return self.post(f"/api/worlds/{world}/actions/{action}", args)


class Site:
    """A running server and those who ask it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.nobody = Browser(server.url)

    def guest(self) -> Browser:
        """Return someone with a fresh guest's cookie."""
        reply = self.nobody.get("/api/auth/me")
        cookie = reply.headers["set-cookie"].partition(";")[0]
        return Browser(self.server.url, {"Cookie": cookie})

    def person(self) -> Browser:
        """Return someone who signed in: they kept a guest's account by a passkey, and came back.

        As a page does, they say by which site they ask.
        """
        home, key = {"Origin": self.server.url}, Authenticator(self.server.url)
        guest = self.guest()
        begun = guest.ask("POST", f"{PASSKEYS}/begin", {}, home).json
        kept = guest.ask("POST", PASSKEYS, {"credential": key.make(begun)}, home)
        assert kept.status == 201, kept.body
        asked = self.nobody.ask("POST", f"{PASSKEYS}/challenge", {}, home).json
        answer = {"credential": key.answer(asked)}
        reply = self.nobody.ask("POST", f"{PASSKEYS}/sign-in", answer, home)
        return Browser(self.server.url, {"Cookie": "; ".join(reply.cookies), **home})

    def owner(self) -> Browser:
        """Return the owner: the one who claimed the realm, or its command line."""
        return Browser(self.server.url, {"Authorization": f"Bearer {self.secret()}"})

    def secret(self) -> str:
        """Return the secret of the realm's own command line."""
        from worldloom.server.cli.door import running_server

        found = running_server(self.server.realm)
        assert found is not None
        return str(found["secret"])

    def token(self, account: str, role: str) -> Browser:
        """Return someone with a token."""
        return self.bearer(account=account, role=role)[0]

    def bearer(self, **wish: Any) -> tuple[Browser, str]:
        """Return someone with a token made to a wish, and the token's id."""
        made = self.owner().post("/api/auth/tokens", wish).json
        return Browser(self.server.url, {"Authorization": f"Bearer {made['token']}"}), made["id"]

    def claim(self) -> str:
        """Return the secret of the owner's link."""
        for _ in range(100):
            if self.server.claim:
                break
            time.sleep(0.02)
        return self.server.claim.partition("#claim=")[2]
