"""A small learning platform for tests that speaks LTI 1.3, with PyJWT and the standard library."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"


class LtiServer:
    """The platform: its key, what it says, and what it was told."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65_537, 2_048)
        self.scores: list[dict[str, Any]] = []
        self.failing = 0
        self.tool_keys: dict[str, Any] = {}
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                return

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                status, told = platform.answer(self, self.rfile.read(length))
                data = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        path = urlsplit(handler.path).path
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
            assert form["scope"] == f"{AGS[:-1]}/scope/score"
            return 200, {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600}
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
            f"{LTI}target_link_uri": "https://school.example/w/school/lti/launch?course=oil",
            f"{LTI}resource_link": {"id": str(uuid4())}, f"{LTI}custom": {"course": "oil"},
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": [f"{AGS}scope/score"], "lineitem": f"{self.url}/items/5?x=1"},
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
                          "target_link_uri": "https://school.example/w/school/lti/launch",
                          "lti_message_hint": "m", **more})  # fmt: skip
