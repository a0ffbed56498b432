"""The doors that the academy opens, under what no honest learning program would send.

They are no part of the described interface: each speaks a standard of its own. Half of what comes
was right before one part of it was replaced.
"""

from __future__ import annotations

import base64
import json
import random
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from tests.fuzz.judging import Bug
from tests.fuzz.values import NUMBERS, WORDS, anything, harmed
from tests.kits.academy.lms.badge_school import SCHOOL as BADGES
from tests.server.asking import Browser, Site

NOWHERE = "http://127.0.0.1:9"
"""A platform that never answers."""
PACKAGE = b"""<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="urn:geo"><title><langstring>Geology</langstring></title>
<description><langstring>Stones</langstring></description></course>
<au id="urn:geo:rocks"><title><langstring>Rocks</langstring></title>
<description><langstring>Rocks</langstring></description><url>https://au.example/rocks</url></au>
</courseStructure>"""
SCHOOL = (
    BADGES
    + f"""
from worldloom.kits.academy.lms.cmi5.content import Content
from worldloom.kits.academy.lms.cmi5.unit import Units
from worldloom.kits.academy.lms.lti.messages import Registration
from worldloom.kits.academy.lms.lti.tool import Lti

world.use(Content({PACKAGE!r}))
world.use(Units({NOWHERE!r}))
world.use(Lti(Registration({NOWHERE!r}, "tool-1", ("d1",), "{NOWHERE}/auth", "{NOWHERE}/token",
                           "{NOWHERE}/keys")))
"""
)
"""A world with every door that the academy has."""
RECORDS = ("statements", "statements", "activities/state", "activities/profile", "agents/profile",
           "agents", "activities", "about")  # fmt: skip
PATHS = (
    *(f"xapi/{path}" for path in RECORDS),
    "w/school/evidence/oil.csv", "w/school/evidence/oil.json", "w/school/badges/key",
    "w/school/badges/issuer", "w/school/badges/award/1", "w/school/badges/status/1",
    "w/school/lti/login", "w/school/lti/launch", "w/school/lti/link", "w/school/lti/take",
    "w/school/lti/keys", "w/school/cmi5/start/oil", "w/school/cmi5/packages/oil.zip",
    "w/school/cmi5/take", "w/school/content/fetch", "w/school/content/lrs/statements",
    "w/school/content/lrs/activities/state", "w/school/content/lrs/agents",
)  # fmt: skip
METHODS = ("GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
AGENT = {"objectType": "Agent", "mbox": "mailto:ann@example.com"}
ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
QUERY: dict[str, str] = {
    "statementId": ID, "voidedStatementId": ID, "agent": json.dumps(AGENT), "limit": "3",
    "verb": "urn:x:did", "activity": "urn:x:1", "activityId": "urn:x:1", "stateId": "s",
    "profileId": "p", "registration": ID, "since": "2026-01-01T00:00:00Z", "ascending": "true",
    "until": "2026-01-01T00:00:00Z", "format": "exact", "attachments": "true", "more": "1",
    "related_agents": "true", "related_activities": "true", "method": "GET", "after": "0",
    "token": "x", "iss": NOWHERE, "login_hint": "a", "target_link_uri": NOWHERE,
}  # fmt: skip
FORM = {"id_token": "a.b.c", "state": "x", "iss": NOWHERE, "login_hint": "ann",
        "target_link_uri": f"{NOWHERE}/w/school", "client_id": "tool-1", "course": "oil",
        "content": "{}", "method": "GET"}  # fmt: skip
MEDIA = ("application/json", "application/json", "application/x-www-form-urlencoded",
         "multipart/mixed; boundary=x", "application/octet-stream", "text/plain; charset=nope",
         "multipart/mixed", "")  # fmt: skip
HEADERS = ("If-Match", "If-None-Match", "Accept-Language", "X-Experience-API-Hash", "Origin",
           "Sec-Fetch-Site", "Content-Encoding", "Cookie")  # fmt: skip
VALUES = ("*", '"x"', "en;q=2", "", "null", "a" * 2000, NOWHERE, "gzip", "worldloom=x")


class KitDoor:
    """A school's server; each case is one request."""

    def __init__(self, site: Site) -> None:
        self.site = site
        made = site.owner().post("/api/auth/tokens", {"account": "lms", "role": "records"}).json
        pair = base64.b64encode(f"{made['id']}:{made['token']}".encode()).decode()
        program = Browser(site.server.url, {"Authorization": f"Basic {pair}"})
        learner = site.token("learner", "member")
        self.askers = (program, program, program, learner, site.owner(), site.nobody)

    def case(self, seed: int) -> None:
        """Ask for something odd; raises Bug where it is no answer, or the school stands still."""
        chance = random.Random(seed)
        method, path = chance.choice(METHODS), chance.choice(PATHS)
        if chance.random() < 0.15:
            path += chance.choice(("/", "/..", "/%00", "//x", "/" + "a" * 3000, ".zip", "%2e%2e"))
        query = self._query(chance)
        media, body = self._body(chance)
        headers = {"Content-Type": media} if media else {}
        if chance.random() < 0.9:
            headers["X-Experience-API-Version"] = chance.choice(("1.0.3", "1.0.3", "2.0.0", "7"))
        if chance.random() < 0.3:
            headers[chance.choice(HEADERS)] = chance.choice(VALUES)
        self._send(chance.choice(self.askers), method, f"/{path}{query}", body, headers)
        if seed % 25 == 0:
            self.check_whole(seed)

    def _query(self, chance: random.Random) -> str:
        named = chance.sample(sorted(QUERY), chance.choice((0, 0, 1, 2, 3, 4)))
        given: list[tuple[str, str]] = []
        for name in named:
            odd = str(chance.choice((*WORDS, *NUMBERS, json.dumps(anything(chance)))))
            given.append((name, QUERY[name] if chance.random() < 0.7 else odd[:2000]))
        return f"?{urlencode(given, errors='replace')}" if given else ""

    def _body(self, chance: random.Random) -> tuple[str, bytes | None]:
        media = chance.choice(MEDIA)
        if chance.random() < 0.15:
            return media, None
        if media.endswith("urlencoded"):
            fields = {**FORM, chance.choice(sorted(FORM)): str(anything(chance))[:500]}
            return media, urlencode(fields, errors="replace").encode()
        if chance.random() < 0.2:
            return media, json.dumps(anything(chance)).encode()
        data = json.dumps(self._statements(chance)).encode()
        if media.startswith("multipart"):
            data = (
                b"--x\r\nContent-Type: application/json\r\n\r\n" + data + b"\r\n--x\r\nX-Exper"
                b"ience-API-Hash: 00\r\nContent-Transfer-Encoding: binary\r\n\r\nabc\r\n--x--"
            )
        return media, harmed(chance, data) if chance.random() < 0.25 else data

    def _statements(self, chance: random.Random) -> Any:
        told = [self._statement(chance) for _ in range(chance.choice((1, 1, 2, 5)))]
        return told if len(told) > 1 else told[0]

    def _statement(self, chance: random.Random) -> dict[str, Any]:
        """Return a statement, in which now and then a part somewhere is replaced."""
        told: dict[str, Any] = {
            "id": str(UUID(int=chance.getrandbits(128), version=4)), "actor": dict(AGENT),
            "verb": {"id": "urn:x:did", "display": {"en": "did"}},
            "object": {"id": "urn:x:1", "definition": {"name": {"en": "One"}}},
            "result": {"score": {"scaled": 0.5}, "duration": "PT1S", "extensions": {"urn:x:2": 1}},
            "context": {"registration": ID, "language": "en",
                        "contextActivities": {"parent": [{"id": "urn:x:3"}]}},
            "timestamp": "2026-01-01T00:00:00Z", "attachments": [],
        }  # fmt: skip
        if chance.random() < 0.7:
            part: Any = told
            while True:
                name = chance.choice(sorted(part))
                inner = part[name]
                if not (isinstance(inner, dict) and inner and chance.random() < 0.7):
                    break
                part = inner
            if chance.random() < 0.3:
                del part[name]
            else:
                part[name] = anything(chance)
        return told

    def _send(
        self, who: Browser, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> None:
        try:
            reply = who.ask(method, path, body, headers)
        except (TimeoutError, ValueError) as error:
            raise Bug(f"{method} {path[:200]}: {error!r}") from error
        except (OSError, HTTPException):
            return  # a closed line is an answer, too
        if reply.status >= 500 and reply.status != 503:
            sent = f"{method} {path[:300]} {(body or b'')[:300]!r} {headers}"
            raise Bug(f"{sent}: {reply.status} {reply.body[:200]!r}")

    def check_whole(self, seed: int) -> None:
        """A statement is kept and found again."""
        id = str(UUID(int=random.Random(f"whole {seed}").getrandbits(128), version=4))
        told = {"id": id, "actor": AGENT, "verb": {"id": "urn:x:did"}, "object": {"id": "urn:x:1"}}
        headers = {"Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"}
        where, program = f"/xapi/statements?statementId={told['id']}", self.askers[0]
        kept = program.ask("PUT", where, json.dumps(told).encode(), headers)
        found = program.ask("GET", where, None, headers)
        if kept.status != 204 or found.status != 200 or found.json["id"] != told["id"]:
            raise Bug(f"a statement is not kept any more: {kept.body!r} {found.body[:200]!r}")
