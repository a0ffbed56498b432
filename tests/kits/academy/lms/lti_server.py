"""A small learning platform for tests that speaks LTI 1.3, with PyJWT and the standard library.

It has pages, too, where people press links: a course of a teacher and a learner.
"""

from __future__ import annotations

import json
import threading
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
SCORE = f"{AGS}scope/score"
NAMES = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
PEOPLE: dict[str, dict[str, Any]] = {
    "lea": {"name": "Lea Learner", f"{LTI}roles": [f"{ROLE}Learner"]},
    "kit": {"name": "Kit Keeper", f"{LTI}roles": [f"{ROLE}Learner"]},
    "tom": {"given_name": "Tom", "family_name": "Teacher", f"{LTI}roles": [f"{ROLE}Instructor"]},
}
"""Who may sign in to the platform's pages, and what is told of them."""


class LtiServer:
    """The platform: its key, what it says, and what it was told."""

    tool = "https://school.example/w/school/lti"
    """The address of the tool's door."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.links: list[tuple[str, str]] = [("Burning oil", "oil")]
        """Title and course of each link in the platform's course."""
        self.key = rsa.generate_private_key(65_537, 2_048)
        self.scores: list[dict[str, Any]] = []
        self.failing = 0
        self.members: list[dict[str, Any]] = []
        """Its list of the class, of which a page has two."""
        self.tool_keys: dict[str, Any] = {}
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                return

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                status, told = platform.answer(self, self.rfile.read(length))
                data = told.encode() if isinstance(told, str) else json.dumps(told).encode()
                self.send_response(status)
                if status in (302, 303):
                    self.send_header("Location", data.decode())
                if self.path == "/members?x=1":
                    more = f'<{platform.url}/members?p=2>; rel="next"'
                    self.send_header("Link", f'<{platform.url}/members>; rel="differences", {more}')
                if isinstance(told, str):
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        path = urlsplit(handler.path).path
        if path in ("/", "/open", "/choose", "/frame", "/auth", "/back"):
            text = urlsplit(handler.path).query + "&" + body.decode()
            return self.page(path, {name: values[0] for name, values in parse_qs(text).items()})
        if path == "/keys":
            jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [{**jwk, "kid": "k1", "alg": "RS256", "use": "sig"}]}
        if self.failing > 0:
            self.failing -= 1
            return 503, {}
        if path == "/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            assert form["grant_type"] == "client_credentials"
            told = self.verified(form["client_assertion"], f"{self.url}/token")
            assert told["iss"] == told["sub"] == "tool-1"
            token = {SCORE: "at-1", NAMES: "at-2"}[form["scope"]]
            return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        if path == "/members" and handler.headers["Authorization"] == "Bearer at-2":
            media = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
            assert handler.headers["Accept"] == media
            page = self.members[:2] if "p=2" not in handler.path else self.members[2:]
            return 200, {"id": f"{self.url}/members", "context": {"id": "c1"}, "members": page}
        if path == "/items/5/scores" and handler.headers["Authorization"] == "Bearer at-1":
            assert handler.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
            self.scores.append(json.loads(body))
            return 200, {}
        return 404, {}

    def verified(self, token: str, audience: str) -> dict[str, Any]:
        """Return what the tool signed."""
        key = jwt.PyJWK(self.tool_keys["keys"][0])
        kid = jwt.get_unverified_header(token)["kid"]
        assert kid == self.tool_keys["keys"][0]["kid"]
        return jwt.decode(token, key, algorithms=["RS256"], audience=audience)

    def claims(self, nonce: str) -> dict[str, Any]:
        """Return the claims of a launch of the course `oil`."""
        now = int(time.time())
        return {
            "iss": self.url, "aud": "tool-1", "sub": "user-42", "nonce": nonce,
            "iat": now, "exp": now + 300,
            f"{LTI}version": "1.3.0", f"{LTI}deployment_id": "d1",
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}target_link_uri": f"{self.tool}/launch?course=oil",
            f"{LTI}resource_link": {"id": str(uuid4())}, f"{LTI}custom": {"course": "oil"},
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": [f"{AGS}scope/score"], "lineitem": f"{self.url}/items/5?x=1"},
            f"{LTI}context": {"id": "c1", "title": "Safety at work"},
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.url}/members?x=1", "service_versions": ["2.0"]},
        }  # fmt: skip

    def linking(self, **more: Any) -> dict[str, Any]:
        """Return the claims that make a launch one that asks for a link."""
        return {
            f"{LTI}message_type": "LtiDeepLinkingRequest",
            f"{DEEP}deep_linking_settings": {
                "deep_link_return_url": f"{self.url}/back", "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["window"], "data": "csrf-7", **more},
        }  # fmt: skip

    def sign(self, claims: dict[str, Any], key: Any = None, kid: str = "k1") -> str:
        return jwt.encode(claims, key or self.key, "RS256", {"kid": kid})

    def login_query(self, **more: str) -> str:
        return urlencode({"iss": self.url, "login_hint": "u", "client_id": "tool-1",
                          "target_link_uri": f"{self.tool}/launch",
                          "lti_message_hint": "m", **more})  # fmt: skip

    # -- its pages -----------------------------------------------------------------------------

    def page(self, path: str, given: dict[str, str]) -> tuple[int, str]:
        """Answer a browser: the course with its links, a sign-in of the tool, a new link."""
        user, what = given.get("user", "lea"), given.get("what", "0")
        if path in ("/open", "/choose"):
            what = "choose" if path == "/choose" else what
            query = self.login_query(login_hint=user, lti_message_hint=what)
            return 302, f"{self.tool}/login?{query}"
        if path == "/auth":
            return 200, self.signs_in(given)
        if path == "/back":
            (item,) = self.verified(given["JWT"], self.url)[f"{DEEP}content_items"]
            self.links.append((item["title"], item["custom"]["course"]))
            return 303, f"{self.url}/?user=tom"
        if path == "/frame":
            where = f"/{'choose' if what == 'choose' else 'open'}?user={user}&what={what}"
            return 200, f"<h1>A frame</h1><iframe src='{where}' width=600 height=500></iframe>"
        rows = "".join(f"<li><a href='/open?user={user}&what={at}'>{escape(title)}</a></li>"
                       for at, (title, _) in enumerate(self.links))  # fmt: skip
        more = f"<a href='/choose?user={user}'>Choose content</a>" if user == "tom" else ""
        return 200, f"<h1>Safety at work</h1><ul>{rows}</ul>{more}"

    def signs_in(self, given: dict[str, str]) -> str:
        """Return the page that brings a browser to the tool (form_post)."""
        assert (given["scope"], given["response_type"], given["response_mode"]) == (
            "openid", "id_token", "form_post")  # fmt: skip
        assert given["prompt"] == "none" and given["client_id"] == "tool-1"
        assert given["redirect_uri"] == f"{self.tool}/launch"
        user, what = given["login_hint"], given["lti_message_hint"]
        more = {"sub": f"id-of-{user}", **PEOPLE[user]}
        if what == "choose":
            more.update(self.linking())
        else:
            more[f"{LTI}custom"] = {"course": self.links[int(what)][1]}
        token = self.sign({**self.claims(given["nonce"]), **more})
        return (f"<form method=post action='{given['redirect_uri']}'>"
                f"<input type=hidden name=id_token value='{token}'>"
                f"<input type=hidden name=state value='{escape(given['state'])}'></form>"
                "<script>document.forms[0].submit()</script>")  # fmt: skip
