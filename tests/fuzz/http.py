"""The HTTP API under wrong types, path tricks, unknown ids, huge bodies and what is no HTTP."""

from __future__ import annotations

import json
import random
import socket
from urllib.parse import quote, urlsplit

from tests.fuzz.judging import Bug, check_answer
from tests.fuzz.models import model
from tests.fuzz.values import NUMBERS, WORDS, anything, harmed
from tests.server.asking import Browser, Site

PATHS = (
    "/api/worlds", "/api/worlds/{}", "/api/worlds/{}/state?seq={}",
    "/api/worlds/{}/events?after={}&limit={}", "/api/worlds/{}/actions",
    "/api/worlds/{}/actions/{}", "/api/worlds/{}/undo", "/api/worlds/{}/fork",
    "/api/worlds/{}/proof/{}", "/api/worlds/{}/recordings", "/api/worlds/{}/telemetry/{}",
    "/api/assets", "/assets/{}", "/static/{}", "/w/{}", "/w/{}/text", "/api/auth/{}",
    "/api/auth/tokens", "/api/auth/claim", "/api/auth/forget", "/{}", "/api/{}",
)  # fmt: skip
ACTIONS = ("say", "go", "click", "use", "push", "spawn", "set", "remove", "despawn", "grant", "ban",
           "add", "undo", "redo", "record", "nothing")  # fmt: skip
FIELDS = ("text", "position", "entity", "component", "fields", "components", "name", "parent",
          "account", "role", "seconds", "one", "other", "by", "group")  # fmt: skip
METHODS = ("GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW")
HEADERS = ("Accept", "Content-Type", "Range", "If-None-Match", "Idempotency-Key", "Origin",
           "Authorization", "Cookie", "Content-Length", "X-Forwarded-For")  # fmt: skip


class HttpDoor:
    """One running server; each case is one request, or some bytes on its port."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.builder = site.token("fuzzer", "builder")

    def case(self, seed: int) -> None:
        """Ask for something odd; raises Bug where the answer is, or the world does not go on."""
        chance = random.Random(seed)
        roll = chance.random()
        if roll < 0.15:
            self._raw(chance)
        elif roll < 0.22:
            media = chance.choice(("model/gltf-binary", "image/png", "text/html", ""))
            self._send("POST", "/api/assets", model(chance), {"Content-Type": media})
        elif chance.random() < 0.4:
            self._act(chance)
        else:
            self._ask(chance)
        if seed % 20 == 0:
            self.check_whole()

    def _ask(self, chance: random.Random) -> None:
        path = chance.choice(PATHS)
        for _ in range(path.count("{}")):
            part = str(chance.choice((*WORDS[:8], *NUMBERS, "hello", "hello")))
            safe = "/." if chance.random() < 0.3 else ""
            path = path.replace("{}", quote(part, safe=safe), 1)
        body = None
        if chance.random() < 0.7:
            body = json.dumps(anything(chance)).encode()
            if chance.random() < 0.3:
                body = harmed(chance, body)
            elif chance.random() < 0.02:
                body = b"[" * 3_000_000
        headers = {}
        if chance.random() < 0.3:
            headers[chance.choice(HEADERS)] = chance.choice(
                ("", "x", "bytes=9-1", "bytes=-", "application/json", "Bearer x", "text/event", "0",
                 "worldloom=x", "a" * 2000)
            )  # fmt: skip
        self._send(chance.choice(METHODS), path, body, headers)

    def _act(self, chance: random.Random) -> None:
        fields = {chance.choice(FIELDS): anything(chance) for _ in range(chance.randrange(4))}
        action = chance.choice(ACTIONS)
        self._send("POST", f"/api/worlds/hello/actions/{action}", json.dumps(fields).encode(), {})

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        who: Browser = self.builder
        try:
            reply = who.ask(method, path, body, headers)
        except (TimeoutError, ValueError) as error:
            raise Bug(f"{method} {path[:200]}: {error!r}") from error
        except OSError:
            return  # a closed line is an answer, too
        except Exception as error:  # http.client's own words for a line that was closed early
            if type(error).__module__ == "http.client":
                return
            raise
        if method != "HEAD":
            try:
                check_answer(reply.status, reply.body, page=path.startswith("/w/"))
            except Bug as bug:
                sent = f"{method} {path[:200]} {(body or b'')[:200]!r} {headers}"
                raise Bug(f"{sent}: {bug}") from bug

    def _raw(self, chance: random.Random) -> None:
        parts = urlsplit(self.site.server.url)
        whole = (
            f"POST /api/worlds/hello/actions/say HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            'Content-Length: 14\r\n\r\n{"text": "hi"}'
        ).encode()
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as line:
            try:
                line.sendall(harmed(chance, whole))
                line.shutdown(socket.SHUT_WR)
                while line.recv(65_536):
                    pass
            except TimeoutError as error:
                raise Bug("a line that is neither answered nor closed") from error
            except OSError:
                return

    def check_whole(self) -> None:
        """The world goes on, and what is live is what the log says."""
        nobody = self.site.nobody
        if nobody.get("/healthz").status != 200:
            raise Bug("the server is not well")
        live = nobody.get("/api/worlds/hello/state").json
        if live != nobody.get(f"/api/worlds/hello/state?seq={live['seq']}").json:
            raise Bug("what is live is not what the log says")
        if self.builder.get("/api/auth/me").status == 401:  # it has forgotten itself
            self.builder = self.site.token("fuzzer", "builder")
        if self.builder.act("hello", "say", text="still here").status != 200:
            raise Bug("nobody can speak any more")
