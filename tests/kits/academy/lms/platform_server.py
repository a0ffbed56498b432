"""A small learning platform for tests: it launches units of cmi5 and keeps what they say.

Plain HTTP of the standard library, and nothing of ours: it checks on its own what it is told.
"""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"


class Launched:
    """One launch: who, about what, the token, and what was said."""

    def __init__(
        self, url: str, mode: str, mastery: float | None, registration: str, learner: str
    ) -> None:
        self.registration = registration or str(uuid4())
        self.activity = "https://lms.example/activities/7"
        self.actor = {"objectType": "Agent",
                      "account": {"homePage": "https://lms.example", "name": learner}}  # fmt: skip
        self.key, self.token, self.session = (secrets.token_hex(8) for _ in range(3))
        self.fetched = 0
        self.prefers = 0
        self.ended = False
        self.statements: list[dict[str, Any]] = []
        self.data: dict[str, Any] = {
            "contextTemplate": {
                "extensions": {SESSION: self.session},
                "contextActivities": {"grouping": [{"id": "https://school.example/unit"}]},
            },
            "launchMode": mode, "moveOn": "CompletedAndPassed", "returnURL": f"{url}/back",
        }  # fmt: skip
        if mastery is not None:
            self.data["masteryScore"] = mastery
        self.query = urlencode({
            "endpoint": f"{url}/xapi/", "fetch": f"{url}/fetch?k={self.key}",
            "actor": json.dumps(self.actor), "registration": self.registration,
            "activityId": self.activity,
        })  # fmt: skip

    def verbs(self) -> list[str]:
        """Return the verbs that were said, in order."""
        return [one["verb"]["id"].rpartition("/")[2] for one in self.statements]


class PlatformServer:
    """The platform on a port of its own."""

    def __init__(self) -> None:
        self.launches: list[Launched] = []
        self.failing = 0
        """How many requests are answered by 503 next."""
        self.faults: list[str] = []
        """What a unit did that it must not."""
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                return

            def do_POST(self) -> None:
                platform.answer(self)

            do_GET = do_PUT = do_POST

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def launch(
        self, mode: str = "Normal", mastery: float | None = 0.8, registration: str = "",
        learner: str = "u42",
    ) -> Launched:  # fmt: skip
        self.launches.append(Launched(self.url, mode, mastery, registration, learner))
        return self.launches[-1]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        status, told = self._find(handler, body)
        data = b"" if told is None else json.dumps(told).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _find(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        if self.failing > 0:
            self.failing -= 1
            return 503, {"error": "later"}
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/fetch":
            return self._fetch(handler.command, query)
        token = handler.headers.get("Authorization", "").removeprefix("Basic ")
        launched = next((one for one in self.launches if one.token == token), None)
        if launched is None or not handler.headers.get("X-Experience-API-Version"):
            return 401, None
        match handler.command, parts.path:
            case "GET", "/xapi/activities/state":
                asked = (query["activityId"], json.loads(query["agent"]), query["registration"],
                         query["stateId"])  # fmt: skip
                known = (launched.activity, launched.actor, launched.registration,
                         "LMS.LaunchData")  # fmt: skip
                return (200, launched.data) if asked == known else (404, None)
            case "GET", "/xapi/agents/profile":
                launched.prefers += query.get("profileId") == "cmi5LearnerPreferences"
                return 404, None
            case "PUT", "/xapi/statements":
                return self._say(launched, json.loads(body), query["statementId"])
        return 404, None

    def _fetch(self, method: str, query: dict[str, str]) -> tuple[int, Any]:
        launched = next((one for one in self.launches if one.key == query.get("k")), None)
        if launched is None or method != "POST":
            return 200, {"error-code": "2", "error-text": "not known"}
        launched.fetched += 1
        if launched.fetched > 1:
            return 200, {"error-code": "1", "error-text": "already returned"}
        return 200, {"auth-token": launched.token}

    def _say(self, launched: Launched, told: dict[str, Any], id: str) -> tuple[int, Any]:
        if any(one["id"] == id for one in launched.statements):
            return 204, None
        self.faults += [f"{told['verb']['id']}: {fault}" for fault in self._look(launched, told)]
        launched.statements.append(told)
        launched.ended = launched.ended or told["verb"]["id"].endswith("terminated")
        return 204, None

    def _look(self, launched: Launched, told: dict[str, Any]) -> list[str]:
        """Return what is wrong with a statement by section 9 of the standard."""
        verb = told["verb"]["id"].rpartition("/")[2]
        context, result = told["context"], told.get("result", {})
        category = [one["id"] for one in context["contextActivities"]["category"]]
        judged = "success" in result or "completion" in result
        said = launched.verbs()
        checks = {
            "after the end": not launched.ended,
            "first is not initialized": bool(said) or verb == "initialized",
            "twice": verb not in said,
            "passed and failed": not {"passed", "failed"} <= {*said, verb},
            "actor": told["actor"] == launched.actor,
            "object": told["object"]["id"] == launched.activity,
            "registration": context["registration"] == launched.registration,
            "session": context["extensions"][SESSION] == launched.session,
            "grouping": context["contextActivities"]["grouping"] ==
            launched.data["contextTemplate"]["contextActivities"]["grouping"],
            "cmi5": CATEGORY in category,
            "moveon": (MOVE_ON in category) == judged,
            "success": result.get("success") == {"passed": True, "failed": False}.get(verb),
            "completion": result.get("completion") == {"completed": True}.get(verb),
            "score": "score" not in result or verb in ("passed", "failed"),
            "duration": "duration" in result or verb == "initialized",
            "timestamp": told.get("timestamp", "").endswith("Z"),
            "mode": verb in ("initialized", "terminated")
            or launched.data["launchMode"] == "Normal",
        }  # fmt: skip
        mastery = launched.data.get("masteryScore")
        if "score" in result and mastery is not None:
            checks["mastery"] = (result["score"]["scaled"] >= mastery) == (verb == "passed")
        return [name for name, right in checks.items() if not right]
